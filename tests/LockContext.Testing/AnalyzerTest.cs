using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing;

/// <summary>
/// One test of an analyzer: compile the sources, run the analyzer, compare its diagnostics and the compiler's with the expected ones. An exception in the
/// analyzer fails the test, whatever was expected.
/// </summary>
public class CSharpAnalyzerTest<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    // A suggestion counts where a test mentions its id, or else each test would have to know every hint that later rules give. This one always counts:
    // a small test that exhausts the analyzer's budget has found a bug.
    private static readonly string[] s_neverOptIn = ["LCX3006"];

    /// <summary>Adds the first source.</summary>
    public string TestCode
    {
        set => TestState.Sources.Add(value);
    }

    public SolutionState TestState { get; } = new();

    /// <inheritdoc cref="SolutionState.ExpectedDiagnostics"/>
    public List<DiagnosticResult> ExpectedDiagnostics => TestState.ExpectedDiagnostics;

    public CompilerDiagnostics CompilerDiagnostics { get; set; } = CompilerDiagnostics.Errors;

    /// <summary>Ids that are not looked at.</summary>
    public HashSet<string> DisabledDiagnostics { get; } = [];

    /// <summary>Changes to the project after its files have been added: options, references.</summary>
    public List<Func<Solution, ProjectId, Solution>> SolutionTransforms { get; } = [];

    /// <summary>The framework to compile against; by default .NET 10 with LockContext.Annotations.</summary>
    public ImmutableArray<MetadataReference>? References { get; set; }

    /// <summary>Compile against .NET 10 alone.</summary>
    public bool WithoutAnnotations { get; set; }

    public bool ConcurrentAnalysis { get; set; } = true;

    /// <summary>How long one run of the analyzer may take.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(60);

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var state = new ExpectedState(TestState, DefaultId);
        await VerifyStateAsync("of the source", CreateProject(state.Clean), state, cancellationToken);
        await RunFixesAsync(state, cancellationToken);
    }

    /// <summary>What the analyzer reports, in the order in which the driver returns it, with nothing compared or left out. Analyzer exceptions still fail.</summary>
    public async Task<ImmutableArray<Diagnostic>> GetAnalyzerDiagnosticsAsync(CancellationToken cancellationToken = default)
    {
        Project project = CreateProject(new ExpectedState(TestState, DefaultId).Clean);
        Compilation compilation = await CompileAsync(project, cancellationToken);
        return await AnalyzeAsync(project, compilation, (driver, token) => driver.GetAnalyzerDiagnosticsAsync(token), cancellationToken);
    }

    /// <summary>
    /// What an editor is told about one document, or about the span with the given mark: the proof that a diagnostic is local. A diagnostic that an
    /// action at the end of the compilation reports is not among them.
    /// </summary>
    public async Task<ImmutableArray<Diagnostic>> GetAnalyzerSemanticDiagnosticsAsync(int source, int? markupKey = null, CancellationToken cancellationToken = default)
    {
        var state = new ExpectedState(TestState, DefaultId);
        Project project = CreateProject(state.Clean);
        Compilation compilation = await CompileAsync(project, cancellationToken);
        SyntaxTree tree = compilation.SyntaxTrees.Single(t => t.FilePath == state.Clean.Sources[source].FileName);
        TextSpan? span = markupKey is { } key ? SpanOf(tree.GetText(cancellationToken), state.Key(key)) : null;
        return await AnalyzeAsync(
            project, compilation, (driver, token) => driver.GetAnalyzerSemanticDiagnosticsAsync(compilation.GetSemanticModel(tree), span, token), cancellationToken);
    }

    /// <summary>The id that <c>[|...|]</c> stands for.</summary>
    protected virtual string? DefaultId
    {
        get
        {
            string[] ids = [.. new TAnalyzer().SupportedDiagnostics.Select(d => d.Id).Distinct()];
            return ids.Length == 1 ? ids[0] : null;
        }
    }

    protected virtual IEnumerable<SolutionState> AllStates => [TestState];

    private protected virtual Task RunFixesAsync(ExpectedState state, CancellationToken cancellationToken) => Task.CompletedTask;

    private protected Project CreateProject(SolutionState state)
    {
        Project project = References is { } references ? TestProject.Create(references) : TestProject.Default(annotations: !WithoutAnnotations);
        project = TestProject.WithFiles(project, state);
        Solution solution = project.Solution;
        foreach (var transform in SolutionTransforms)
            solution = transform(solution, project.Id);
        return solution.GetProject(project.Id)!;
    }

    private protected async Task VerifyStateAsync(string when, Project project, ExpectedState state, CancellationToken cancellationToken)
    {
        (ImmutableArray<Diagnostic> compiler, ImmutableArray<Diagnostic> analyzer) = await GetDiagnosticsAsync(project, cancellationToken);
        DiagnosticMatcher.Verify(when, state.Expected, [.. compiler, .. analyzer]);
    }

    private protected async Task<(ImmutableArray<Diagnostic> Compiler, ImmutableArray<Diagnostic> Analyzer)> GetDiagnosticsAsync(Project project, CancellationToken cancellationToken)
    {
        Compilation compilation = await CompileAsync(project, cancellationToken);
        ImmutableArray<Diagnostic> analyzer = await AnalyzeAsync(project, compilation, (driver, token) => driver.GetAnalyzerDiagnosticsAsync(token), cancellationToken);
        HashSet<string> ignored = [.. DisabledDiagnostics, .. UnmentionedSuggestions()];
        return ([.. compilation.GetDiagnostics(cancellationToken).Where(IsCounted)],
            [.. analyzer.Where(d => !ignored.Contains(d.Id)).OrderBy(d => d.Location.GetLineSpan().Path, StringComparer.Ordinal).ThenBy(d => d.Location.SourceSpan)]);

        bool IsCounted(Diagnostic diagnostic) => !diagnostic.IsSuppressed && !ignored.Contains(diagnostic.Id) && CompilerDiagnostics switch
        {
            CompilerDiagnostics.None => false,
            CompilerDiagnostics.Errors => diagnostic.Severity == DiagnosticSeverity.Error,
            _ => diagnostic.Severity >= DiagnosticSeverity.Warning,
        };
    }

    private async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(
        Project project,
        Compilation compilation,
        Func<CompilationWithAnalyzers, CancellationToken, Task<ImmutableArray<Diagnostic>>> query,
        CancellationToken cancellationToken)
    {
        var exceptions = new ConcurrentQueue<Exception>();
        var driver = new CompilationWithAnalyzers(compilation, [new TAnalyzer()], new CompilationWithAnalyzersOptions(
            project.AnalyzerOptions,
            onAnalyzerException: (exception, _, _) => exceptions.Enqueue(exception),
            concurrentAnalysis: ConcurrentAnalysis,
            logAnalyzerExecutionTime: false));
        ImmutableArray<Diagnostic> diagnostics = await WithTimeLimitAsync(token => query(driver, token), cancellationToken);
        if (exceptions.TryPeek(out Exception? first))
            throw new VerificationException($"The analyzer has thrown {exceptions.Count} exception(s), the first of them:\n{first}");
        // The driver's own word for the same thing, should it ever come without the callback.
        if (diagnostics.FirstOrDefault(d => d.Id.StartsWith("AD0", StringComparison.Ordinal)) is { } failure)
            throw new VerificationException(failure.ToString());
        return diagnostics;
    }

    // An analyzer that never ends, cancelled or not, fails its own test and no other.
    private async Task<T> WithTimeLimitAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            limit.CancelAfter(TimeLimit);
            return await Task.Run(() => work(limit.Token), cancellationToken).WaitAsync(TimeLimit + TimeSpan.FromSeconds(1), cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new VerificationException($"The analyzer was not done after {TimeLimit.TotalSeconds} s.");
        }
    }

    private IEnumerable<string> UnmentionedSuggestions() =>
        from descriptor in new TAnalyzer().SupportedDiagnostics
        where descriptor.DefaultSeverity < DiagnosticSeverity.Warning && !s_neverOptIn.Contains(descriptor.Id)
        where !AllStates.Any(state => Mentions(state, descriptor.Id))
        select descriptor.Id;

    private static bool Mentions(SolutionState state, string id) =>
        state.ExpectedDiagnostics.Any(d => d.Id == id) || state.Sources.Any(s => s.Content.Contains(id, StringComparison.Ordinal));

    private static async Task<Compilation> CompileAsync(Project project, CancellationToken cancellationToken) =>
        (await project.GetCompilationAsync(cancellationToken))!;

    private static TextSpan SpanOf(SourceText text, DiagnosticLocation location) =>
        text.Lines.GetTextSpan(new LinePositionSpan(location.Start, location.End!.Value));
}
