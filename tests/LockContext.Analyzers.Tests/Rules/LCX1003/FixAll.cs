using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>Many findings at once, and the ways in which hosts ask for that.</summary>
public class FixAll
{
    private const string One = """
        using Memory;

        unsafe class {0}
        {
            void M()
            {
                byte* p = Pages.AllocBytes(GfpFlags.Kernel, 0);
                *p = 1;
            }
        }
        """;

    private const string OneFixed = """
        using Memory;

        unsafe class {0}
        {
            void M()
            {
                byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p == null)
                    return;
                *p = 1;
            }
        }
        """;

    [Fact]
    public Task Several_in_one_statement_as_far_as_the_order_of_evaluation_stays() => FixTest.BodyAsync("""
            Console.WriteLine(Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}) + Pages.Sum({|LCX1003:Pages.Alloc(flags, 0)|}));
        """, """
            void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page == null)
                return;
            Console.WriteLine(Pages.Sum(page) + Pages.Sum({|LCX1003:Pages.Alloc(flags, 0)|}));
        """);

    [Fact]
    public Task Several_declared_together() => FixTest.BodyAsync("""
            byte* a = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}, b = {|LCX1003:Pages.AllocBytes(flags, 0)|};
            *a = *b;
        """, """
            byte* a = Pages.AllocBytes(GfpFlags.NoLocks, 0), b = Pages.AllocBytes((flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
            if (b == null)
                return;
            if (a == null)
                return;
            *a = *b;
        """);

    [Fact]
    public Task Several_arguments_of_one_call() => FixTest.MethodAsync("""
        static void Copy(byte* from, byte* to) { }
        void M() => Copy({|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}, {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|});
        """, """
        static void Copy(byte* from, byte* to) { }
        void M()
        {
            byte* from = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (from == null)
                return;
            byte* to = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (to == null)
                return;
            Copy(from, to);
        }
        """);

    [Fact]
    public Task One_inside_the_other() => FixTest.MethodAsync("""
        [LockContext.Allocates] static byte* Grow(byte* old, GfpFlags flags) => old;
        void M()
        {
            byte* p = {|LCX1003:Grow({|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}, GfpFlags.Kernel)|};
            *p = 1;
        }
        """, """
        [LockContext.Allocates] static byte* Grow(byte* old, GfpFlags flags) => old;
        void M()
        {
            byte* old = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (old == null)
                return;
            byte* p = Grow(old, GfpFlags.NoLocks);
            if (p == null)
                return;
            *p = 1;
        }
        """);

    [Fact]
    public Task Several_documents_and_one_without_a_fix()
    {
        var test = FixTest.Create<StandInAnalyzer>(Marked("A"), Fixed("A"));
        test.TestState.Sources.Add(Marked("B"));
        test.FixedState.Sources.Add(Fixed("B"));
        const string without = "class D { unsafe void M() => {|LCX1003:Memory.Pages.Alloc(Memory.GfpFlags.Kernel, 1)|}; }";
        test.TestState.Sources.Add(without);
        test.FixedState.Sources.Add(without);
        return FixTest.RunAsync(test);
    }

