using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using LockContext.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Sources = System.Collections.Generic.List<(string Path, Microsoft.CodeAnalysis.Text.SourceText Text)>;

namespace LockContext.Benchmarks;

/// <summary>
/// The table of <c>docs/benchmarks-analyzer.md</c>: what the analysis adds to a build and to a keystroke, next to what others add. Every round runs the program without any of the candidates and then with
/// each, in rotating order, on a compilation of its own parsed anew; what counts is the median over the rounds of (time with the analyzer - time without) / time without. Before the first round
/// everybody works on the program, or on a smaller one of its kind, for a while: the runtime takes dozens of builds to compile an analyzer as well as it ever will. All of it takes about half an
/// hour, so what has been measured can be kept in a file, and a later run goes on from there.
/// </summary>
internal static class AnalyzerReport
{
    private const string Ours = "LockContext";
    private const string InContexts = "a context in every tenth method";
    private const string SmallerInContexts = InContexts + ", a tenth of the size";
    private const string OnTopOfTheSdk = ", a quarter of the size, SDK analyzers on";
    private const int NearestEvery = 5;
    private const int PeersEvery = 15;

    /// <summary>The one that also looks at where code may block; what it takes is what we are measured by.</summary>
    private const string Nearest = "Microsoft.VisualStudio.Threading.Analyzers";

    /// <param name="Every">Takes part in every n-th round only: the larger packages take so long that their figures need no more.</param>
    public sealed record Candidate(string Name, ImmutableArray<DiagnosticAnalyzer> Analyzers, int Every = 1)
    {
        /// <summary>How long it works before it is measured.</summary>
        public TimeSpan WarmUp => TimeSpan.FromSeconds(Every > NearestEvery ? 8 : 20);
    }

    /// <param name="Shares">Of the rounds, from the smallest to the largest.</param>
    private sealed record Row(string Program, string Candidate, double Without, double With, double[] Shares)
    {
        public double Share => Median(Shares);

        public double Quarter(int which) => Shares[which * (Shares.Length - 1) / 4];
    }

    /// <summary>A program that is measured, with whom, and on top of what.</summary>
    /// <param name="Small">What to warm up on, if the program itself is too large for that.</param>
    private sealed record Subject(string Program, Func<Sources> Sources, int Rounds, Candidate[] Candidates, ImmutableArray<DiagnosticAnalyzer> Basis, Func<Sources>? Small = null);

