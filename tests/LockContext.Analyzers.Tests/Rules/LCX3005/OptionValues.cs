using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3005;

public class OptionValues
{
    private static Verify.Test Test(string options)
    {
        var test = Spec.Files(Spec.InClass(""));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + options + "\n"));
        return test;
    }

    [Theory]
    [InlineData("lockcontext.unknown_calls = off")]
    [InlineData("lockcontext.unknown_calls = ALL")]
    [InlineData("lockcontext.locks_by_shape = false")]
    [InlineData("lockcontext.strict = true")]
    [InlineData("dotnet_diagnostic.LCX1001.severity = error")]
    [InlineData("other.unknown_calls = 7")]
    public Task A_value_that_is_listed_is_silent(string options) => Test(options).RunAsync();

    [Theory]
    [InlineData("lockcontext.unknown_calls = sometimes", "'sometimes' is no value of 'lockcontext.unknown_calls', so 'raw_atomic' holds; it takes raw_atomic, off, all")]
    [InlineData("lockcontext.unknown_call = off", "there is no option 'lockcontext.unknown_call'; did you mean 'lockcontext.unknown_calls'?")]
    [InlineData("lockcontext.zzzzzzzzzzz = off", "there is no option 'lockcontext.zzzzzzzzzzz'")]
    [InlineData("lockcontext.strict = maybe", "'maybe' is no value of 'lockcontext.strict', so 'false' holds; it takes false, true")]
    [InlineData("lockcontext.locks_by_shape =", "'' is no value of 'lockcontext.locks_by_shape'")]
    public Task Anything_else_is_said_once(string options, string message)
    {
        var test = Test(options);
        test.ExpectedDiagnostics.Add(Verify.Diagnostic("LCX3005").WithMessageContaining(message));
        return test.RunAsync();
    }
}
