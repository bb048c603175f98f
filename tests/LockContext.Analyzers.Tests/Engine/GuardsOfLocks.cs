using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Guards that are made of the lock they give back, by whoever takes it; of locks that limit nothing, too.</summary>
[Trait("Policy", "Guards")]
public class GuardsOfLocks
{
    [Theory]
    [MemberData(nameof(Guards))]
    public Task Given_back(string type, string enter, string exit, string kind, string take) => Spec.Code(Program(type, enter, exit, kind, $$"""
        async Task Explicit() { var g = {{take}}; g.Dispose(); await Task.Yield(); }
        async Task Using() { using (var g = {{take}}) { Console.WriteLine(); } await Task.Yield(); }
        void Declaration() { using var g = {{take}}; if (_n > 0) return; Console.WriteLine(); }
        void Left() { var g = {|LCX2001:{{take}}|}; if (_n > 0) return; g.Dispose(); }
        static void Look(ref Guard g) { }
        void Lent() { var g = {{take}}; if (_n > 0) { g.Dispose(); return; } try { Look(ref g); } finally { g.Dispose(); } }
        async Task Held() { using (var g = {{take}}) {|LCX1008:await Task.Yield()|}; }
        """));

    /// <summary>The shapes that guards come in.</summary>
    [Theory]
    [InlineData("sealed class Guard(ReaderWriterLockSlim l) : IDisposable { public void Dispose() => l.ExitWriteLock(); }", "new Guard(_own)")]
    [InlineData("sealed class Guard(ReaderWriterLockSlim l) : IDisposable { public void Dispose() => l.ExitWriteLock(); public static Guard Of(ReaderWriterLockSlim x) => new Guard(x); }", "Guard.Of(_own)")]
    [InlineData("sealed class Guard : IDisposable { private readonly ReaderWriterLockSlim _l; private Guard(ReaderWriterLockSlim l) { _l = l; } public void Dispose() => _l.ExitWriteLock(); public static Guard Of(ReaderWriterLockSlim x) => new Guard(x); }", "Guard.Of(_own)")]
    [InlineData("sealed class Guard : IDisposable { public required ReaderWriterLockSlim L { get; init; } public void Dispose() => L.ExitWriteLock(); }", "new Guard { L = _own }")]
    [InlineData("sealed class Guard : IDisposable { private ReaderWriterLockSlim _l; private bool _done; public Guard(ReaderWriterLockSlim l) { _l = l; } public void Dispose() { if (_done) return; _done = true; _l.ExitWriteLock(); } }", "new Guard(_own)", false)]
    [InlineData("sealed class Guard : IDisposable { private ReaderWriterLockSlim? _l; public Guard(ReaderWriterLockSlim l) { _l = l; } public void Dispose() { if (_l != null) { _l.ExitWriteLock(); _l = null; } } }", "new Guard(_own)")]
    [InlineData("sealed class Guard : IDisposable { private ReaderWriterLockSlim? _l; public Guard(ReaderWriterLockSlim l) { _l = l; } public void Dispose() { Interlocked.Exchange(ref _l, null)?.ExitWriteLock(); } }", "new Guard(_own)", false)]
    [InlineData("sealed class Guard : IDisposable { private readonly Action _a; public Guard(Action a) { _a = a; } public void Dispose() => _a(); }", "new Guard(() => _own.ExitWriteLock())")]
    [InlineData("sealed class Guard : IDisposable { private readonly Action _a; public Guard(Action a) { _a = a; } public void Dispose() => _a(); }", "new Guard(_own.ExitWriteLock)")]
    [InlineData("sealed class Guard : IDisposable { private readonly Action _a; public Guard(Action a) { _a = a; } public void Dispose() => _a(); public static IDisposable Of(Action a) => new Guard(a); }", "Guard.Of(() => { _n++; _own.ExitWriteLock(); })")]
    public Task Of_any_shape(string guard, string make, bool isSure = true) => Spec.Code($$"""
        {{guard}}
        class User
        {
            private readonly ReaderWriterLockSlim _own = new();
            private int _n;
            private IDisposable Make() { _own.EnterWriteLock(); return {{make}}; }
            async Task Using() { using (Make()) { _n++; } await Task.Yield(); }
            async Task Explicit() { var g = Make(); _n++; g.Dispose(); await Task.Yield(); }
            async Task Here() { _own.EnterWriteLock(); using ({{make}}) { _n++; } await Task.Yield(); }
            void Left() { var g = {{(isSure ? "{|LCX2001:Make()|}" : "Make()")}}; if (_n > 0) return; g.Dispose(); }
            async Task Held() { using (Make()) {|LCX1008:await Task.Yield()|}; }
        }
        """);

    public static TheoryData<string, string, string, string, string> Guards()
    {
        var data = new TheoryData<string, string, string, string, string>();
        foreach (var (type, enter, exit) in new[] { ("object", "Monitor.Enter(LOCK)", "Monitor.Exit(LOCK)"), ("Lock", "LOCK.Enter()", "LOCK.Exit()"), ("ReaderWriterLockSlim", "LOCK.EnterReadLock()", "LOCK.ExitReadLock()") })
        {
            foreach (string kind in new[] { "class", "readonly struct" })
            {
                foreach (string take in new[] { "_own.Take()", "Makers.Take(_own)", "Make()" })
                    data.Add(type, enter, exit, kind, take);
            }
        }

        return data;
    }

    private static string Program(string type, string enter, string exit, string kind, string members) => $$"""
        static class Makers
        {
            public static Guard Take(this {{type}} l) { {{enter.Replace("LOCK", "l", System.StringComparison.Ordinal)}}; return new Guard(l); }
        }

        {{kind}} Guard : IDisposable
        {
            private readonly {{type}} _lock;
            public Guard({{type}} l) => _lock = l;
            public void Dispose() => {{exit.Replace("LOCK", "_lock", System.StringComparison.Ordinal)}};
        }

        class User
        {
            private readonly {{type}} _own = new();
            private int _n;
            private Guard Make() { {{enter.Replace("LOCK", "_own", System.StringComparison.Ordinal)}}; return new Guard(_own); }
            {{members}}
        }
        """;
}
