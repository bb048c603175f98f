using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3004;

/// <summary>What a project says of code that it cannot annotate, in files of its own.</summary>
public class ModelFiles
{
    private const string Library = """
        namespace Vendor
        {
            public class Device { public void Flush() { } public void Flush(int timeout) { } public int Poll() => 0; public virtual void Play() { } }
            public class Gate { public void Lock() { } public void Unlock() { } public bool TryLock(int milliseconds) => false; public Gate this[int i] => this; }
            public delegate void Callback();
            public class Pool { public static void Each(System.Action<int> action) { } public void Reset() { } }
        }
        """;

    private static Verify.Test Test(string model, string members)
    {
        var test = Spec.Files(Library, Spec.InClass(members));
        test.TestState.AdditionalFiles.Add(("/0/vendor.lockcontext.txt", model));
        return test;
    }

    [Fact]
    public Task Methods_that_wait() => Test(
        """
        # the vendor's driver
        M:Vendor.Device.Flush          Sleepable      # all overloads
        M:Vendor.Device.Play           Sleepable
        """,
        """
        private readonly Vendor.Device _device = new();
        void M()
        {
            bool t = false;
            _l.Enter(ref t);
            {|LCX1001:_device.Flush()|};
            _device.Poll();
            _l.Exit();
            _device.Flush();
        }
        """).RunAsync();

    [Fact]
    public Task Locks_and_their_classes() => Test(
        """
        T:Vendor.Gate                  LockClass(Spin)
        M:Vendor.Gate.Lock             Acquires
        M:Vendor.Gate.Unlock           Releases
        M:Vendor.Gate.TryLock          Acquires(Try) Timeout(milliseconds)
        """,
        """
        private readonly Vendor.Gate _gate2 = new();
        void M()
        {
            _gate2.Lock();
            try { {|LCX1001:Thread.Sleep(1)|}; } finally { _gate2.Unlock(); }
            Thread.Sleep(1);
        }
        void N() { if (_gate2.TryLock(0)) { lock ({|LCX1002:_gate|}) { } _gate2.Unlock(); } }
        """).RunAsync();

    [Fact]
    public Task Contracts_of_ones_own_members_are_checked_too() => Test(
        """
        M:C.Tick                       RawAtomic
        T:Vendor.Callback              RawAtomic
        M:Vendor.Pool.Each             RunsHere(action)
        """,
        """
        void Tick() { {|LCX1001:Thread.Sleep(1)|}; Tock(() => { }); }
        [RawAtomic] void Tock(Vendor.Callback callback) { callback(); }
        void M() { bool t = false; _l.Enter(ref t); Vendor.Pool.Each(i => {|LCX1001:Thread.Sleep(i)|}); _l.Exit(); }
        """).RunAsync();

    [Fact]
    public Task An_attribute_has_the_last_word() => Test(
        "M:C.Quick   Sleepable",
        """
        [RawAtomic] static void Quick() { }
        void M() { bool t = false; _l.Enter(ref t); Quick(); _l.Exit(); }
        """).RunAsync();

    [Fact]
    public Task A_field_is_an_ordinary_lock_under_which_nothing_may_wait() => Test(
        "F:C._gate   LockClass(Sleep,Spin)",
        "void M() { lock (_gate) { {|LCX1001:Thread.Sleep(1)|}; } }").RunAsync();

    [Theory]
    [InlineData("M:Vendor.Device.Flush", "'M:Vendor.Device.Flush' is given no annotation")]
    [InlineData("Vendor.Device.Flush Sleepable", "'Vendor.Device.Flush' is no documentation-comment ID")]
    [InlineData("M:Vendor.Device.Flush Sleepabel", "'Sleepabel' is no word of the vocabulary; did you mean 'Sleepable'?")]
    [InlineData("M:Vendor.Device.Flush Sleepable(1)", "'Sleepable(1)' takes no argument")]
    [InlineData("M:Vendor.Device.Flush Timeout(", "lacks its closing parenthesis")]
    [InlineData("M:Vendor.Device.Flush Timeout", "'Timeout' takes 1 argument")]
    [InlineData("M:Vendor.Device.Flush MasksAllocations(DirectReclam)", "has 'DirectReclam' where a behavior of allocations belongs; did you mean 'DirectReclaim'?")]
    [InlineData("M:Vendor.Device.Flush MasksAllocations(DirectReclaim,Clear)", "has 'Clear' where only 'Set' may stand")]
    [InlineData("M:Vendor.Device.Flush AllocationFlag(7)", "has '7' where a behavior of allocations belongs")]
    [InlineData("M:Vendor.Device.Flush AllocationOrder", "'AllocationOrder' takes 1 argument")]
    [InlineData("T:Vendor.Gate LockClass(Spinn)", "has 'Spinn' where a wait class belongs")]
    [InlineData("M:Vendor.Device.Flsh Sleepable", "'Device' has no member 'Flsh'; did you mean 'Flush'?")]
    [InlineData("M:Vendor.Device.Flush(System.String) Sleepable", "names no overload of 'Device.Flush'")]
    [InlineData("T:Vendor.Gaet LockClass(Spin)", "'T:Vendor.Gaet' is not known in this project; did you mean 'Gate'?")]
    [InlineData("M:Vendor.Devise.Flush Sleepable", "the type of 'M:Vendor.Devise.Flush' is not known in this project; did you mean 'Device'?")]
    [InlineData("M:Nowhere.Flush Sleepable", "the type of 'M:Nowhere.Flush' is not known in this project")]
    public Task A_line_that_is_wrong_is_named_and_the_others_hold(string line, string message)
    {
        var test = Test("# first\n\n" + line + "\nM:Vendor.Device.Poll Sleepable\n", "void M(Vendor.Device d) { bool t = false; _l.Enter(ref t); {|LCX1001:d.Poll()|}; _l.Exit(); }");
        test.ExpectedDiagnostics.Add(Verify.Diagnostic("LCX3004").WithMessageContaining(message));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("M:Vendor.Pool.#ctor Sleepable")]
    [InlineData("M:Vendor.Device.Flush() Sleepable")]
    [InlineData("M:Vendor.Device.Flush(System.Int32)\tSleepable   Timeout(timeout)")]
    [InlineData("P:Vendor.Gate.Item(System.Int32) Sleepable")]
    [InlineData("M:System.IO.Stream.Flush Sleepable")]
    [InlineData("   # only a comment")]
    public Task A_line_that_is_right_is_silent(string line) => Test(line, "").RunAsync();
}
