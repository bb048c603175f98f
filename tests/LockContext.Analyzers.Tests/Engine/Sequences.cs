using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A sequence runs what it is made of when it is enumerated, and not before.</summary>
[Trait("Policy", "Hidden calls")]
public class Sequences
{
    private const string Members = """
        IEnumerable<int> It() { Thread.Sleep(1); yield return 1; }
        IEnumerable<int> Harmless() { yield return 1; }
        IEnumerable<int> Wrap() => It().Where(x => x > 0);
        static int Slow(int x) { Thread.Sleep(1); return x; }
        int[] a = new int[3];
        int Total(IEnumerable<int> s) { int n = 0; foreach (var x in s) n += x; return n; }
        int Total2(IEnumerable<int> s) => s.Sum();
        IEnumerable<int> Later(IEnumerable<int> s) { foreach (var x in s) yield return x; }
        void Locked(IEnumerable<int> s) { _raw.Enter(); foreach (var x in s) _n += x; _raw.Exit(); }
        class Tree { public Tree L, R; public IEnumerable<int> All() { if (L != null) foreach (var x in L.All()) yield return x; Thread.Sleep(1); yield return 1; } }
        IEnumerable<int> P1 { get { Thread.Sleep(1); yield return 1; } }
        IEnumerable<int> _kept = null!;
        IEnumerable<int> Infinite() { while (true) yield return Slow(1); }

        """;

    private static Task Run(string method) => RuntimeSource.Members(Members + method);

    [Theory]
    [InlineData("void M() { _raw.Enter(); var q = a.Select(x => Slow(x)); _raw.Exit(); _n = q.Sum(); }")]
    [InlineData("void M() { _raw.Enter(); var q = It(); var r = q.Where(x => x > 0); var s = from x in r select x + 1; _raw.Exit(); foreach (var x in s) _n++; }")]
    [InlineData("void M() { _raw.Enter(); _n = Harmless().Where(x => x > 0).Select(x => x + 1).ToList().Count; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); using var e = It().Where(x => x > 0).GetEnumerator(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.Concat(It()); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.GroupBy(x => Slow(x)); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.SelectMany(x => It()); _raw.Exit(); }")]
    [InlineData("void M(IEnumerable<int> given) { _raw.Enter(); _n += given.Where(x => x > 0).Count(); _raw.Exit(); }")]
    [InlineData("void M() { var l = It().ToList(); _raw.Enter(); foreach (var x in l) _n++; _raw.Exit(); }")]
    [InlineData("void M() { var l = It().Where(x => x > 1).ToArray(); _raw.Enter(); _n = l.Sum(); _raw.Exit(); }")]
    [InlineData("void M() { var l = a.OrderBy(x => Slow(x)).ToList(); _raw.Enter(); _n = l.Where(x => x > 1).Sum(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = Later(It()); _raw.Exit(); }")]
    [InlineData("void M() { Locked(It().ToList()); Locked(a.Select(x => x + 1)); }")]
    [InlineData("void M() { var q = a.AsEnumerable(); for (int i = 0; i < 100; i++) q = q.Where(x => x > i); _raw.Enter(); _n = q.Count(); _raw.Exit(); }")]
    [InlineData("void M(List<int> l, Dictionary<int,int> d) { _raw.Enter(); _n += l.Count(x => x > 1) + d.Values.Sum() + d.Keys.First(); _raw.Exit(); }")]
    [InlineData("void M(bool b) { IEnumerable<int> q = b ? It() : a; _raw.Enter(); _n += q.Count(); _raw.Exit(); }")]
    [InlineData("void M() { _kept = It(); _raw.Enter(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); try { _n = a.Where(x => { if (x < 0) throw new Exception(); return true; }).Count(); } finally { _raw.Exit(); } }")]
    public Task Made_and_not_enumerated_or_of_nothing_that_waits(string method) => Run(method);

    [Theory]
    [InlineData("void M() { _raw.Enter(); foreach (var x in {|LCX1001:It()|}) _n++; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); foreach (var x in {|LCX1001:It().Where(x => x > 0)|}) _n++; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var l = {|LCX1001:It().ToList()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = {|LCX1001:It().First()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = {|LCX1001:It().Where(x => x > 0).Sum()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = a.Select(x => {|LCX1001:Slow(x)|}).Sum(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); foreach (var x in a.Where(x => {|LCX1001:Slow(x)|} > 0)) _n++; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = {|LCX1001:a.Select(Slow).ToArray()|}.Length; _raw.Exit(); }")]
    [InlineData("void M() { var q = a.Select(x => Slow(x)); _raw.Enter(); _n = {|LCX1001:q.Sum()|}; _raw.Exit(); }")]
    [InlineData("void M() { var q = It().Select(x => x + 1); _raw.Enter(); foreach (var x in {|LCX1001:q|}) _n++; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = a.Sum(x => {|LCX1001:Slow(x)|}); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _b = a.Any(x => {|LCX1001:Slow(x)|} > 0); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); foreach (var x in from x in a where {|LCX1001:Slow(x)|} > 0 orderby x select x) _n++; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n = {|LCX1001:Wrap().Count()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var l = {|LCX1001:new List<int>(It())|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var l = new List<int>(); {|LCX1001:l.AddRange(It())|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var s = {|LCX1001:string.Join(\",\", It())|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); int[] l = [.. {|LCX1001:It()|}]; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); int[] l = [.. a.Select(x => {|LCX1001:Slow(x)|})]; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); using var e = It().Where(x => x > 0).GetEnumerator(); {|LCX1001:e.MoveNext()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var l = a.OrderBy(x => {|LCX1001:Slow(x)|}).First(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = {|LCX1001:a.Concat(It()).Count()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.Zip(a, (x, y) => {|LCX1001:Slow(x)|}).Last(); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.ToDictionary(x => {|LCX1001:Slow(x)|}); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); var q = a.Aggregate(0, (x, y) => {|LCX1001:Slow(x + y)|}); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += {|LCX1001:a.SelectMany(x => It()).Count()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += Total({|LCX1001:It()|}); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += Total2({|LCX1001:It()|}); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += Total2(a.Select(x => {|LCX1001:Slow(x)|})); _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += {|LCX1001:Later(It())|}.Count(); _raw.Exit(); }")]
    [InlineData("void M() { Locked({|LCX1001:It()|}); }")]
    [InlineData("void M() { Locked(a.Select(x => {|LCX1001:Slow(x)|})); Locked(a); Locked(Harmless()); }")]
    [InlineData("void M(Tree t) { _raw.Enter(); _n += {|LCX1001:t.All().Where(x => x > 0).Max()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _n += {|LCX1001:P1.Sum()|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); IEnumerable<int> Loc() { Thread.Sleep(1); yield return 1; } var s = new HashSet<int>(); {|LCX1001:s.UnionWith(Loc())|}; _raw.Exit(); }")]
    [InlineData("void M() { _raw.Enter(); _ = {|LCX1001:Infinite().Take(3).Skip(1).ToHashSet()|}; _raw.Exit(); }")]
    public Task Enumerated(string method) => Run(method);
}