    /// <param name="kept">Where to keep what has been measured, and to find what an earlier run has; or <see langword="null"/>.</param>
    /// <param name="minutes">After how long to stop and leave the rest to a later run.</param>
    /// <param name="keystrokesOnly">Measures keystrokes, prints what they take, and writes no page.</param>
    public static int Run(int rounds, double scale, string directory, string? kept, double minutes, bool keystrokesOnly)
    {
        var peers = Peers.All().Select(p => new Candidate(p.Name, p.Analyzers, p.Name == Nearest ? NearestEvery : PeersEvery)).ToArray();
        if (peers.Length == 0)
            Console.Error.WriteLine("Built without -p:Peers=true, so there is nobody to compare with.");
        var ours = new Candidate(Ours, [new LockContextAnalyzer()]);
        var files = (int)(2000 * scale);
        if (keystrokesOnly)
        {
            var text = new StringBuilder();
            AppendKeystrokes(text, KeystrokesOf(files, rounds, [ours, .. peers]));
            Console.WriteLine(text);
            return 0;
        }

        ImmutableArray<DiagnosticAnalyzer> nothing = [new Nothing()];
        Subject[] subjects =
        [
            new("no contexts", () => GeneratedProgram.Of(files), rounds, [ours, .. peers], nothing, () => GeneratedProgram.Of(files / 10)),
            new(InContexts, () => GeneratedProgram.Of(files, contextEvery: 10), rounds, [ours, .. peers], nothing, () => GeneratedProgram.Of(files / 10, contextEvery: 10)),
            new(SmallerInContexts, () => GeneratedProgram.Of(files / 10, contextEvery: 10), 4 * rounds, [ours], nothing),
            new("the runtime itself", () => SourcesOf("LockContext.Runtime"), rounds, [ours, .. peers], nothing),
            new("deep call graphs", GeneratedProgram.DeepCalls, rounds, [ours, .. peers], nothing),
            new("no contexts" + OnTopOfTheSdk, () => GeneratedProgram.Of(files / 4), rounds, [ours], Peers.OfTheSdk(), () => GeneratedProgram.Of(files / 20)),
            new(InContexts + OnTopOfTheSdk, () => GeneratedProgram.Of(files / 4, contextEvery: 10), rounds, [ours], Peers.OfTheSdk(), () => GeneratedProgram.Of(files / 20, contextEvery: 10)),
        ];
        var samples = new Samples(kept);
        var end = minutes > 0 ? Stopwatch.GetTimestamp() + (long)(minutes * 60 * Stopwatch.Frequency) : long.MaxValue;
        foreach (var subject in subjects)
        {
            if (!Measure(subject, samples, end))
            {
                Console.Error.WriteLine("Time is up; run it again to go on.");
                return 0;
            }
        }

        var rows = subjects.SelectMany(s => s.Candidates.Select(c => RowOf(s.Program, c.Name, samples.Of(s.Program, c.Name)))).ToList();
        var keystrokes = KeystrokesOf(files, rounds, [ours, .. peers]);
        Write(Path.Combine(directory, "benchmarks-analyzer.md"), Path.Combine(directory, "benchmarks-analyzer.svg"), rows, keystrokes, GrowthOf(samples), rounds, files);
        return 0;
    }

    /// <summary>How many times as long ten times the code takes: the compiler, and what is added to it.</summary>
    private static (double Compiler, double Ours) GrowthOf(Samples samples)
    {
        var (large, small) = (samples.Of(InContexts, Ours), samples.Of(SmallerInContexts, Ours));
        return (Median(large.Select(t => t.Without)) / Median(small.Select(t => t.Without)), Median(large.Select(t => t.With - t.Without)) / Median(small.Select(t => t.With - t.Without)));
    }

    /// <summary>In milliseconds, for each candidate in the program without contexts and in the one with.</summary>
    private static List<(string Candidate, double NoContexts, double InContexts)> KeystrokesOf(int files, int rounds, Candidate[] candidates)
    {
        var without = Keystrokes.Measure(GeneratedProgram.Of(files), rounds, candidates);
        var with = Keystrokes.Measure(GeneratedProgram.Of(files, contextEvery: 10), rounds, candidates);
        return [.. candidates.Select((c, i) => (c.Name, without[i], with[i]))];
    }

    private static void AppendKeystrokes(StringBuilder text, List<(string Candidate, double NoContexts, double InContexts)> keystrokes)
    {
        text.Append(CultureInfo.InvariantCulture, $"""
            ## A keystroke

            A character typed in a file of a thousand lines of the generated program: the time until that file's diagnostics are there again, where all other files are as they were. Median of the rounds; in each of them all
            analyzers see the same edit.

            | analyzer | no contexts, ms | {InContexts}, ms |
            |---|---:|---:|

            """);
        foreach (var (candidate, noContexts, inContexts) in keystrokes)
            text.Append(CultureInfo.InvariantCulture, $"| {candidate} | {noContexts:F0} | {inContexts:F0} |\n");
    }

    private static Row RowOf(string program, string candidate, List<(double Without, double With)> times) =>
        new(program, candidate, Median(times.Select(t => t.Without)), Median(times.Select(t => t.With)), [.. times.Select(t => (t.With - t.Without) / t.Without).Order()]);

