using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>
/// <c>where TWait : struct, IWait</c> makes a copy of the code for each <c>TWait</c>: which member is called through it is known, so that neither what another implementation does is reported, nor
/// anything left unknown.
/// </summary>
[Trait("Policy", "Summaries")]
public class TypeArgumentsOfCalls
{
    private const string Members = """
        public interface IWait { void Once(); static abstract void Twice(); int Rounds { get; } }
        public struct Sleeping : IWait { public void Once() => Thread.Sleep(1); public static void Twice() => Thread.Sleep(2); public int Rounds { get { Thread.Sleep(1); return 1; } } }
        public struct Spinning : IWait { public void Once() => Thread.SpinWait(1); public static void Twice() => Thread.SpinWait(2); public int Rounds => 2; }
        public sealed class SleepingObject : IWait { public void Once() => Thread.Sleep(1); public static void Twice() => Thread.Sleep(2); public int Rounds => 1; }
        public struct Twice<T> : IWait where T : struct, IWait { public T Inner; public void Once() { Inner.Once(); Inner.Once(); } static void IWait.Twice() => T.Twice(); public int Rounds => Inner.Rounds; }

        public interface ISum<TSelf> where TSelf : ISum<TSelf> { static abstract TSelf operator +(TSelf a, int b); static abstract implicit operator int(TSelf a); }
        public struct SleepingSum : ISum<SleepingSum> { public static SleepingSum operator +(SleepingSum a, int b) { Thread.Sleep(b); return a; } public static implicit operator int(SleepingSum a) { Thread.Sleep(1); return 1; } }
        public struct QuickSum : ISum<QuickSum> { public static QuickSum operator +(QuickSum a, int b) => a; public static implicit operator int(QuickSum a) => 1; }
        static T Sum<T>(T a) where T : ISum<T> => a + 1;
        static int Number<T>(T a) where T : ISum<T> => a;

        static void Wait<T>() where T : struct, IWait => default(T).Once();
        static void WaitFor<T>(T wait) where T : IWait => wait.Once();
        static void WaitIn<T>(in T wait) where T : struct, IWait { for (int i = 0; i < 3; i++) wait.Once(); }
        static void WaitStatic<T>() where T : IWait => T.Twice();
        static int Count<T>(T wait) where T : IWait => wait.Rounds;
        static void Outer<TOther>(TOther other) where TOther : struct, IWait => WaitFor(other);
        static void ByLambda<T>(T wait) where T : struct, IWait { Action a = () => wait.Once(); a(); }
        static void ByLocal<T>(T wait) where T : struct, IWait { Inner(); void Inner() => wait.Once(); }
        static void ByOwnLocal<T>(T wait) where T : struct, IWait { Inner(wait); static void Inner<U>(U inner) where U : struct, IWait => inner.Once(); }
        static void Run(Action action) => action();
        static void Other<T>(int n, T wait) where T : struct, IWait { if (n > 0) Other(n - 1, default(Spinning)); else wait.Once(); }
        static IEnumerable<int> Steps<T>(T wait) where T : struct, IWait { wait.Once(); yield return 1; }

        public sealed class Loop<TWait> where TWait : struct, IWait
        {
            private TWait _wait;
            public void Round() => _wait.Once();
            public void Rounds() { for (int i = 0; i < 3; i++) Round(); }
            public int Number => _wait.Rounds;
            public static void Class() => TWait.Twice();
            public void Each<T>(T other) where T : struct, IWait { other.Once(); Round(); }
        }

        public class Derived : Base<Spinning> { }
        public class Slow : Base<Sleeping> { }
        public class Base<T> where T : struct, IWait { protected T wait; public void Go() => wait.Once(); }
        Loop<Sleeping> _slow = new(); Loop<Spinning> _quick = new(); Derived _derived = new(); Slow _slowDerived = new();
        """;

    [Theory]
    [InlineData("Wait<Spinning>();")]
    [InlineData("WaitFor(default(Spinning));")]
    [InlineData("WaitIn(default(Spinning));")]
    [InlineData("WaitStatic<Spinning>();")]
    [InlineData("Outer(default(Spinning));")]
    [InlineData("_n = Count(default(Spinning));")]
    [InlineData("Wait<Twice<Spinning>>();")]
    [InlineData("Sum(default(QuickSum));")]
    [InlineData("_n = Number(default(QuickSum));")]
    [InlineData("WaitStatic<Twice<Spinning>>();")]
    [InlineData("ByLambda(default(Spinning));")]
    [InlineData("ByLocal(default(Spinning));")]
    [InlineData("ByOwnLocal(default(Spinning));")]
    [InlineData("Run(Wait<Spinning>);")]
    [InlineData("Action a = Wait<Spinning>; a();")]
    [InlineData("Run(_quick.Round);")]
    [InlineData("_quick.Round();")]
    [InlineData("_quick.Rounds();")]
    [InlineData("_n = _quick.Number;")]
    [InlineData("Loop<Spinning>.Class();")]
    [InlineData("_quick.Each(default(Spinning));")]
    [InlineData("_derived.Go();")]
    [InlineData("foreach (var i in Steps(default(Spinning))) _n = i;")]
    public Task What_another_type_does_is_not_reported(string statement) => Spec.Held(statement, Members);

