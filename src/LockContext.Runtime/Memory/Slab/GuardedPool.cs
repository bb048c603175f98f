using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The pages of <see cref="GuardedObjects"/>.</summary>
internal sealed unsafe class GuardedPool
{
    /// <summary>The kernel's pattern, different for neighbouring bytes so that a shifted copy shows.</summary>
    private const byte Canary = 0xAA;

    private static readonly object s_any = new();

    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly byte* _memory;
    private readonly Extent* _extents;
    private readonly string?[] _histories = new string?[GuardedObjects.Capacity];
    private readonly string[] _caches = new string[GuardedObjects.Capacity];
    private readonly SleepingLock _lock = new();

    // First in, first out: the page that has been free for longest is the next.
    private readonly int[] _free = new int[GuardedObjects.Capacity];
    private int _first;
    private int _freeCount;

    // The cache that the next sample is to be of, or s_any, or null while none is due.
    private object? _due;
    private long _sampled;
    private nint _parked;

    internal GuardedPool()
    {
        // guard, object, guard, object, ..., guard
        nuint bytes = ((2 * (nuint)GuardedObjects.Capacity) + 1) * _page;
        _memory = SystemMemory.Map(bytes);
        if (_memory == null) return;
        SystemMemory.Protect(_memory, bytes, accessible: false);
        _extents = (Extent*)NativeMemory.AllocZeroed(GuardedObjects.Capacity, (nuint)sizeof(Extent));
        for (int i = 0; i < GuardedObjects.Capacity; i++) _free[i] = i;
        _freeCount = GuardedObjects.Capacity;
    }

    internal long Sampled => Volatile.Read(ref _sampled);

    /// <summary>Makes a sample due.</summary>
    /// <param name="of">The cache that it is to be of; <see langword="null"/> for any.</param>
    internal void RequestSample(SlabCache? of) => Volatile.Write(ref _due, of ?? s_any);

    /// <summary>A guarded object, if one is due and there is a page.</summary>
    internal void* TryAlloc(SlabCache cache, int size, int alignment)
    {
        object? due = Volatile.Read(ref _due);
        if (due is null || (due != s_any && due != cache) || (nuint)size > _page || Interlocked.CompareExchange(ref _due, null, due) != due) return null;
        DrainParked();
        _lock.Enter();
        int place = _freeCount == 0 ? -1 : _free[_first];
        if (place >= 0)
        {
            _first = (_first + 1) % GuardedObjects.Capacity;
            _freeCount--;
        }

        _lock.Exit();
        if (place < 0) return null;

        byte* page = PageOf(place);
        if (!SystemMemory.Protect(page, _page, accessible: true))
        {
            PutBack(place);
            return null;
        }

        new Span<byte>(page, (int)_page).Fill(Canary);
        byte* item = (place & 1) == 0 ? page + ((_page - (nuint)size) & ~(nuint)(alignment - 1)) : page;
        Extent* extent = _extents + place;
        *extent = new Extent { Base = item, Kind = (byte)ExtentKind.Guarded, Bytes = (nuint)size, Heap = cache.Number, List = 1 };
        _caches[place] = cache.Name;
        _histories[place] = $"Allocated by:\n{Environment.StackTrace}";

        // An entry stays when its object is freed, so that a second free finds what it was.
        if (!PageMap.TrySet(page, _page >> PageAllocator.PageShift, extent))
        {
            PutBack(place);
            return null;
        }

        Interlocked.Increment(ref _sampled);
        return item;
    }

    /// <summary>Frees a guarded object: looks whether anything was written around it, and makes its page inaccessible.</summary>
    /// <returns>Whether it was one that is allocated.</returns>
    internal bool TryFree(Extent* extent, void* item)
    {
        if (!TryTakeBack(extent, item)) return false;
        MemoryEvents.Log?.ObjectFreed(_caches[(int)(extent - _extents)], item);
        Release(extent);
        return true;
    }

    /// <summary>As <see cref="TryFree"/>; the page is made inaccessible by somebody who may make system calls.</summary>
    [RawAtomic]
    internal bool TryFreeNoLocks(Extent* extent, void* item)
    {
        if (!TryTakeBack(extent, item)) return false;

        // As RemoteFrees, for headers.
        nint head = Volatile.Read(ref _parked);
        while (true)
        {
            extent->Next = (Extent*)head;
            nint seen = Interlocked.CompareExchange(ref _parked, (nint)extent, head);
            if (seen == head) return true;
            head = seen;
        }
    }

    /// <summary>Who allocated and who freed it.</summary>
    internal string Describe(Extent* extent) => _histories[(int)(extent - _extents)] ?? "";

    [RawAtomic]
    private static bool TryTakeBack(Extent* extent, void* item)
        => extent->Base == item && Interlocked.CompareExchange(ref extent->List, 0, 1) == 1;

    private void DrainParked()
    {
        Exception? thrown = null;
        var extent = (Extent*)Interlocked.Exchange(ref _parked, 0);
        while (extent != null)
        {
            Extent* next = extent->Next;
            try
            {
                Release(extent);
            }
#pragma warning disable CA1031 // whoever is told of a mistake may throw anything; the others are put back all the same
            catch (Exception exception)
#pragma warning restore CA1031
            {
                thrown ??= exception;
            }

            extent = next;
        }

        if (thrown is not null) throw thrown;
    }

    private void Release(Extent* extent)
    {
        int place = (int)(extent - _extents);
        byte* page = PageOf(place);
        try
        {
            CheckCanaries(extent, place, page);
        }
        finally
        {
            _histories[place] += $"\nFreed by:\n{Environment.StackTrace}";
            SystemMemory.Protect(page, _page, accessible: false);
            PutBack(place);
        }
    }

    private void CheckCanaries(Extent* extent, int place, byte* page)
    {
        int start = (int)(extent->Base - page);
        int end = start + (int)extent->Bytes;
        var all = new ReadOnlySpan<byte>(page, (int)_page);
        int bad = all[..start].IndexOfAnyExcept(Canary);
        if (bad < 0 && (bad = all[end..].IndexOfAnyExcept(Canary)) >= 0) bad += end;
        if (bad < 0) return;
        string cache = _caches[place];
        string message = $"BUG {cache}: byte {bad - start} relative to the guarded object at 0x{(nint)extent->Base:x} of {extent->Bytes} bytes is 0x{page[bad]:x2}; somebody wrote past its {(bad < start ? "beginning" : "end")} while it was allocated.\n{Describe(extent)}";
        SlabReports.Tell(new SlabReport(SlabReportKind.RedZoneOverwritten, cache, (nint)extent->Base, message), mayThrow: true);
    }

    private void PutBack(int place)
    {
        _lock.Enter();
        _free[(_first + _freeCount++) % GuardedObjects.Capacity] = place;
        _lock.Exit();
    }

    private byte* PageOf(int place) => _memory + (((2 * (nuint)place) + 1) * _page);
}
