using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

[Trait("Policy", "Generated and broken code")]
public class HalfTypedCode
{
    private const string Whole = """
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket
        {
            [Acquires] public void Take() { }
            [Acquires(Try = true)] public bool TryTake([LockContext.Timeout] int ms) => true;
            [Releases] public void Give() { }
        }

        [Flags, AllocationFlags]
        enum Gfp : uint { [AllocationFlag(AllocationBehavior.DirectReclaim)] Direct = 1, [AllocationFlag(AllocationBehavior.NoLocks)] NoLocks = 2 }

        partial class C
        {
            private SpinLock _l = new(false);
            [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
            private readonly Ticket _t = new();
            private int _state;

            [Allocates] static object? Alloc(Gfp flags) => null;

            async Task<int> M(Gfp flags, Func<int> f)
            {
                bool taken = false;
                try
                {
                    _l.Enter(ref taken);
                    foreach (int i in new[] { 1, 2 }) { Alloc(flags | Gfp.Direct); Thread.Sleep(i); }
                    lock (_hot) { _ = f(); }
                    using var x = new Guard(this);
                    await Task.Yield();
                    return _t.TryTake(5) ? 1 : throw new InvalidOperationException();
                }
                catch (Exception e) when (e is { Message: [.., 'x'] })
                {
                    goto end;
                }
                finally
                {
                    if (taken) _l.Exit();
                }
            end:
                while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);
                _state = 0;
                return 2;
            }

            readonly struct Guard(C c) : IDisposable { public void Dispose() => c._t.Give(); }
        }
        """;

    [Fact]
    public Task The_whole_of_it_compiles()
    {
        var test = Spec.Files(Whole);
        foreach (string id in new[] { "LCX1001", "LCX1002", "LCX1003", "LCX1008", "LCX2001", "LCX2002" })
            test.DisabledDiagnostics.Add(id);
        return test.RunAsync();
    }

    // What an editor sees while the file is typed: every prefix, in steps that fall into the middle of words.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_beginning(int offset)
    {
        for (int length = offset * 7; length < Whole.Length; length += 21)
            await Broken.Survives(Whole[..length]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_line_missing(int offset)
    {
        string[] lines = Whole.Split('\n');
        for (int i = offset; i < lines.Length; i += 3)
            await Broken.Survives(string.Join('\n', lines.Where((_, j) => j != i)));
    }

    [Theory]
    [InlineData("class C { SpinLock _l; void M() { _l.Enter( } }")]
    [InlineData("class C { SpinLock _l; void M() { _l.Enter(ref ); Thread.Sleep( } }")]
    [InlineData("class C { SpinLock _l; void M() { _l.Enter(ref undefined); Thread.Sleep(1); } }")]
    [InlineData("class C { void M() { lock () { Thread.Sleep(1); } } }")]
    [InlineData("class C { void M() { lock (missing) { Thread.Sleep(1); } } }")]
    [InlineData("class C { [RawAtomic void M() { Thread.Sleep(1); } }")]
    [InlineData("class C { [RawAtomic(1, 2)] void M() { Thread.Sleep(1); } }")]
    [InlineData("class C { [Acquires(1)] void M() { } [Acquires(null)] void N() { } [Acquires(\"\")] void O() { } [Acquires(\"..\")] void P() { } [Acquires(Try = 7)] bool Q() => true; }")]
    [InlineData("class C { [Trusted] void M() { } [Trusted(null)] void N() { } [ContextLimit] void O() { } [ContextLimit((WaitClass)99)] void P() { } [ContextLimit(\"x\")] void Q() { } }")]
    [InlineData("[LockClass(Outer = (WaitClass)77)] class C { [Acquires] void M() { M(); } }")]
    [InlineData("[LockClass(Outer = \"x\")] struct C { [Acquires] void M() { var c = this; } }")]
    [InlineData("class C { [LockTaken] int x; void M([LockTaken] ref string s, [LockContext.Timeout] object o) { } }")]
    [InlineData("class C : C { [RawAtomic] public override void M() => base.M(); }")]
    [InlineData("interface I : I { [RawAtomic] void M(); } class C : I { public void M() => Thread.Sleep(1); }")]
    [InlineData("class C { [RawAtomic] void M() => ; }")]
    [InlineData("class C { [RawAtomic] int P { get => ; set } }")]
    [InlineData("class C { [RawAtomic] void M(); [RawAtomic] extern void N(); }")]
    [InlineData("class C { [RawAtomic] void M() { goto nowhere; Thread.Sleep(1); } }")]
    [InlineData("class C { [RawAtomic] void M() { foreach (var x in ) Thread.Sleep(x); foreach (var y in 5) { } } }")]
    [InlineData("class C { [RawAtomic] void M() { using (missing) { } using var x = 5; await Task.Yield(); yield return 1; } }")]
    [InlineData("class C { [RawAtomic] void M() { (int a, b) = 5; _ = missing is [1, .., 2]; _ = $\"{missing\"; } }")]
    [InlineData("class C { [RawAtomic] void M() { Action a = () => ; a(; void Local( { Thread.Sleep(1); } }")]
    [InlineData("class C { [RawAtomic] void M() { M(M(M(; } }")]
    [InlineData("class C { [RawAtomic] void M(int x, int x) { int x = x; } void M(int x, int y) { } }")]
    [InlineData("[RawAtomic] Thread.Sleep(1); SpinLock l; l.Enter(")]
    [InlineData("} } } [RawAtomic] { { {")]
    [InlineData("")]
    public Task Fragments(string source) => Broken.Survives(source);

    [Fact]
    public Task Top_level_statements() => Broken.Survives("""
        var l = new SpinLock(false);
        bool t = false;
        l.Enter(ref t);
        Thread.Sleep(1);
        l.Exit();
        [RawAtomic] void Local() => Thread.Sleep(1);
        Local();
        """);
}
