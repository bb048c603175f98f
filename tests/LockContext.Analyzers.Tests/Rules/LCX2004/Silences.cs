using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2004;

public class Silences
{
    [Theory]
    [InlineData("ref SpinLock r = ref _l; bool t = false; r.Enter(ref t); r.Exit();")]
    [InlineData("ByRef(ref _l);")]
    [InlineData("bool t = false; _all[0].Enter(ref t); _all[0].Exit();")]
    [InlineData("var fresh = new SpinLock(false); bool t = false; fresh.Enter(ref t); fresh.Exit();")]
    [InlineData("SpinLock fresh = default; _ = fresh.IsHeld;")]
    [InlineData("_l = new SpinLock(true);")]
    [InlineData("_all[0] = new SpinLock(false);")]
    [InlineData("var fresh = Make();")]
    [InlineData("_l = Make();")]
    [InlineData("Out(out _l);")]
    [InlineData("Action a = () => { bool t = false; _l.Enter(ref t); _l.Exit(); };")]
    [InlineData("_ = _l.IsHeldByCurrentThread;")]
    [InlineData("_ = nameof(_l); _ = typeof(SpinLock);")]
    [InlineData("ref SpinLock r = ref Ref; bool t = false; r.Enter(ref t); r.Exit();")]
    public Task Moves_and_references(string statement) => Spec.Members($$"""
        private readonly SpinLock[] _all = new SpinLock[2];
        void M() { {{statement}} }
        static void ByRef(ref SpinLock l) { }
        static void Out(out SpinLock l) => l = new SpinLock(false);
        static SpinLock Make() => new SpinLock(false);
        static SpinLock MakeInSteps() { var l = new SpinLock(false); return l; }
        ref SpinLock Ref => ref _l;
        """);

    [Fact]
    public Task Lock_classes_that_are_classes() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            private readonly Ticket _t = new();
            void M() { var t = _t; Use(t); object o = t; }
            static void Use(Ticket t) { }
        }
        """);

    [Fact]
    public Task Other_structs() => Spec.Code("""
        struct Point { public int X; public void Enter() { } public void Exit() { } }
        class C { private readonly Point _p; Point M() { var p = _p; object o = p; return p; } }
        """);
}
