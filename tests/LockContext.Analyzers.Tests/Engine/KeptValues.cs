using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A local keeps what it was read from a field, whatever becomes of the field.</summary>
[Trait("Policy", "Ways through a body")]
public class KeptValues
{
    [Theory]
    [InlineData("var save = !Property;", "save")]
    [InlineData("var save = Property;", "save")]
    [InlineData("var save = Property;", "!save")]
    [InlineData("var save = _n == 3 && Property;", "save")]
    [InlineData("var before = _n;", "before == 0")]
    [InlineData("var before = _n;", "before > 3")]
    [InlineData("var before = _n;", "(before & 4) != 0")]
    [InlineData("var before = _n + 1;", "before == 1")]
    [InlineData("var owner = Owner;", "owner == null")]
    [InlineData("var owner = Owner;", "owner is not null")]
    [InlineData("var first = Array[0];", "first == 0")]
    [InlineData("bool? save = Property;", "save == true")]
    public Task Asked_twice_with_calls_in_between(string read, string condition) => Spec.Members($$"""
        bool Property { get; set; }
        object? Owner { get; set; }
        int[] Array = new int[3];
        void Other() { }
        void M(IEnumerable<int> values)
        {
            {{read}}
            if ({{condition}}) Monitor.Enter(_gate);
            try
            {
                lock (this)
                {
                    Other();
                    foreach (var value in values) Other();
                    if ({{condition}}) Other();
                }
            }
            finally
            {
                if ({{condition}}) Monitor.Exit(_gate);
            }
        }
        void N()
        {
            {{read}}
            bool taken = false;
            if ({{condition}}) _l.Enter(ref taken);
            Other();
            if ({{condition}}) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task It_is_not_the_field() => Spec.Members("""
        void Other() => _n++;
        void M()
        {
            var before = _n;
            Other();
            if (before != _n)
            {
                bool taken = false;
                _l.Enter(ref taken);
                {|LCX1001:Thread.Sleep(1)|};
                _l.Exit();
            }
        }
        """);

    [Fact]
    public Task Until_it_gets_another_value() => Spec.Members("""
        void Other() => _b = !_b;
        void M()
        {
            var save = _b;
            if (save) {|LCX2001:Monitor.Enter(_gate)|};
            Other();
            save = _b;
            if (save) Monitor.Exit(_gate);
        }
        """);

    [Fact]
    public Task The_lock_that_it_leads_to_is_the_same() => Spec.Members("""
        private object _current = new();
        void Other() { }
        void M() { var gate = _current; Monitor.Enter(gate); Other(); Monitor.Exit(gate); }
        void N() { var gate = _current; Monitor.Enter(gate); Other(); Monitor.Exit(_current); }
        """);

    [Theory]
    [InlineData("private bool _isShared; C2(bool isShared) => _isShared = isShared;")]
    [InlineData("private bool _isShared = Environment.ProcessorCount > 1;")]
    [InlineData("private readonly bool _isShared = Environment.ProcessorCount > 1;")]
    [InlineData("private bool _isShared { get; init; }")]
    [InlineData("public bool _isShared { get; }")]
    public Task A_field_that_only_the_constructor_sets_is_known_over_calls(string field) => Spec.Code($$"""
        class C2
        {
            {{field}}
            private SpinLock _l = new(false);
            private int _n;
            void Lock() { bool taken = false; if (_isShared) _l.Enter(ref taken); }
            void Unlock() { if (_isShared) _l.Exit(); }
            void Other() => _n++;
            void M() { Lock(); Other(); Unlock(); Thread.Sleep(1); }
            void N() { Lock(); Other(); {|LCX1001:Thread.Sleep(1)|}; Unlock(); Thread.Sleep(1); }
            void Loop() { for (int i = 0; i < 5; i++) { Lock(); Other(); Unlock(); Thread.Sleep(1); } }
        }
        """);

    [Theory]
    [InlineData("void Change() => _b2 = true;")]
    [InlineData("void Change(ref bool b) => Change(ref _b2);")]
    [InlineData("C2() { Later(() => _b2 = true); } void Later(Action action) { }")]
    [InlineData("C2(C2 other) => other._b2 = true;")]
    [InlineData("class Inner { void Change(C2 c) => (c._b2, _) = (true, 1); }")]
    public Task A_field_that_others_set_is_not(string change) => Spec.Code($$"""
        class C2
        {
            private bool _b2;
            {{change}}
            private SpinLock _l = new(false);
            void Other() { }
            void M()
            {
                bool taken = false;
                if (_b2) _l.Enter(ref taken);
                Other();
                if (!_b2) {|LCX1001:Thread.Sleep(1)|};
                if (_b2) _l.Exit();
            }
        }
        """);
}
