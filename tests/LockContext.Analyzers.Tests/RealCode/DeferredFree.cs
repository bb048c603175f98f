using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.RealCode;

/// <summary>
/// The case that started it all: a deferred free below a raw lock. The old one needed no memory and was legal there; the new one keeps pointers in pages, asks the page allocator for the next page,
/// and the allocator takes a lock that may sleep when the list of its processor is empty.
/// </summary>
public class DeferredFree
{
    private static Task Code(string flags, string drop, string link = "") => RuntimeSource.Members($$"""
        private struct Block { public Block* Next; public int Count; public void* First; }
        private struct Node { public RcuHead Head; public Node* Next; }

        private RawSpinLock _krc;
        private Block* _block;
        private RcuHead* _linked;
        private Node* _table;

        /// <summary>Notes a pointer in the block, in the next block, or in the object itself; never fails and never waits.</summary>
        [DefersFree] void DeferFree(void* pointer, RcuHead* head)
        {
            _krc.Enter();
            if (!AddToBlock(pointer))
                _linked = head;
            _krc.Exit();
        }

        bool AddToBlock(void* pointer)
        {
            if (_block == null || _block->Count == 500)
            {
                Block* next = (Block*)PageAllocator.Shared.AllocPages({{flags}}, 0);
                if (next == null)
                    return false;
                next->Next = _block;
                _block = next;
            }

            (&_block->First)[_block->Count++] = pointer;
            return true;
        }

        [DefersFree(MightSleep = true)] void DeferFree(void* pointer)
        {
            bool added;
            _krc.Enter();
            added = AddToBlock(pointer);
            _krc.Exit();
            if (!added)
                Rcu.Synchronize();
        }

        void Remove(Node* node)
        {
            _raw.Enter();
            {{drop}}
            _raw.Exit();
        }

        void Unlink(Node* node)
        {
            _table = node->Next;
            Drop(node);
        }

        void Drop(Node* node) => {{link}};
        """);

    [Fact]
    public Task The_page_is_asked_for_with_flags_that_take_no_lock() =>
        Code("GfpFlags.NoLocks", "Unlink(node);", "DeferFree(node, &node->Head)");

    [Fact]
    public Task The_one_argument_form_two_calls_deep() =>
        Code("GfpFlags.NoLocks", "{|LCX5001:Unlink(node)|};", "DeferFree(node)");

    [Theory]
    [InlineData("void Unlink(void* p, RcuHead* head) { _n--; Drop(p, head); } void Drop(void* p, RcuHead* head) => Rcu.Free(p, head);", "Unlink(p, head);")]
    [InlineData("void Unlink(void* p, RcuHead* head) { _n--; Drop(p); } void Drop(void* p) => Rcu.FreeMightSleep(p);", "{|LCX5001:Unlink(p, head)|};")]
    public Task The_runtime_s_own(string members, string call) => RuntimeSource.Members($$"""
        void M(void* p, RcuHead* head)
        {
            _raw.Enter();
            {{call}}
            _raw.Exit();
        }

        {{members}}
        """);

    [Theory]
    [InlineData("NoWait | GfpFlags.NoWarn")]
    [InlineData("Atomic")]
    [InlineData("Kernel")]
    [InlineData("None")]
    public Task The_page_is_asked_for_with_flags_that_take_the_lock(string flags) => RuntimeSource.Members($$"""
        private RawSpinLock _krc;
        private void* _block;

        void Free(void* pointer)
        {
            _krc.Enter();
            if (_block == null)
                _block = {|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.{{flags}}, 0)|};
            _krc.Exit();
        }

        void M(void* p)
        {
            _raw.Enter();
            {|LCX1003:Unlink(p)|};
            _raw.Exit();
        }

        void Unlink(void* p) { _n--; Free(p); }
        """);

    [Fact]
    public Task The_allocation_before_the_raw_lock_is_still_wrong_below_the_caller_s() => RuntimeSource.Members("""
        private RawSpinLock _krc;
        private void* _block;

        void Free(void* pointer)
        {
            void* page = PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);
            _krc.Enter();
            _block = page;
            _krc.Exit();
        }

        void Legal(void* p) => Free(p);

        void M(void* p)
        {
            _raw.Enter();
            {|LCX1003:Unlink(p)|};
            _raw.Exit();
        }

        void Unlink(void* p) { _n--; Free(p); }
        """);
}
