using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2005;

public class Reports
{
    [Theory]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }")]
    [InlineData("void M() { lock (_a) { lock (_b2) { } } } void N() { Monitor.Enter(_b2); {|LCX2005:Monitor.Enter(_a)|}; Monitor.Exit(_a); Monitor.Exit(_b2); }")]
    [InlineData("void M() { if (Monitor.TryEnter(_a)) { lock (_b2) { } Monitor.Exit(_a); } } void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) {|LCX2005:Inner()|}; } void Inner() => Deep(); void Deep() { lock (_a) { } }")]
    [InlineData("void M() { lock (_a) Take(); } void Take() { lock (_b2) { } } void N() { lock (_b2) {|LCX2005:Inner()|}; } void Inner() { lock (_a) { } }")]
    [InlineData("""[RequiresLock("_a")] void M() { lock (_b2) { } } void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }""")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { new List<int>().ForEach(x => { lock ({|LCX2005:_a|}) { } }); } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } int P { get { lock (_a) return 1; } } void N() { lock (_b2) { _n = {|LCX2005:P|}; } }")]
    [InlineData("void M() { lock (_c) lock (_a) lock (_b2) { } } void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }")]
    [InlineData("""[System.CodeDom.Compiler.GeneratedCode("g", "1")] void M() { bool t = false; lock (_a) lock (_b2) { } _l.Enter(ref t); _l.Exit(); } void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }""")]
    public Task Two_orders(string members) => Spec.Members(Fields + members);

    [Theory]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) lock (_c) { } } void O() { lock (_c) lock ({|LCX2005:_a|}) { } }")]
    [InlineData("void O() { lock (_c) lock (_a) { } } void N() { lock (_b2) lock (_c) { } } void M() { lock (_a) lock ({|LCX2005:_b2|}) { } }")]
    public Task Three_in_a_circle(string members) => Spec.Members(Fields + members);

    [Fact]
    public Task By_the_name_of_a_property() => Spec.Members(Fields + "object Root => _a; void M() { lock (Root) lock (_b2) { } } void N() { lock (_b2) lock ({|LCX2005:Root|}) { } }");

    [Fact]
    public Task Once_however_often() => Spec.Members(Fields + """
        void M() { lock (_a) lock (_b2) { } }
        void M2() { lock (_a) lock (_b2) { } }
        void N() { lock (_b2) lock ({|LCX2005:_a|}) { } }
        void N2() { lock (_b2) lock (_a) { } }
        """);

    [Fact]
    public Task Locks_of_different_kinds() => RuntimeSource.Members("""
        readonly SleepingLock _other = new();
        RawSpinLock _raw2;
        void M() { _sleeping.Enter(); _other.Enter(); _other.Exit(); _sleeping.Exit(); }
        void N() { _other.Enter(); {|LCX2005:_sleeping.Enter()|}; _sleeping.Exit(); _other.Exit(); }
        void A() { _raw.Enter(); _raw2.Enter(); _raw2.Exit(); _raw.Exit(); }
        void B() { _raw2.Enter(); {|LCX2005:_raw.Enter()|}; _raw.Exit(); _raw2.Exit(); }
        """);

    [Fact]
    public Task Across_types() => Spec.Code("""
        class Account
        {
            readonly object _gate = new();
            readonly Bank _bank;
            public Account(Bank bank) => _bank = bank;
            public void Close() { lock (_gate) {|LCX2005:_bank.Forget(this)|}; }
            public int Balance() { lock (_gate) return 1; }
        }

        class Bank
        {
            readonly Lock _lock = new();
            readonly List<Account> _accounts = new();
            public void Forget(Account account) { lock (_lock) _accounts.Remove(account); }
            public int Total() { int sum = 0; lock (_lock) foreach (var a in _accounts) sum += a.Balance(); return sum; }
        }
        """.Replace("{|LCX2005:_bank.Forget(this)|}", "_bank.Forget(this)").Replace("a.Balance()", "{|LCX2005:a.Balance()|}"));

    [Fact]
    public Task An_object_that_locks_itself() => Spec.Code("""
        class Node
        {
            public void Touch() { lock (this) { } }
            public void Leave(Tree tree) { lock (this) tree.Remove(this); }
        }

        class Tree
        {
            readonly object _gate = new();
            readonly Node _root = new();
            public void Remove(Node node) { lock (_gate) { } }
            public void TouchAll() { lock (_gate) {|LCX2005:_root.Touch()|}; }
        }
        """);

    [Fact]
    public Task Message_has_both_ways() => Spec.Code(
        """
        class C
        {
            readonly object _a = new(), _b = new();
            void M() { lock (_a) Take(); }
            void Take() { lock (_b) { } }
            void N()
            {
                lock (_b)
                {
                    {|#0:Inner()|};
                }
            }
            void Inner() { lock (_a) { } }
        }
        """,
        Verify.Diagnostic("LCX2005").WithLocation(0).WithMessage(
            "'C._a' is taken while 'C._b' is held (Inner -> Monitor.Enter), and elsewhere 'C._b' while 'C._a' is held at Test0.cs line 4 (Take -> Monitor.Enter); "
            + "take them in one order, or the inner one with a try"));

    private const string Fields = "readonly object _a = new(), _b2 = new(), _c = new();\n";
}