    [Theory]
    [InlineData("{|LCX1001:Wait<Sleeping>()|};")]
    [InlineData("{|LCX1001:WaitFor(default(Sleeping))|};")]
    [InlineData("{|LCX1001:WaitFor(new SleepingObject())|};")]
    [InlineData("{|LCX1001:WaitIn(default(Sleeping))|};")]
    [InlineData("{|LCX1001:WaitStatic<Sleeping>()|};")]
    [InlineData("{|LCX1001:WaitStatic<SleepingObject>()|};")]
    [InlineData("{|LCX1001:Outer(default(Sleeping))|};")]
    [InlineData("_n = {|LCX1001:Count(default(Sleeping))|};")]
    [InlineData("{|LCX1001:Wait<Twice<Sleeping>>()|};")]
    [InlineData("{|LCX1001:Sum(default(SleepingSum))|};")]
    [InlineData("_n = {|LCX1001:Number(default(SleepingSum))|};")]
    [InlineData("{|LCX1001:WaitStatic<Twice<Twice<Sleeping>>>()|};")]
    [InlineData("{|LCX1001:ByLambda(default(Sleeping))|};")]
    [InlineData("{|LCX1001:ByLocal(default(Sleeping))|};")]
    [InlineData("{|LCX1001:ByOwnLocal(default(Sleeping))|};")]
    [InlineData("Run({|LCX1001:Wait<Sleeping>|});")]
    [InlineData("Action a = Wait<Sleeping>; {|LCX1001:a()|};")]
    [InlineData("Run({|LCX1001:_slow.Round|});")]
    [InlineData("{|LCX1001:_slow.Round()|};")]
    [InlineData("{|LCX1001:_slow.Rounds()|};")]
    [InlineData("_n = {|LCX1001:_slow.Number|};")]
    [InlineData("{|LCX1001:Loop<Sleeping>.Class()|};")]
    [InlineData("{|LCX1001:_quick.Each(default(Sleeping))|};")]
    [InlineData("{|LCX1001:_slow.Each(default(Spinning))|};")]
    [InlineData("{|LCX1001:_slowDerived.Go()|};")]
    [InlineData("{|LCX1001:Other(3, default(Sleeping))|};")]
    [InlineData("foreach (var i in {|LCX1001:Steps(default(Sleeping))|}) _n = i;")]
    public Task What_the_own_type_does_is(string statement) => Spec.Held(statement, Members);

    [Fact]
    public Task Types_that_grow_without_end_come_to_one() => Spec.Held("Deeper(3, default(One));", """
        interface IStep { void Do(); }
        struct One : IStep { public void Do() => Thread.SpinWait(1); }
        struct Twice<T> : IStep where T : struct, IStep { public T Inner; public void Do() { Inner.Do(); Inner.Do(); } }
        static void Deeper<T>(int n, T step) where T : struct, IStep { if (n > 0) Deeper(n - 1, new Twice<T> { Inner = step }); else step.Do(); }
        """);

    [Theory]
    [InlineData("Owner<int>.Run();")]
    [InlineData("Owner<int>.RunNested();")]
    [InlineData("{|LCX1001:Owner<int>.RunSleeping()|};")]
    [InlineData("Outer(default(Owner<int>.Inner)); Outer(default(Owner<int>.Pair<long>));")]
    [InlineData("Each<Many>(default, 3);")]
    [InlineData("{|LCX1001:Each<Many>(default, \"3\")|};")]
    public Task Types_inside_of_generic_types_and_generic_members(string statement) => Spec.Held(statement, """
        interface IStep { void Do(); }
        interface IEach { void Do<T>(T each); }
        struct Many : IEach { void IEach.Do<T>(T each) { if (each is string) Thread.Sleep(1); } }
        static void Each<TEach>(TEach step, int n) where TEach : struct, IEach { }
        static void Each<TEach>(TEach step, string n) where TEach : struct, IEach => step.Do(n);
        static void Outer<TOther>(TOther other) where TOther : struct, IStep => other.Do();
        class Owner<T>
        {
            public struct Inner : IStep { public void Do() => Thread.SpinWait(1); }
            public struct Slow : IStep { public void Do() => Thread.Sleep(1); }
            public struct Pair<U> : IStep { public void Do() => Thread.SpinWait(1); }
            public static void Run() => Outer(default(Inner));
            public static void RunNested() => Outer(default(Pair<Inner>));
            public static void RunSleeping() => Outer(default(Slow));
        }
        """);

    [Theory]
    [InlineData("_quick.Enter(); {|LCX1001:Thread.Sleep(1)|}; _quick.Exit(); Thread.Sleep(1);")]
    [InlineData("_idle.Enter(); Thread.Sleep(1); _idle.Exit();")]
    public Task Locks_that_are_told_by_a_type(string body) => Spec.Members($$"""
        public interface ILatch { void Enter(); void Exit(); }
        public struct Spin : ILatch { SpinLock _l; public void Enter() { bool t = false; _l.Enter(ref t); } public void Exit() => _l.Exit(); }
        public struct None : ILatch { public void Enter() { } public void Exit() { } }
        public sealed class Guarded<T> where T : struct, ILatch { T _latch; public void Enter() => _latch.Enter(); public void Exit() => _latch.Exit(); }
        readonly Guarded<Spin> _quick = new(); readonly Guarded<None> _idle = new();
        void M() { {{body}} }
        """);
}
