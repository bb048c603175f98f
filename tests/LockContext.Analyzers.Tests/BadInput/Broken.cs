using System.Threading.Tasks;
using LockContext.Testing;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>Runs the analyzer on code that does not compile: any report is fine, an exception is not.</summary>
internal static class Broken
{
    public static Task Survives(params string[] sources) => Survives(Spec.Files(sources));

    public static async Task Survives(Verify.Test test)
    {
        // Compiler errors do not matter to this call; an exception in the analyzer fails it.
        await test.GetAnalyzerDiagnosticsAsync();
        for (int i = 0; i < test.TestState.Sources.Count; i++)
            await test.GetAnalyzerSemanticDiagnosticsAsync(i);
    }
}
