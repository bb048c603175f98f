using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A delegate, interface or virtual call takes its declared contract; without one, what is known of the value; otherwise it is unknown.</summary>
[Trait("Policy", "Indirect calls")]
public class IndirectCalls
{
    [Theory]
    [InlineData("{|LCX1001:_journal.Append()|};")]
    [InlineData("_journal.Post();")]
    [InlineData("_journal.Unknown();")]
    [InlineData("{|LCX1001:_sleepy()|};")]
    [InlineData("_quick();")]
    [InlineData("{|LCX1001:_field()|};")]
    [InlineData("{|LCX1001:_field.Invoke()|};")]
    [InlineData("{|LCX1001:Property()|};")]
    [InlineData("_quick?.Invoke();")]
    public Task Declared_contracts(string statement) => Spec.Held(statement, """
        public interface IJournal { [Sleepable] void Append(); [RawAtomic] void Post(); void Unknown(); }
        private IJournal _journal = null!;
        [Sleepable] public delegate void Sleepy();
        [RawAtomic] public delegate void Quick();
        private Sleepy _sleepy = null!;
        private Quick _quick = null!;
        [Sleepable] private Action _field = null!;
        [Sleepable] private Action Property { get; set; } = null!;
        """);

    [Fact]
    public Task A_parameter_with_a_contract() => Spec.Members("""
        void M([Sleepable] Action slow, [RawAtomic] Action quick, Action unknown)
        {
            bool t = false;
            _l.Enter(ref t);
            {|LCX1001:slow()|};
            quick();
            unknown();
            _l.Exit();
        }
        """);

    [Theory]
    [InlineData("Action a = () => Thread.Sleep(1); {|LCX1001:a()|};")]
    [InlineData("Action a = Slow; {|LCX1001:a()|};")]
    [InlineData("Action a = Slow; {|LCX1001:a.Invoke()|};")]
    [InlineData("Action a = Quick; a();")]
    [InlineData("Action a = () => _n++; a();")]
    [InlineData("Action a = Slow; a = Quick; a();")]
    [InlineData("var a = () => Thread.Sleep(1); var b = a; {|LCX1001:b()|};")]
    [InlineData("((Action)(() => {|LCX1001:Thread.Sleep(1)|}))();")]
    public Task A_value_that_is_known(string statement) => Spec.Held(statement, """
        static void Slow() => Thread.Sleep(1);
        static void Quick() { }
        """);

    [Fact]
    public Task A_virtual_members_own_body_is_a_possible_target() => Spec.Held("{|LCX1001:Virtual()|};", "public virtual void Virtual() => Thread.Sleep(1);");

    [Fact]
    public Task A_sealed_override_is_the_only_target() => Spec.Held("_sealed.Run(); {|LCX1001:_open.Run()|};", """
        public class Open { public virtual void Run() => Thread.Sleep(1); }
        public sealed class Closed : Open { public override void Run() { } }
        private Closed _sealed = null!;
        private Open _open = null!;
        """);

    [Fact]
    public Task An_internal_hierarchy_is_closed() => Spec.Held("{|LCX1001:_service.Run()|}; _quiet.Run();", """
        internal interface IService { void Run(); }
        internal sealed class Slow : IService { public void Run() => Thread.Sleep(1); }
        internal interface IQuiet { void Run(); }
        internal sealed class Quick : IQuiet { public void Run() { } }
        private IService _service = null!;
        private IQuiet _quiet = null!;
        """);

    [Fact]
    public Task An_internal_hierarchy_that_friends_may_extend_is_not() => Spec.Code("""
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Friend")]

        internal interface IService { void Run(); }
        internal sealed class Slow : IService { public void Run() => Thread.Sleep(1); }

        class C
        {
            SpinLock _l = new(false);
            IService _service = null!;
            void M() { bool t = false; _l.Enter(ref t); _service.Run(); _l.Exit(); }
        }
        """);

    [Fact]
    public Task A_base_call_is_not_virtual() => Spec.Code("""
        public class B { public virtual void Run() { } public virtual void Slow() => Thread.Sleep(1); }
        public class C : B
        {
            SpinLock _l = new(false);
            public override void Run() => Thread.Sleep(1);
            void M() { bool t = false; _l.Enter(ref t); base.Run(); {|LCX1001:base.Slow()|}; _l.Exit(); }
        }
        """);

    [Fact]
    public Task Local_functions_and_lambdas_called_in_place() => Spec.Held("""
        void Local() => Thread.Sleep(1);
        {|LCX1001:Local()|};
        static int Quick(int i) => i + 1;
        _n = Quick(1);
        """);
}
