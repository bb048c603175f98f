using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Testing.Fixes;

/// <summary>
/// One test of a fix: the fixed sources are reached by applying it to one diagnostic after the other and by FixAll in document, project and solution. Every
/// text on the way is parsed anew and has to compile, and the last has no diagnostics but those it marks.
/// </summary>
public class CSharpCodeFixTest<TAnalyzer, TCodeFix> : CSharpAnalyzerTest<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
    where TCodeFix : CodeFixProvider, new()
{
    /// <summary>Adds the first source as it is after the fix.</summary>
    public string FixedCode
    {
        set => FixedState.Sources.Add(value);
    }

    /// <summary>After the fix. A state without sources says that none is offered.</summary>
    public SolutionState FixedState { get; } = new();

    /// <summary>After FixAll, where that differs.</summary>
    public SolutionState BatchFixedState { get; } = new();

    /// <summary>Which of the actions offered for a diagnostic to take.</summary>
    public int? CodeActionIndex { get; set; }

    /// <summary>The action to take by its key; if <see cref="CodeActionIndex"/> is set as well, both have to name the same one.</summary>
    public string? CodeActionEquivalenceKey { get; set; }

    /// <summary>Checks the action's title, if set.</summary>
    public string? CodeActionTitle { get; set; }

    /// <summary>How often the fix has to be applied singly; not checked unless set.</summary>
    public int? NumberOfIncrementalIterations { get; set; }

    /// <summary>How often FixAll has to be applied to the project and to the solution; once unless set.</summary>
    public int? NumberOfFixAllIterations { get; set; }

    /// <summary>How often FixAll has to be applied to a document; once for each document with diagnostics unless set.</summary>
    public int? NumberOfFixAllInDocumentIterations { get; set; }

    public CodeFixTestBehaviors CodeFixTestBehaviors { get; set; }

    /// <summary>Run FixAll on the solution once more without a key, which is what <c>dotnet format</c> does.</summary>
    public bool FixAllWithoutKey { get; set; }

    protected override IEnumerable<SolutionState> AllStates => [TestState, FixedState, BatchFixedState];

    private protected override async Task RunFixesAsync(ExpectedState state, CancellationToken cancellationToken)
    {
        var afterOne = new ExpectedState(FixedState.InheritFrom(TestState), DefaultId);
        ExpectedState afterAll = BatchFixedState.Sources.Count > 0 ? new ExpectedState(BatchFixedState.InheritFrom(TestState), DefaultId) : afterOne;
        Project start = CreateProject(state.Clean);

        var runner = new CodeFixRunner(new TCodeFix(), GetDiagnosticsAsync)
        {
            ActionIndex = CodeActionIndex,
            ActionKey = CodeActionEquivalenceKey,
            ActionTitle = CodeActionTitle,
            FixOne = CodeFixTestBehaviors.HasFlag(CodeFixTestBehaviors.FixOne),
            AllowNewDiagnostics = CodeFixTestBehaviors.HasFlag(CodeFixTestBehaviors.AllowNewDiagnosticsBetweenSteps),
        };

        (Project result, int steps) = await runner.FixSinglyAsync(start, cancellationToken);
        await CheckAsync("after the fix", result, afterOne);
        CheckCount("The fix", steps, NumberOfIncrementalIterations);
        await runner.FixEachAloneAsync(start, cancellationToken);

        if (CodeFixTestBehaviors.HasFlag(CodeFixTestBehaviors.SkipFixAllCheck))
            return;
        if (new TCodeFix().GetFixAllProvider() is null)
            throw new VerificationException($"{typeof(TCodeFix).Name} has no FixAll.");
        int documents = await runner.CountDocumentsAsync(start, cancellationToken);
        int once = Math.Min(documents, 1);
        foreach ((FixAllScope scope, CodeFixTestBehaviors skip, int expected) in new[]
        {
            (FixAllScope.Document, CodeFixTestBehaviors.SkipFixAllInDocumentCheck, NumberOfFixAllInDocumentIterations ?? (runner.FixOne ? once : documents)),
            (FixAllScope.Project, CodeFixTestBehaviors.SkipFixAllInProjectCheck, NumberOfFixAllIterations ?? once),
            (FixAllScope.Solution, CodeFixTestBehaviors.SkipFixAllInSolutionCheck, NumberOfFixAllIterations ?? once),
        })
        {
            if (!CodeFixTestBehaviors.HasFlag(skip))
                await CheckFixAllAsync(scope, withKey: true, expected);
        }

        if (FixAllWithoutKey)
            await CheckFixAllAsync(FixAllScope.Solution, withKey: false, NumberOfFixAllIterations ?? once);

        async Task CheckFixAllAsync(FixAllScope scope, bool withKey, int expected)
        {
            string what = $"FixAll in {scope}{(withKey ? "" : " without a key")}";
            (Project all, int times) = await runner.FixAllAsync(start, scope, withKey, cancellationToken);
            await CheckAsync("after " + what, all, afterAll);
            CheckCount(what, times, expected);
        }

        async Task CheckAsync(string when, Project project, ExpectedState expected)
        {
            await FileComparison.VerifyAsync(when, project, expected.Clean, cancellationToken);
            await VerifyStateAsync(when, project, expected, cancellationToken);
        }
    }

    private static void CheckCount(string what, int actual, int? expected)
    {
        if (expected is { } count && count != actual)
            throw new VerificationException($"{what} was applied {actual} time(s) instead of {count}.");
    }
}