    [Fact]
    public async Task The_first_action_has_the_best_key()
    {
        var document = await SolutionAsync(Plain("A"));
        var actions = new List<CodeAction>();
        foreach (var diagnostic in await DiagnosticsAsync(document.Project))
            await new CodeFixes.Providers.LCX1003().RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), default));

        Assert.Equal("LCX1003.best", Assert.Single(actions).EquivalenceKey);
        Assert.Equal("Use 'GfpFlags.NoLocks' and handle failure", actions[0].Title);
    }

    [Theory]
    [InlineData(null, "LCX1003", true)]
    [InlineData("LCX1003.best", "LCX1003", true)]
    [InlineData("LCX1003.NoLocks", "LCX1003", true)]
    [InlineData("LCX1003.Other", "LCX1003", false)]
    [InlineData(null, "LCX1001", false)]
    public async Task Keys_and_ids(string? key, string id, bool repairs)
    {
        var document = await SolutionAsync(Plain("A"));
        var fixedSolution = await FixAllAsync(document, await DiagnosticsAsync(document.Project), key, id);
        Assert.Equal(repairs ? Fixed("A") : null, fixedSolution is null ? null : await TextAsync(fixedSolution, document.Id));
    }

    [Fact]
    public async Task Diagnostics_of_other_ids_are_left_alone()
    {
        var document = await SolutionAsync(Plain("A"));
        var other = new DiagnosticDescriptor("LCX1001", "", "", "", DiagnosticSeverity.Warning, true);
        var diagnostics = (await DiagnosticsAsync(document.Project)).Select(d => Diagnostic.Create(other, d.Location)).ToImmutableArray();
        var fixedSolution = await FixAllAsync(document, diagnostics, null, "LCX1001", "LCX1003");
        Assert.Equal(Plain("A"), await TextAsync(fixedSolution!, document.Id));
    }

    /// <summary>Another provider has changed the solution since the diagnostics were made, as under <c>dotnet format</c>.</summary>
    [Theory]
    [InlineData("", true)]                  // in another file
    [InlineData("// a line more\n", false)] // above the finding: it cannot be found any more
    [InlineData(null, false)]               // everything is gone
    public async Task Stale_diagnostics(string? prefix, bool repairs)
    {
        var document = await SolutionAsync(Plain("A"), Plain("B"));
        var diagnostics = await DiagnosticsAsync(document.Project);
        var other = document.Project.Documents.Single(d => d.Name == "1.cs");
        var changed = document.Project.Solution
            .WithDocumentText(document.Id, SourceText.From(prefix is null ? "" : prefix + Plain("A")))
            .WithDocumentText(other.Id, SourceText.From("class B;"));

        var fixedSolution = await FixAllAsync(changed.GetDocument(document.Id)!, diagnostics, "LCX1003.best", "LCX1003");
        Assert.Equal(repairs ? Fixed("A") : prefix is null ? "" : prefix + Plain("A"), await TextAsync(fixedSolution!, document.Id));
        Assert.Equal("class B;", await TextAsync(fixedSolution!, other.Id));
    }

    /// <summary>And the finding repaired already is not repaired again.</summary>
    [Fact]
    public async Task Repaired_already()
    {
        var document = await SolutionAsync(Plain("A"));
        var diagnostics = await DiagnosticsAsync(document.Project);
        var once = await FixAllAsync(document, diagnostics, null, "LCX1003");
        var twice = await FixAllAsync(once!.GetDocument(document.Id)!, diagnostics, null, "LCX1003");
        Assert.Equal(Fixed("A"), await TextAsync(twice!, document.Id));
    }

    /// <summary>One file in two projects, which see different halves of it.</summary>
    [Theory]
    [InlineData(FixAllScope.Solution)]
    [InlineData(FixAllScope.Project)]
    public async Task Linked_files(FixAllScope scope)
    {
        const string text = """
            using Memory;

            unsafe class C
            {
            #if FIRST
                void M() => Pages.Use(Pages.Alloc(GfpFlags.Kernel, 0));
            #else
                void M() => Pages.Alloc(GfpFlags.Kernel | GfpFlags.Zero, 0);
            #endif

                void N() => Pages.Alloc(GfpFlags.Atomic, 0);
            }
            """;
        var first = await SolutionAsync(text);
        var solution = first.Project.Solution.WithProjectParseOptions(first.Project.Id, new CSharpParseOptions(preprocessorSymbols: ["FIRST"]));
        var secondId = ProjectId.CreateNewId();
        solution = AddProject(solution, secondId, "Second", [text]);
        var second = solution.GetProject(secondId)!.Documents.Single(d => d.Name == "0.cs").Id;
        Assert.Contains(second, solution.GetDocument(first.Id)!.GetLinkedDocumentIds());

        var diagnostics = (await DiagnosticsAsync(solution.GetProject(first.Project.Id)!)).AddRange(await DiagnosticsAsync(solution.GetProject(secondId)!));
        Assert.Equal(4, diagnostics.Length);
        var fixedSolution = await FixAllAsync(solution.GetDocument(first.Id)!, diagnostics, null, scope, "LCX1003");

        string elseBranch = scope == FixAllScope.Solution ? "GfpFlags.NoLocks | GfpFlags.Zero" : "GfpFlags.Kernel | GfpFlags.Zero";
        string expected = $$"""
            using Memory;

            unsafe class C
            {
            #if FIRST
                void M()
                {
                    void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
                    if (page == null)
                        return;
                    Pages.Use(page);
                }
            #else
                void M() => Pages.Alloc({{elseBranch}}, 0);
            #endif

                void N() => Pages.Alloc(GfpFlags.NoLocks, 0);
            }
            """;
        Assert.Equal(expected, await TextAsync(fixedSolution!, first.Id));
        Assert.Equal(expected, await TextAsync(fixedSolution!, second));
    }

    private static string Plain(string name) => One.Replace("{0}", name, System.StringComparison.Ordinal);

    private static string Marked(string name) => Plain(name).Replace("Pages.AllocBytes(GfpFlags.Kernel, 0)", "{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}", System.StringComparison.Ordinal);

    private static string Fixed(string name) => OneFixed.Replace("{0}", name, System.StringComparison.Ordinal);

    private static async Task<string> TextAsync(Solution solution, DocumentId id) => (await solution.GetDocument(id)!.GetTextAsync()).ToString();

    private static Task<Document> SolutionAsync(params string[] sources)
    {
#pragma warning disable CA2000 // holds nothing but memory
        var workspace = new AdhocWorkspace();
#pragma warning restore CA2000
        var id = ProjectId.CreateNewId();
        var solution = AddProject(workspace.CurrentSolution, id, "First", sources);
        return Task.FromResult(solution.GetProject(id)!.Documents.Single(d => d.Name == "0.cs"));
    }

    private static Solution AddProject(Solution solution, ProjectId id, string name, string[] sources)
    {
        solution = solution.AddProject(ProjectInfo.Create(id, VersionStamp.Default, name, name, LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true),
            parseOptions: new CSharpParseOptions(LanguageVersion.Preview),
            metadataReferences: [.. ReferenceAssemblies.Net100, ReferenceAssemblies.Annotations]));
        solution = solution.AddDocument(DocumentId.CreateNewId(id), "Memory.cs", SourceText.From("#nullable enable\n" + FixTest.Memory), filePath: "/0/Memory.cs");
        for (int i = 0; i < sources.Length; i++)
            solution = solution.AddDocument(DocumentId.CreateNewId(id), $"{i}.cs", SourceText.From(sources[i]), filePath: $"/0/{i}.cs");
        return solution;
    }

    private static async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync(Project project) =>
        await (await project.GetCompilationAsync())!.WithAnalyzers([new StandInAnalyzer()]).GetAnalyzerDiagnosticsAsync();

    private static Task<Solution?> FixAllAsync(Document document, ImmutableArray<Diagnostic> diagnostics, string? key, params string[] ids) =>
        FixAllAsync(document, diagnostics, key, FixAllScope.Solution, ids);

    private static async Task<Solution?> FixAllAsync(Document document, ImmutableArray<Diagnostic> diagnostics, string? key, FixAllScope scope, params string[] ids)
    {
        var provider = new CodeFixes.Providers.LCX1003();
        var context = new FixAllContext(document, provider, scope, key!, ids, new Given(diagnostics), CancellationToken.None);
        var action = await provider.GetFixAllProvider()!.GetFixAsync(context);
        if (action is null)
            return null;

        var operations = await action.GetOperationsAsync(CancellationToken.None);
        return operations.OfType<ApplyChangesOperation>().SingleOrDefault()?.ChangedSolution ?? document.Project.Solution;
    }

    /// <summary>Hands out what it was given, by file, whatever the documents say by now.</summary>
    private sealed class Given(ImmutableArray<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult(
            diagnostics.Where(d => project.Documents.Any(x => x.FilePath == d.Location.SourceTree!.FilePath) && BelongsTo(project, d)));

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult(diagnostics.Where(d => d.Location.SourceTree!.FilePath == document.FilePath));

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult(Enumerable.Empty<Diagnostic>());

        private static bool BelongsTo(Project project, Diagnostic diagnostic) =>
            project.Solution.GetDocument(diagnostic.Location.SourceTree) is not { } document || document.Project.Id == project.Id;
    }
}
