using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using LockContext.Analyzers;
using LockContext.Runtime;
using LockContext.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace LockContext.Lockdep.Tests.Agreement;

/// <summary>
/// The analyzer and the validator say the same of random programs without branches: the same statements, and the same ids. A failure prints the program and its seed. More of them:
/// <c>LOCKCONTEXT_AGREEMENT_PROGRAMS=20000 LOCKCONTEXT_AGREEMENT_SEED=5000 dotnet test tests/LockContext.Lockdep.Tests --filter FullyQualifiedName~Agreement</c>.
/// </summary>
public sealed class AgreementTests
{
    /// <summary>Programs in one compilation: making one costs more than a program in it.</summary>
    private const int Batch = 100;

    private static readonly string[] s_contexts = ["LCX1001", "LCX1002", "LCX1003", "LCX1004", "LCX1005", "LCX1006", "LCX1007", "LCX1011", "LCX2002", "LCX2003"];

    private static int Programs => Setting("LOCKCONTEXT_AGREEMENT_PROGRAMS", 200);

    private static int FirstSeed => Setting("LOCKCONTEXT_AGREEMENT_SEED", 1);

    [Fact]
    public Task On_contexts_and_releases() => AssertAgree(Agreement.Program.Mixed, s_contexts, CompareStatements);

    [Fact]
    public Task On_orders() => AssertAgree(Agreement.Program.Orders, ["LCX2005"], CompareOrders);

    // A sample in which each id is found at least once, or agreement says little.
    [Fact]
    public void Programs_have_something_of_everything()
    {
        var found = new HashSet<string>();
        for (int seed = 1; seed <= 400; seed++)
        {
            found.UnionWith(Validator.Run(Agreement.Program.Mixed(seed)).SelectMany(finding => finding.Value).Where(id => id != "LCX2005"));
            found.UnionWith(Validator.Run(Agreement.Program.Orders(seed)).SelectMany(finding => finding.Value));
        }

        Assert.Equal(s_contexts.Append("LCX2005").Order(), found.Order());
    }

    /// <summary>What the analyzer has said: the id, where it stands, and all places that it names, itself among them.</summary>
    private sealed record Said(string Id, (int Body, int Statement) At, ImmutableArray<(int Body, int Statement)> Places);

    private static async Task AssertAgree(Func<int, Program> make, string[] ids, Func<Program, Said[], string[], string> compare)
    {
        string said = await Disagreement(make, ids, compare);
        Assert.True(said.Length == 0, said);
    }

    /// <summary>The first disagreement, or nothing.</summary>
    private static async Task<string> Disagreement(Func<int, Program> make, string[] ids, Func<Program, Said[], string[], string> compare)
    {
        for (int first = FirstSeed; first < FirstSeed + Programs; first += Batch)
        {
            Program[] programs = [.. Enumerable.Range(first, Batch).Select(make)];
            var places = new Dictionary<int, (Program Program, int Body, int Statement)>();
            var text = new StringBuilder(Agreement.Program.Declarations).Append('\n');
            int line = text.ToString().Count(c => c == '\n');
            foreach (Program program in programs) program.Print(text, ref line, places);
            ILookup<Program, Said> analyzed = (await Analyze(text.ToString()))
                .Where(diagnostic => ids.Contains(diagnostic.Id))
                .ToLookup(diagnostic => places[LineOf(diagnostic.Location)].Program, diagnostic => new Said(diagnostic.Id, StatementAt(diagnostic.Location),
                    [.. diagnostic.AdditionalLocations.Prepend(diagnostic.Location).Where(location => places.ContainsKey(LineOf(location))).Select(StatementAt)]));
            foreach (Program program in programs)
            {
                string said = compare(program, [.. analyzed[program]], ids);
                if (said.Length > 0) return said;
            }

            (int Body, int Statement) StatementAt(Location location) => (places[LineOf(location)].Body, places[LineOf(location)].Statement);
        }

        return "";
    }

