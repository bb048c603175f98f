using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>A diagnostic on any node whatever, in code that was cut off in the middle of being typed: perhaps a fix, never an exception.</summary>
public class FixSurvives
{
    private static readonly DiagnosticDescriptor s_rule = new StandInAnalyzer().SupportedDiagnostics[0];

    private static readonly string s_code = FixTest.InClass("""
        byte* _field = Pages.AllocBytes(GfpFlags.Kernel, 0);
        int P => *Pages.AllocBytes(GfpFlags.Kernel, 0);
        int this[int i] => i > 0 ? Pages.Sum(Pages.Alloc(GfpFlags.Atomic)) : 0;
        C(object o) { }
        C() : this(Pages.AllocObject(1)!) => _head = Pages.AllocBytes(0, 0);
        ~C() => Pages.Use(Pages.Alloc(GfpFlags.Kernel, 0));
        public static C operator +(C a, C b) => Pages.Sum(Pages.Alloc(GfpFlags.Kernel, 0)) > 0 ? a : b;
        event Action E { add => Pages.Use(Pages.Alloc(GfpFlags.Kernel)); remove { Pages.Use(Pages.Alloc(GfpFlags.Kernel)); } }
        IEnumerable<int> Q(int[] xs) => from x in xs where Pages.AllocObject(1)!.GetHashCode() > x let y = Pages.AllocObject(2) select y.GetHashCode();
        async Task<int> A() { var o = Pages.AllocObject(3); await Task.Yield(); return o!.GetHashCode() switch { 1 => Pages.AllocObject(1)!.GetHashCode(), _ => 2 }; }
        void M(GfpFlags flags, out int n)
        {
            _lock.Enter();
            again:
            for (byte* p = Pages.AllocBytes(flags, 0), q = p + 1; Pages.Sum(p) > 0; p = Pages.AllocBytes(flags, 0)) *p = 1;
            do { using var s = new System.IO.MemoryStream(); lock (Pages.AllocObject(1)!) goto again; } while (Pages.Sum(Pages.Alloc(flags)) > 0);
            fixed (byte* f = new byte[*Pages.AllocBytes(flags, 0)]) { Pages.Use(f); }
            try { _head = Pages.AllocBytes(flags); *_head = 1; } catch (Exception e) when (e == Pages.AllocObject(1)) { } finally { _lock.Exit(); }
            (byte[] a, object? b) = (new[] { *Pages.AllocBytes(GfpFlags.Kernel) }, Pages.AllocObject(1) ?? this);
            Func<int, int> g = x => { int L() => *Pages.AllocBytes(flags); return L() + $"{Pages.AllocObject(5)}".Length; };
            n = Pages.AllocObject(1) is { } z ? z.GetHashCode() : new List<object> { Pages.AllocObject(2)! }[^1].GetHashCode();
        }
        """);

    /// <summary>How much of the code is there, in percent.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(97)]
    [InlineData(80)]
    [InlineData(63)]
    [InlineData(40)]
    public async Task Any_node_of_any_code(int percent)
    {
#pragma warning disable CA2000 // holds nothing but memory
        var workspace = new AdhocWorkspace();
#pragma warning restore CA2000
        var id = ProjectId.CreateNewId();
        var solution = workspace.CurrentSolution.AddProject(ProjectInfo.Create(id, VersionStamp.Default, "P", "P", LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true),
            metadataReferences: [.. ReferenceAssemblies.Net100, ReferenceAssemblies.Annotations]));
        var text = SourceText.From(s_code[..(s_code.Length * percent / 100)]);
        var documentId = DocumentId.CreateNewId(id);
        solution = solution.AddDocument(DocumentId.CreateNewId(id), "Memory.cs", SourceText.From("#nullable enable\n" + FixTest.Memory)).AddDocument(documentId, "C.cs", text);
        var document = solution.GetDocument(documentId)!;
        var root = (await document.GetSyntaxRootAsync())!;

        int offered = 0;
        foreach (var span in root.DescendantNodes().Select(n => n.Span).Append(new TextSpan(0, 0)).Append(new TextSpan(text.Length, 0)).Distinct())
        {
            var diagnostic = Diagnostic.Create(s_rule, Location.Create(root.SyntaxTree, span));
            await new CodeFixes.Providers.LCX1003().RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (_, _) => offered++, CancellationToken.None));
        }

        Assert.NotEqual(0, offered);

        // All of them at once.
        var all = root.DescendantNodes().Select(n => Diagnostic.Create(s_rule, n.GetLocation())).ToImmutableArray();
        var provider = new CodeFixes.Providers.LCX1003();
        var context = new FixAllContext(document, provider, FixAllScope.Document, null!, ["LCX1003"], new Given(all), CancellationToken.None);
        var operations = await (await provider.GetFixAllProvider().GetFixAsync(context))!.GetOperationsAsync(CancellationToken.None);
        var repaired = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution;
        Assert.True(await CountErrorsAsync(repaired, documentId) <= await CountErrorsAsync(solution, documentId), (await repaired.GetDocument(documentId)!.GetTextAsync()).ToString());
    }

    private static async Task<int> CountErrorsAsync(Solution solution, DocumentId id) =>
        (await solution.GetDocument(id)!.GetSemanticModelAsync())!.GetDiagnostics().Count(d => d.Severity == DiagnosticSeverity.Error);

    private sealed class Given(ImmutableArray<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override Task<System.Collections.Generic.IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult(diagnostics.AsEnumerable());

        public override Task<System.Collections.Generic.IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult(diagnostics.AsEnumerable());

        public override Task<System.Collections.Generic.IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult(Enumerable.Empty<Diagnostic>());
    }
}