    /// <summary>Runs the rounds that are still to be run; false if time is up before the last.</summary>
    private static bool Measure(Subject subject, Samples samples, long end)
    {
        var done = samples.Of(subject.Program, subject.Candidates[0].Name).Count;
        if (done >= subject.Rounds)
            return true;
        var sources = subject.Sources();
        var small = subject.Small?.Invoke() ?? sources;
        foreach (var candidate in subject.Candidates)
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < candidate.WarmUp;)
                Time(small, subject.Basis.AddRange(candidate.Analyzers));
        }

        Time(sources, subject.Basis);
        var before = Time(sources, subject.Basis);
        for (var round = done; round < subject.Rounds; round++)
        {
            if (Stopwatch.GetTimestamp() > end)
                return false;
            var taking = subject.Candidates.Where(c => TakesPart(c, round)).ToArray();
            var with = new double[taking.Length];
            for (var i = 0; i < taking.Length; i++)
            {
                var which = (i + round) % taking.Length;
                with[which] = Time(sources, subject.Basis.AddRange(taking[which].Analyzers));
            }

            // The machine may be faster or slower after the round than before it.
            var after = Time(sources, subject.Basis);
            for (var i = 0; i < taking.Length; i++)
                samples.Add(subject.Program, taking[i].Name, (before + after) / 2, with[i]);
            before = after;
            Console.Error.WriteLine($"{subject.Program}: round {round + 1} of {subject.Rounds}");
        }

        return true;

        static bool TakesPart(Candidate candidate, int round) => round % candidate.Every == 0;
    }

    /// <summary>What has been measured so far, a line for each pair.</summary>
    private sealed class Samples
    {
        private readonly Dictionary<(string, string), List<(double Without, double With)>> _times = [];
        private readonly string? _file;

        public Samples(string? file)
        {
            _file = file;
            foreach (var line in file is not null && File.Exists(file) ? File.ReadAllLines(file) : [])
            {
                if (line.Split('\t') is not [var program, var candidate, var without, var with])
                    throw new InvalidDataException($"{file}: '{line}' is not a pair of times; delete the file to begin anew.");
                Note(program, candidate, double.Parse(without, CultureInfo.InvariantCulture), double.Parse(with, CultureInfo.InvariantCulture));
            }
        }

        public List<(double Without, double With)> Of(string program, string candidate) => _times.TryGetValue((program, candidate), out var times) ? times : [];

        public void Add(string program, string candidate, double without, double with)
        {
            Note(program, candidate, without, with);
            if (_file is not null)
                File.AppendAllText(_file, string.Create(CultureInfo.InvariantCulture, $"{program}\t{candidate}\t{without:F1}\t{with:F1}\n"));
        }

        private void Note(string program, string candidate, double without, double with)
        {
            if (!_times.TryGetValue((program, candidate), out var times))
                _times.Add((program, candidate), times = []);
            times.Add((without, with));
        }
    }

    private static double Time(Sources sources, ImmutableArray<DiagnosticAnalyzer> analyzers)
    {
        var compilation = Compile(sources);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var clock = Stopwatch.StartNew();
        var found = compilation.WithAnalyzers(analyzers).GetAllDiagnosticsAsync().GetAwaiter().GetResult();
        var time = clock.Elapsed.TotalMilliseconds;
        return found.FirstOrDefault(d => d.Id == "AD0001" && d.GetMessage(CultureInfo.InvariantCulture).StartsWith("Analyzer 'LockContext.", StringComparison.Ordinal)) is { } failure
            ? throw new InvalidOperationException(failure.ToString())
            : time;
    }

    public static CSharpCompilation Compile(Sources sources)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        return CSharpCompilation.Create("Measured", sources.Select(s => CSharpSyntaxTree.ParseText(s.Text, options, s.Path)), s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, concurrentBuild: true));
    }

    private static readonly MetadataReference[] s_references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(p => !Path.GetFileName(p).StartsWith("LockContext.Analyzers", StringComparison.Ordinal)).Select(p => MetadataReference.CreateFromFile(p))];

    private static Sources SourcesOf(string project) =>
        [.. Directory.GetFiles(Path.Combine(AnalyzerCost.SourcesOfThisRepository(), project), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(f => (f, SourceText.From(File.ReadAllText(f))))];

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static void Write(string page, string plot, List<Row> rows, List<(string, double, double)> keystrokes, (double Compiler, double Ours) growth, int rounds, int files)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # What the analysis costs

            Made by `dotnet run -c Release --project tests/LockContext.Benchmarks -p:Peers=true -- report`; do not edit. Median of {rounds} rounds, each of which compiles the program without any of the candidates, then with each of them in
            turn, then without them again, always parsed anew, on {Environment.ProcessorCount} processors and Roslyn {typeof(Compilation).Assembly.GetName().Version!.ToString(3)}, with the garbage collector in server mode as the compiler of the SDK has it. *Without* is `GetAllDiagnostics` with an analyzer that registers nothing (or with those of the SDK, where it says so);
            the packages other than {Nearest} (every {NearestEvery}th round) take part in every {PeersEvery}th. *Share* is the median of (with - without) / without, and beside it stands where the middle half of the rounds lies.
            All have worked on the same kind of program before ({new Candidate(Ours, []).WarmUp.TotalSeconds:F0} s, the packages that take part least {new Candidate("", [], PeersEvery).WarmUp.TotalSeconds:F0} s), so that they are compiled; the first build of a process is slower for everybody.

            ![Share of compile time](benchmarks-analyzer.svg)

            | program | analyzer | without, ms | with, ms | share | middle half |
            |---|---|---:|---:|---:|---|

            """);
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Program} | {row.Candidate} | {row.Without:F0} | {row.With:F0} | {row.Share:P1} | {(row.Shares.Length > 3 ? string.Create(CultureInfo.InvariantCulture, $"{row.Quarter(1):P1} to {row.Quarter(3):P1}") : "")} |\n");
        text.Append(CultureInfo.InvariantCulture, $"""

            The generated programs have {files} files of about a hundred lines. For ten times the code with contexts the compiler alone takes {growth.Compiler:F1} times as long, and what the analysis adds to it grows {growth.Ours:F1} times
            (medians over the rounds, {4 * rounds} of the smaller program).


            """);
        AppendKeystrokes(text, keystrokes);
        File.WriteAllText(page, text.ToString());
        File.WriteAllText(plot, Plot(rows));
        Console.WriteLine(text);
    }

    private static string Plot(List<Row> rows)
    {
        var shown = rows.Where(r => r.Program is "no contexts" or InContexts).ToArray();
        var most = Math.Max(0.01, shown.Max(r => r.Share));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{(shown.Length * 24) + 40}" font-family="sans-serif" font-size="13">""");
        svg.Append("\n<text x=\"10\" y=\"20\" font-weight=\"bold\">Share of compile time, 200,000 lines</text>\n");
        for (var i = 0; i < shown.Length; i++)
        {
            var y = 34 + (i * 24);
            var width = Math.Max(1, shown[i].Share / most * 300);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"{y + 14}\">{shown[i].Candidate}, {shown[i].Program}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"390\" y=\"{y}\" width=\"{width:F0}\" height=\"18\" fill=\"{(shown[i].Candidate == Ours ? "#1a7f37" : "#8c959f")}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{396 + width:F0}\" y=\"{y + 14}\">{shown[i].Share:P1}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    [DiagnosticAnalyzer(LanguageNames.CSharp)]
    private sealed class Nothing : DiagnosticAnalyzer
    {
        private static readonly DiagnosticDescriptor s_none = new("BENCH0", "Nothing", "Nothing", "Benchmark", DiagnosticSeverity.Warning, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_none];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.EnableConcurrentExecution();
        }
    }
}
