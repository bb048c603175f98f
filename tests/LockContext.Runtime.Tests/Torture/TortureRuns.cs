using System;
using System.Globalization;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Torture runs alone: it needs every processor there is, or threads meet too rarely for a broken twin to be caught.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TortureRuns
{
    public const string Name = "torture";

    /// <summary>How long what is good is tortured: <c>LOCKCONTEXT_TORTURE_SECONDS</c>, or else for a short time.</summary>
    internal static TimeSpan Duration(TimeSpan otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable("LOCKCONTEXT_TORTURE_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : otherwise;

    /// <summary>How many threads come and go where that is what is tortured: <c>LOCKCONTEXT_TORTURE_THREADS</c>, or else some.</summary>
    internal static int Threads(int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable("LOCKCONTEXT_TORTURE_THREADS"), NumberStyles.None, CultureInfo.InvariantCulture, out int threads) ? threads : otherwise;

    /// <summary>Whether somebody asked for long runs.</summary>
    internal static bool AreLong => Environment.GetEnvironmentVariable("LOCKCONTEXT_TORTURE_SECONDS") is { Length: > 0 };
}
