using System.Threading.Tasks;
using LockContext.Testing.Fixes;
using Xunit;
using static LockContext.Testing.Tests.Failing;

namespace LockContext.Testing.Tests;

public class CodeFixVerifierTests
{
    private const string Two = "class C { void {|TOY0001:bad|}() {} void {|TOY0001:worse|}() {} }";
    private const string TwoFixed = "class C { void Bad() {} void Worse() {} }";

    [Fact]
    public Task A_good_fix() => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync(Two, TwoFixed);

    [Fact]
    public Task With_expected_diagnostics() => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync(
        "class C { void {|#0:bad|}() {} }",
        CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.Diagnostic("TOY0001").WithLocation(0).WithArguments("bad"),
        "class C { void Bad() {} }");

    [Fact]
    public Task In_several_files()
    {
        var test = new CSharpCodeFixTest<ToyAnalyzer, UpperCaseFix> { TestCode = Two, FixedCode = TwoFixed };
        test.TestState.Sources.Add("class D { void {|TOY0001:bad|}() {} }");
        test.FixedState.Sources.Add("class D { void Bad() {} }");
        test.NumberOfIncrementalIterations = 3;
        test.NumberOfFixAllInDocumentIterations = 2;
        return test.RunAsync();
    }

    [Theory]
    [InlineData(0, null, "class C { void Bad() {} }")]
    [InlineData(1, null, "class C { void Dobad() {} }")]
    [InlineData(null, "Prefix", "class C { void Dobad() {} }")]
    public Task The_chosen_action_is_taken(int? index, string? key, string expected) => new CSharpCodeFixTest<ToyAnalyzer, TwoWaysFix>
    {
        TestCode = "class C { void {|TOY0001:bad|}() {} }",
        FixedCode = expected,
        CodeActionIndex = index,
        CodeActionEquivalenceKey = key,
    }.RunAsync();

    [Fact]
    public Task An_action_that_is_not_offered() => Fails(() => new CSharpCodeFixTest<ToyAnalyzer, TwoWaysFix>
    {
        TestCode = "class C { void {|TOY0001:bad|}() {} }",
        FixedCode = "class C { void Bad() {} }",
        CodeActionIndex = 2,
    }.RunAsync(), "[1] 'Prefix'");

    [Fact]
    public Task One_of_two() => new CSharpCodeFixTest<ToyAnalyzer, UpperCaseFix>
    {
        TestCode = Two,
        FixedCode = "class C { void Bad() {} void {|TOY0001:worse|}() {} }",
        CodeFixTestBehaviors = CodeFixTestBehaviors.FixOne | CodeFixTestBehaviors.SkipFixAllCheck,
    }.RunAsync();

    [Fact]
    public Task No_fix_offered_where_the_text_stays() => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync(
        "class C { void Good() {} }", "class C { void Good() {} }");

    [Fact]
    public Task No_fix_offered_where_one_is_expected() => Fails(
        () => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync("class C { void Good() {} }", "class C { void Better() {} }"), "after the fix is not as expected");

    [Fact]
    public Task A_fix_offered_where_none_is_expected() =>
        Fails(() => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync(Two, Two), "is not as expected");

    [Fact]
    public Task Wrong_fixed_text() => Fails(
        () => CSharpCodeFixVerifier<ToyAnalyzer, UpperCaseFix>.VerifyCodeFixAsync(Two, "class C { void Bad() {} void Worst() {} }"), "- class C", "+ class C");

    [Fact]
    public Task A_fix_that_leaves_the_diagnostic() => Fails(
        () => CSharpCodeFixVerifier<ToyAnalyzer, UselessFix>.VerifyCodeFixAsync(
            "class C { void {|TOY0001:bad|}() {} }", "class C { void {|TOY0001:badX|}() {} }"),
        "as many diagnostics");

    [Fact]
    public Task A_fix_that_never_ends() => Fails(
        () => new CSharpCodeFixTest<ToyAnalyzer, UselessFix>
        {
            TestCode = "class C { void {|TOY0001:bad|}() {} }",
            FixedCode = "class C { void {|TOY0001:badX|}() {} }",
            CodeFixTestBehaviors = CodeFixTestBehaviors.AllowNewDiagnosticsBetweenSteps,
        }.RunAsync(),
        "still offered");

    [Fact]
    public Task A_diagnostic_left_in_the_fixed_text() => Fails(
        () => new CSharpCodeFixTest<ToyAnalyzer, UselessFix>
        {
            TestCode = "class C { void {|TOY0001:bad|}() {} }",
            FixedCode = "class C { void badX() {} }",
            CodeFixTestBehaviors = CodeFixTestBehaviors.FixOne | CodeFixTestBehaviors.AllowNewDiagnosticsBetweenSteps,
        }.RunAsync(),
        "after the fix", "unexpected: TOY0001");

    [Fact]
    public Task A_fix_that_breaks_the_code() => Fails(
        () => CSharpCodeFixVerifier<ToyAnalyzer, BreakingFix>.VerifyCodeFixAsync("class C { void {|TOY0001:bad|}() {} }", "class C { void 1bad() {} }"),
        "breaks the code");

    [Fact]
    public Task A_fix_without_FixAll() => Fails(() => CSharpCodeFixVerifier<ToyAnalyzer, NoFixAllFix>.VerifyCodeFixAsync(Two, TwoFixed), "has no FixAll");

    [Fact]
    public Task A_fix_without_FixAll_that_says_so() => new CSharpCodeFixTest<ToyAnalyzer, NoFixAllFix>
    {
        TestCode = Two,
        FixedCode = TwoFixed,
        CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllCheck,
    }.RunAsync();

    [Fact]
    public Task A_FixAll_with_another_result() => Fails(
        () => CSharpCodeFixVerifier<ToyAnalyzer, OtherFixAllFix>.VerifyCodeFixAsync("class C { void {|TOY0001:bad|}() {} }", "class C { void Bad() {} }"),
        "after FixAll in Document");

    [Fact]
    public Task A_FixAll_whose_other_result_is_expected()
    {
        var test = new CSharpCodeFixTest<ToyAnalyzer, OtherFixAllFix> { TestCode = "class C { void {|TOY0001:bad|}() {} }", FixedCode = "class C { void Bad() {} }" };
        test.BatchFixedState.Sources.Add("class C { void Other() {} }");
        return test.RunAsync();
    }

    [Fact]
    public Task A_FixAll_that_needs_a_key_that_dotnet_format_does_not_give() => Fails(
        () => new CSharpCodeFixTest<ToyAnalyzer, UpperCaseFix> { TestCode = Two, FixedCode = TwoFixed, FixAllWithoutKey = true }.RunAsync(),
        "FixAll in Solution does nothing");

    [Fact]
    public Task A_FixAll_that_needs_no_key()
    {
        var test = new CSharpCodeFixTest<ToyAnalyzer, OtherFixAllFix> { TestCode = "class C { void {|TOY0001:bad|}() {} }", FixedCode = "class C { void Bad() {} }", FixAllWithoutKey = true };
        test.BatchFixedState.Sources.Add("class C { void Other() {} }");
        return test.RunAsync();
    }

    [Fact]
    public Task A_wrong_number_of_steps() => Fails(
        () => new CSharpCodeFixTest<ToyAnalyzer, UpperCaseFix> { TestCode = Two, FixedCode = TwoFixed, NumberOfIncrementalIterations = 1 }.RunAsync(),
        "2 time(s) instead of 1");
}