    // Of several things that are wrong with one statement the analyzer says the worst, and the same of the same cause in the same member once. A lock that is taken twice hangs for the validator, which goes
    // on as if it had been taken once; to the analyzer the release that belongs to the second time is no mistake of its own.
    private static string CompareStatements(Program program, Said[] analyzed, string[] ids)
    {
        Dictionary<(int, int), string[]> validated = Validator.Run(program);
        for (int b = 0; b < program.Bodies.Count; b++)
        {
            var said = new HashSet<(Statement, string)>();
            var takenTwice = new HashSet<int>();
            for (int s = 0; s < program.Bodies[b].Statements.Count; s++)
            {
                string[] left = [.. analyzed.Where(a => a.At == (b, s)).Select(a => a.Id).Distinct()];
                string[] right = Found(validated, (b, s), ids);
                Statement statement = program.Bodies[b].Statements[s];
                bool repeated = left.Length == 0 && right.Any(id => said.Contains((statement, id)));
                bool belongs = left.Length == 0 && right is ["LCX2002"] && takenTwice.Remove(statement.Lock);
                bool agree = left.All(right.Contains) && (left.Length > 0 == right.Length > 0 || repeated || belongs);
                if (!agree) return Describe(program, b, s, left, right);
                foreach (string id in left) said.Add((statement, id));
                if (left.Contains("LCX2003")) takenTwice.Add(statement.Lock);
            }
        }

        return "";
    }

    // The validator reports every order that closes a circle when it first happens. The analyzer sees all of them at once, and says nothing of a circle that has an order in common with one that it
    // reports: it agrees if it reports nothing that the validator does not, and if nothing goes round in a circle any more once the orders that it names are taken out.
    private static string CompareOrders(Program program, Said[] analyzed, string[] ids)
    {
        Dictionary<(int Body, int Statement), string[]> validated = Validator.Run(program);
        foreach (Said said in analyzed)
        {
            if (Found(validated, said.At, ids).Length == 0) return Describe(program, said.At.Body, said.At.Statement, [said.Id], []);
        }

        var named = analyzed.SelectMany(said => said.Places).Select(place => OrderOf(program.Bodies[place.Body])).ToHashSet();
        var left = program.Bodies.Where(body => body.Statements[1].Verb == Verb.Enter).Select(OrderOf).Where(order => !named.Contains(order)).ToHashSet();
        while (left.RemoveWhere(order => !left.Any(next => next.Outer == order.Inner)) > 0)
        {
            // Whatever leads to a lock under which none is taken leads nowhere.
        }

        foreach (var ((body, statement), found) in validated)
        {
            if (found.Any(ids.Contains) && (analyzed.Length == 0 || left.Contains(OrderOf(program.Bodies[body])))) return Describe(program, body, statement, [], found);
        }

        return left.Count == 0 ? "" : Describe(program, 0, 1, [], ["a circle that nobody has reported"]);
    }

    private static int LineOf(Location location) => location.GetLineSpan().StartLinePosition.Line;

    private static (int Outer, int Inner) OrderOf(Body body) => (body.Statements[0].Lock, body.Statements[1].Lock);

    private static string[] Found(Dictionary<(int, int), string[]> validated, (int, int) at, string[] ids) =>
        validated.TryGetValue(at, out string[]? found) ? [.. found.Where(ids.Contains)] : [];

    private static string Describe(Program program, int body, int statement, string[] left, string[] right)
    {
        var text = new StringBuilder();
        var places = new Dictionary<int, (Program, int, int)>();
        int line = 0;
        program.Print(text, ref line, places);
        string[] lines = text.ToString().Split('\n');
        int at = places.Single(place => place.Value == (program, body, statement)).Key;
        lines[at] += $"   // <== the analyzer says {string.Join(" ", left.DefaultIfEmpty("nothing"))}, the validator {string.Join(" ", right.DefaultIfEmpty("nothing"))}";
        return $"seed {program.Seed}:\n{string.Join('\n', lines)}";
    }

    private static async Task<ImmutableArray<Diagnostic>> Analyze(string text)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Agreement",
            [CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview), "/Agreement.cs")],
            ReferenceAssemblies.Net100.Add(ReferenceAssemblies.Annotations).Add(MetadataReference.CreateFromFile(typeof(SleepingLock).Assembly.Location)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        var driver = new CompilationWithAnalyzers(compilation, [new LockContextAnalyzer()], new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false));
        ImmutableArray<Diagnostic> diagnostics = await driver.GetAnalyzerDiagnosticsAsync();
        Assert.Empty(diagnostics.Where(diagnostic => diagnostic.Id.StartsWith("AD", StringComparison.Ordinal)));
        return diagnostics;
    }

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
