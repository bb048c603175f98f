using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Tests.Rules.LCX4006;

/// <summary>A program, or a library, whose class has a raw lock and a sleeping one.</summary>
internal static class Callers
{
    private const string Fields = """
        RawSpinLock _raw;
        readonly SleepingLock _sleeping = new();
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        """;

    public static Task InProgram(string members, string elsewhere = "", params DiagnosticResult[] expected) => Test(OutputKind.ConsoleApplication, members, elsewhere, expected);

    public static Task InLibrary(string members, string elsewhere = "", params DiagnosticResult[] expected) => Test(OutputKind.DynamicallyLinkedLibrary, members, elsewhere, expected);

    private static Task Test(OutputKind kind, string members, string elsewhere, DiagnosticResult[] expected)
    {
        var test = Spec.Files(
            "using LockContext.Runtime;\nusing System.Runtime.CompilerServices;\nusing System.Runtime.InteropServices;\n"
            + (elsewhere.StartsWith("[assembly", System.StringComparison.Ordinal) ? elsewhere : "")
            + "public unsafe class C {\n" + Fields + "\n" + members + "\n}"
            + (kind == OutputKind.ConsoleApplication && !members.Contains("Main(") ? "\nclass Program { static void Main() => new C().Run(); }" : ""),
            RuntimeSource.Locks,
            RuntimeSource.Memory);
        if (!elsewhere.StartsWith("[assembly", System.StringComparison.Ordinal))
            test.TestState.Sources.Add(("/0/Elsewhere.cs", elsewhere));
        test.SolutionTransforms.Add((solution, id) => solution.WithProjectCompilationOptions(id, solution.GetProject(id)!.CompilationOptions!.WithOutputKind(kind)));
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }
}
