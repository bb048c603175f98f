using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3003;

public class Silences
{
    [Theory]
    [InlineData("Quick q = Harmless;")]
    [InlineData("Quick q = new Quick(Harmless);")]
    [InlineData("Quick q = Atomic; Take(Atomic); _field = Atomic; Event += Atomic;")]
    [InlineData("Quick q = Unknown; Take(_unknown);")]
    [InlineData("Quick q = _journal.Anything; Take(_journal.Post);")]
    [InlineData("Quick q = Guarded;")]
    [InlineData("Take(() => _n++); Take(static () => { }); Take(delegate { });")]
    [InlineData("Quick q = () => _n++; Quick r = q; Take(q.Invoke); TakeQuick(q);")]
    [InlineData("Slow s = Sleepy; Anything(Sleepy); Anything(() => Thread.Sleep(1)); s = new Slow(Harmless);")]
    [InlineData("Event -= Sleepy; _field = null!;")]
    [InlineData("Take(_field); _field = Property; Event += _field; Property = _field;")]
    [InlineData("Action a = Harmless; Take(a); a = () => _n++; Take(a);")]
    [InlineData("TakeNoReclaim(Sleepy); TakeNoReclaim(() => Thread.Sleep(1));")]
    [InlineData("Quick q = Trusted;")]
    [InlineData("if (_n < 0) throw new Exception(((Quick)Sleepy).ToString());")]
    public Task What_is_not_known_to_be_worse(string statements) => Delegates.In(statements);
}

internal static class Delegates
{
    public static Task In(string statements, params DiagnosticResult[] expected) => Spec.Members($$"""
        void M(Action parameter, [Sleepable] Action sleepyParameter)
        {
            {{statements}}
        }

        [RawAtomic] public delegate void Quick();
        [Sleepable] public delegate void Slow();
        [RawAtomic] private Action _field = null!;
        [Sleepable] private Action _sleepyField = null!;
        private Action _unknown = null!;
        private Slow _slow = null!;
        private IJournal _journal = null!;
        [RawAtomic] private Action Property { get; set; } = null!;
        [RawAtomic] private event Action? Event;
        private static void Take([RawAtomic] Action a) { }
        private static void TakeQuick(Quick a) { }
        private static void TakeNoReclaim([NoReclaim] Action a) { }
        private static void Anything(Action a) { }
        private void Harmless() => _n++;
        [RawAtomic] private void Atomic() { }
        [Sleepable] private static void Sleepy() { }
        private static void Sleeps() => Inner();
        private static void Inner() => Thread.Sleep(1);
        private void Locks() { lock (_gate) { } }
        private static void Allocates() { var o = new object(); }
        private void Guarded() { if (_n < 0) throw new Exception(Thread.CurrentThread.Name); }
        [RawAtomic, Trusted("measured")] private static void Trusted() => Thread.Sleep(1);
        public virtual void Unknown() { }
        public interface IJournal { [Sleepable] void Append(); [RawAtomic] void Post(); void Anything(); }
        """, expected);
}
