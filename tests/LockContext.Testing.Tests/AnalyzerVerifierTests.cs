using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;
using static LockContext.Testing.Tests.Failing;
using Toy = LockContext.Testing.CSharpAnalyzerVerifier<LockContext.Testing.Tests.ToyAnalyzer>;

namespace LockContext.Testing.Tests;

public class AnalyzerVerifierTests
{
    [Theory]
    [InlineData("class C { void Good() {} }")]
    [InlineData("class C { void {|TOY0001:bad|}() {} }")]
    [InlineData("class C { void {|TOY0001:bad|}() {} void {|TOY0001:worse|}() {} }")]
    [InlineData("class C { {|CS0246:Missing|} f; void {|TOY0001:bad|}() {} }")]
    public Task Passes(string source) => Toy.VerifyAnalyzerAsync(source);

    [Fact]
    public Task One_rule_needs_no_id() =>
        CSharpAnalyzerVerifier<OneRuleAnalyzer>.VerifyAnalyzerAsync("class C { void M() { l: [|goto l;|] } }");

    [Fact]
    public Task Two_rules_do() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void [|bad|]() {} }"), "exactly one");

    [Fact]
    public Task Missing_diagnostic() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void {|TOY0001:Good|}() {} }"), "missing:    TOY0001");

    [Fact]
    public Task Extra_diagnostic() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void bad() {} }"), "unexpected: TOY0001", "/0/Test0.cs(1,16-1,19)");

    [Fact]
    public Task Second_diagnostic_at_the_same_place() =>
        Fails(() => Toy.VerifyAnalyzerAsync("class C { void {|TOY0001:{|TOY0001:bad|}|}() {} }"), "missing:    TOY0001");

    [Theory]
    [InlineData("class C { void {|TOY0001:ba|}d() {} }")]
    [InlineData("class C { void b{|TOY0001:ad|}() {} }")]
    [InlineData("class C {\n void \n{|TOY0001:  bad|}() {} }")]
    public Task Wrong_span(string source) => Fails(() => Toy.VerifyAnalyzerAsync(source), "missing", "unexpected");

    [Fact]
    public Task Wrong_file() => Fails(() => Toy.VerifyAnalyzerAsync(["class C { void bad() {} }", "class D { void {|TOY0001:Bad|}() {} }"]), "/0/Test1.cs", "/0/Test0.cs");

    [Fact]
    public Task Wrong_id() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void {|TOY0002:bad|}() {} }"), "missing:    TOY0002", "unexpected: TOY0001");

    [Fact]
    public Task Compile_error() => Fails(() => Toy.VerifyAnalyzerAsync("class C { Missing f; }"), "CS0246");

    [Fact]
    public Task Compile_warning_where_they_count() => Fails(
        () => new Toy.Test { TestCode = "class C { int f; }", CompilerDiagnostics = CompilerDiagnostics.Warnings }.RunAsync(), "CS0169");

    [Fact]
    public Task Compile_error_where_none_counts() =>
        new Toy.Test { TestCode = "class C { Missing f; void {|TOY0001:bad|}(", CompilerDiagnostics = CompilerDiagnostics.None }.RunAsync();

    [Fact]
    public Task Analyzer_exception() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void Throw() {} }"), "the toy is broken");

    [Fact]
    public Task Analyzer_exception_where_the_source_is_broken_anyway() => Fails(
        () => new Toy.Test { TestCode = "class C { void Throw() {", CompilerDiagnostics = CompilerDiagnostics.None }.RunAsync(), "the toy is broken");

    [Fact]
    public Task An_analyzer_that_never_ends() => Fails(
        () => new CSharpAnalyzerTest<EndlessAnalyzer> { TestCode = "class C;", TimeLimit = System.TimeSpan.FromMilliseconds(200) }.RunAsync(), "not done after 0.2 s.");

    [Fact]
    public Task An_analyzer_that_does_not_listen() => Fails(
        () => new CSharpAnalyzerTest<EndlessAnalyzer> { TestCode = "class Deaf;", TimeLimit = System.TimeSpan.FromMilliseconds(200) }.RunAsync(), "not done after 0.2 s.");

    [Fact]
    public Task Location_by_mark() => Toy.VerifyAnalyzerAsync(
        "class C { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithArguments("bad").WithSeverity(DiagnosticSeverity.Warning));

    [Fact]
    public Task Location_by_number() => Toy.VerifyAnalyzerAsync("class C { void bad() {} }", Toy.Diagnostic(ToyAnalyzer.LowerCase).WithSpan(1, 16, 1, 19));

    [Fact]
    public Task Location_in_a_second_file() =>
        Toy.VerifyAnalyzerAsync(["class C;", "class D { void bad() {} }"], Toy.Diagnostic("TOY0001").WithLocation("/0/Test1.cs", 1, 16));

    [Fact]
    public Task Wrong_location_by_number() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void bad() {} }", Toy.Diagnostic("TOY0001").WithLocation(1, 15)));

    [Fact]
    public Task Unknown_mark() => Fails(() => Toy.VerifyAnalyzerAsync("class C { void bad() {} }", Toy.Diagnostic("TOY0001").WithLocation(7)), "#7");

    [Fact]
    public Task Wrong_arguments() => Fails(
        () => Toy.VerifyAnalyzerAsync("class C { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithArguments("good")), "'good' begins");

    [Fact]
    public Task Wrong_severity() => Fails(
        () => Toy.VerifyAnalyzerAsync("class C { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithSeverity(DiagnosticSeverity.Error)));

    [Fact]
    public Task Message_fragments_in_order() => Toy.VerifyAnalyzerAsync(
        "class C { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithMessageContaining("'bad'", "lower case"));

    [Fact]
    public Task Message_fragments_out_of_order() => Fails(() => Toy.VerifyAnalyzerAsync(
        "class C { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithMessageContaining("lower case", "'bad'")));

    [Fact]
    public Task Additional_locations() => Toy.VerifyAnalyzerAsync(
        "class C { {|#1:void {|#0:bad|}() {}|} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithLocation(1));

    [Fact]
    public Task Wrong_additional_locations() => Fails(() => Toy.VerifyAnalyzerAsync(
        "class {|#1:C|} { void {|#0:bad|}() {} }", Toy.Diagnostic("TOY0001").WithLocation(0).WithLocation(1)));

    [Fact]
    public Task A_suggestion_that_no_test_mentions_does_not_count() => Toy.VerifyAnalyzerAsync("class C { void Good_() {} }");

    [Fact]
    public Task A_suggestion_that_is_expected_somewhere_counts_everywhere() =>
        Fails(() => Toy.VerifyAnalyzerAsync("class C { void {|TOY0002:Good_|}() {} void Other_() {} }"), "unexpected: TOY0002");

    [Fact]
    public Task Config_files_are_in_force()
    {
        var test = new Toy.Test { TestCode = "class C { void bad() {} }" };
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.TOY0001.severity = none"));
        return test.RunAsync();
    }

    [Fact]
    public Task The_vocabulary_is_referenced() => Toy.VerifyAnalyzerAsync("class C { [LockContext.RawAtomic] unsafe void* M() => null; }");

    [Fact]
    public Task Unless_it_is_unwanted() => Fails(() => new Toy.Test { TestCode = "class C { [LockContext.RawAtomic] void M() {} }", WithoutAnnotations = true }.RunAsync(), "CS0246");

    [Fact]
    public async Task Local_diagnostics_are_those_of_one_document()
    {
        var test = new Toy.Test();
        test.TestState.Sources.Add("class C { void bad() {} }");
        test.TestState.Sources.Add("class D { void {|#0:bad|}() {} {|#1:void worse() {}|} }");
        Assert.Equal(2, (await test.GetAnalyzerSemanticDiagnosticsAsync(1)).Length);
        Assert.Contains("worse", Assert.Single(await test.GetAnalyzerSemanticDiagnosticsAsync(1, markupKey: 1)).GetMessage(), System.StringComparison.Ordinal);
        Assert.Equal(3, (await test.GetAnalyzerDiagnosticsAsync()).Length);
    }
}
