using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3004;

/// <summary>Somebody else's allocator, described from outside.</summary>
public class Allocators
{
    private const string Library = """
        namespace Vendor
        {
            [Flags] public enum HeapFlags { None = 0, CanWait = 1, Wake = 2, NoLocks = 4, Urgent = 8, MustSucceed = 16, Usual = CanWait | Wake }
            public enum Other { CanWait = 1 }
            public sealed class Block { public int Length; }
            public sealed class Heap
            {
                public Block? Allocate(HeapFlags flags, int order) => null;
                public Block? AllocateWith(HeapFlags hint, HeapFlags flags, HeapFlags also) => null;
                public Block? Plain(Other flags) => null;
                public void Release(Block block) { }
                public IDisposable EnterQuick() => null!;
                public IDisposable EnterUrgent() => null!;
            }
        }
        """;

    private const string Model = """
        T:Vendor.HeapFlags               AllocationFlags
        F:Vendor.HeapFlags.CanWait       AllocationFlag(DirectReclaim)
        F:Vendor.HeapFlags.Wake          AllocationFlag(BackgroundReclaim)
        F:Vendor.HeapFlags.NoLocks       AllocationFlag(NoLocks)
        F:Vendor.HeapFlags.Urgent        AllocationFlag(AllReserves)
        F:Vendor.HeapFlags.MustSucceed   AllocationFlag(NoFail)
        M:Vendor.Heap.Allocate           Allocates AllocationOrder(order)
        M:Vendor.Heap.AllocateWith       Allocates AllocationFlags(flags)
        M:Vendor.Heap.Release            Frees
        M:Vendor.Heap.EnterQuick         MasksAllocations(DirectReclaim)
        M:Vendor.Heap.EnterUrgent        MasksAllocations(AllReserves,Set)
        """;

    private static Task Test(string members, string model = Model)
    {
        var test = Spec.Files(Library, "using Vendor;\n" + Spec.InClass("Heap _heap = new();\n" + members), RuntimeSource.Locks);
        test.TestState.AdditionalFiles.Add(("/0/vendor.lockcontext.txt", model));
        return test.RunAsync();
    }

    private static string Spinning(string statements) => "void M(HeapFlags unknown, Block block) { bool t = false; _l.Enter(ref t); " + statements + " _l.Exit(); } Block? Helper(HeapFlags flags) => _heap.Allocate(flags, 0);";

    [Theory]
    [InlineData("{|LCX1003:_heap.Allocate(HeapFlags.Usual, 0)|};")]
    [InlineData("{|LCX1003:_heap.Allocate(HeapFlags.Wake, 0)|};")]
    [InlineData("{|LCX1003:Helper(HeapFlags.Usual)|}; Helper(HeapFlags.NoLocks);")]
    [InlineData("{|LCX1003:_heap.Release(block)|};")]
    [InlineData("{|LCX1003:_heap.AllocateWith(HeapFlags.NoLocks, HeapFlags.Usual, HeapFlags.NoLocks)|};")]
    [InlineData("_heap.AllocateWith(HeapFlags.Usual, HeapFlags.NoLocks, HeapFlags.Usual);")]
    [InlineData("_heap.Allocate(HeapFlags.NoLocks, 0); _heap.Allocate(unknown | HeapFlags.NoLocks, 0); _heap.Allocate(unknown, 0); _heap.Plain(Other.CanWait);")]
    [InlineData("var b = _heap.Allocate(HeapFlags.NoLocks, 0); {|LCX4001:b|}.Length = 1;")]
    [InlineData("while ({|LCX4004:_heap.Allocate(HeapFlags.NoLocks, 0)|} == null) { }")]
    [InlineData("_heap.Allocate(HeapFlags.NoLocks, {|LCX4002:2|});")]
    [InlineData("_heap.Allocate({|LCX4003:HeapFlags.NoLocks | HeapFlags.CanWait|}, 0);")]
    public Task Under_a_spin_lock(string statements) => Test(Spinning(statements));

    [Theory]
    [InlineData("[NoReclaim] void M() { {|LCX1006:_heap.Allocate(HeapFlags.Usual, 0)|}; using (_heap.EnterQuick()) _heap.Allocate(HeapFlags.Usual, 0); {|LCX1006:_heap.Allocate(HeapFlags.Usual, 0)|}; }")]
    [InlineData("[NoReclaim] void M() { _heap.Allocate(HeapFlags.Wake, 0); using (_heap.EnterUrgent()) {|LCX1007:_heap.Allocate(HeapFlags.Wake, 0)|}; {|LCX1007:_heap.Allocate(HeapFlags.Wake | HeapFlags.Urgent, 0)|}; }")]
    public Task In_speculative_code_and_in_scopes(string members) => Test(members);

    [Fact]
    public Task Without_a_model_nothing_is_known() => Test("[RawAtomic] void M() { _heap.Allocate(HeapFlags.Usual, 0); }", "T:Vendor.Heap Reentrant");

    [Fact]
    public Task An_enum_described_and_a_member_annotated() => Test("[Allocates] Block? Own(HeapFlags flags) => null; [RawAtomic] void M() { {|LCX1003:Own(HeapFlags.Usual)|}; Own(HeapFlags.NoLocks); }");
}
