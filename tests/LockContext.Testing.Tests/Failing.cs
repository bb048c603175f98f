using System;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Testing.Tests;

/// <summary>Says that a verification fails, and in which words.</summary>
internal static class Failing
{
    public static async Task Fails(Func<Task> verification, params string[] words)
    {
        var exception = await Assert.ThrowsAsync<VerificationException>(verification);
        foreach (string word in words)
            Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }
}
