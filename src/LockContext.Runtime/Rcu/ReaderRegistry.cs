using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The threads that have ever opened a read section and are not known to have ended.</summary>
/// <remarks>
/// <para>Their number has no limit: records are made in chunks, chunks are never freed, and the records of ended threads are used again. The runtime calls nobody when a thread ends, so the
/// ended ones are looked for: when the number of owned records has doubled since the last time, which makes the price per registration constant; once a second by grace periods; and at
/// the very record that a grace period is waiting for.</para>
/// <para>A thread that has ended executes nothing any more, so burying its record races with nobody but other grave-diggers, who hold the lock.</para>
/// <para><b>Publication.</b> A chunk is linked before its first record is handed out, and grace periods look at the links after their barrier. If a reader's store to its record comes before
/// that barrier in its program order, so does the link to the chunk, or happens-before it through the lock; if it comes after, the grace period need not know of it
/// (see <see cref="GracePeriods"/>).</para>
/// </remarks>
internal static unsafe class ReaderRegistry
{
    /// <summary>The least time between two searches by grace periods, in milliseconds.</summary>
    private const int SearchInterval = 1000;

    private static RawSpinLock s_lock;

    // ReaderChunk*, as a number because that is what Volatile takes.
    private static nint s_chunks;
    private static ReaderRecord* s_free;
    private static int s_owned;
    private static int s_searchAt = ReaderChunk.Records;
    private static long s_lastSearch;
    private static long s_unregistered;
    private static long s_died;

    /// <summary>The newest chunk, from which the others are linked.</summary>
    internal static ReaderChunk* Chunks => (ReaderChunk*)Volatile.Read(ref s_chunks);

    internal static int Owned => Volatile.Read(ref s_owned);

    internal static long Unregistered => Volatile.Read(ref s_unregistered);

    internal static long Died => Volatile.Read(ref s_died);

    /// <summary>Gives this thread a record.</summary>
    /// <exception cref="OutOfMemoryException">There is none, and no memory for more.</exception>
    [Trusted("the first read section of a thread: allocates native memory when all records are owned, and never sleeps; Rcu.Initialize has it done beforehand")]
    internal static ReaderRecord* Register()
    {
        nint owner = GCHandle.ToIntPtr(GCHandle.Alloc(Thread.CurrentThread));
        if (Volatile.Read(ref s_owned) >= Volatile.Read(ref s_searchAt))
        {
            Search();

            // The handler of a report of a dead reader may have read, and so have registered this thread.
            if (CurrentReader.Record != null)
            {
                GCHandle.FromIntPtr(owner).Free();
                return CurrentReader.Record;
            }
        }

        ReaderRecord* record;
        while (!TryTake(owner, out record)) AddChunk(owner);
        CurrentReader.Record = record;
        return record;
    }

    /// <summary>Buries the records of threads that have ended, unless somebody has done it within a second.</summary>
    [Sleepable]
    internal static void SearchNowAndThen()
    {
        long now = Environment.TickCount64;
        long last = Volatile.Read(ref s_lastSearch);
        if (now - last >= SearchInterval && Interlocked.CompareExchange(ref s_lastSearch, now, last) == last) Search();
    }

    /// <summary>Buries every record whose thread has ended.</summary>
    [Trusted("reports a thread that died in a section, and that is the end of all promises about time; otherwise a raw section per record")]
    internal static void Search()
    {
        // Not again by a handler that reads for the first time, inside a report of what is found here.
        Volatile.Write(ref s_searchAt, int.MaxValue);
        for (ReaderChunk* chunk = Chunks; chunk != null; chunk = chunk->Next)
        {
            ReaderRecord* first = &chunk->First;
            for (int i = 0; i < ReaderChunk.Records; i++) BuryIfDead(first + i);
        }

        Volatile.Write(ref s_searchAt, Math.Max(ReaderChunk.Records, 2 * Volatile.Read(ref s_owned)));
    }

    /// <summary>Takes the record of a thread that has ended. If the thread was inside a section, that is reported, and the section is over.</summary>
    /// <returns>Whether it had ended.</returns>
    internal static bool BuryIfDead(ReaderRecord* record)
    {
        if (Volatile.Read(ref record->Owner) == 0) return false;

        s_lock.Enter();
        Thread? dead = DeadOwner(record);
        if (dead is null)
        {
            s_lock.Exit();
            return false;
        }

        // The thread's last stores: it is seen to have ended, and its end is an atomic operation of the runtime, which comes after them.
        Interlocked.MemoryBarrier();
        bool wasReading = (Volatile.Read(ref record->Word) & ReaderRecord.SectionMask) != 0;
        nint owner = record->Owner;
        Volatile.Write(ref record->Word, 0);
        record->Owner = 0;
        record->NextFree = s_free;
        s_free = record;
        s_owned--;
        s_unregistered++;
        if (wasReading) s_died++;
        s_lock.Exit();

        GCHandle.FromIntPtr(owner).Free();
        if (wasReading) RcuReports.Report(RcuReportKind.ReaderDied, $"{Describe(dead)} ended inside a read section, which counts as left: it reads no more.");
        return true;
    }

    /// <summary>Names the thread that owns a record, for reports.</summary>
    internal static string Describe(ReaderRecord* record)
    {
        Thread? owner = null;
        s_lock.Enter();
        if (record->Owner != 0) owner = (Thread?)GCHandle.FromIntPtr(record->Owner).Target;
        s_lock.Exit();
        return owner is null ? "A thread that has ended meanwhile" : Describe(owner);
    }

    private static string Describe(Thread thread) => $"Thread {thread.ManagedThreadId} ({(string.IsNullOrEmpty(thread.Name) ? "without a name" : thread.Name)})";

    [Trusted("reads a flag of the runtime's own thread object")]
    private static Thread? DeadOwner(ReaderRecord* record)
        => record->Owner != 0 && GCHandle.FromIntPtr(record->Owner).Target is Thread { IsAlive: false } thread ? thread : null;

    private static bool TryTake(nint owner, out ReaderRecord* record)
    {
        s_lock.Enter();
        record = s_free;
        if (record != null)
        {
            s_free = record->NextFree;
            record->Owner = owner;
            s_owned++;
        }

        s_lock.Exit();
        return record != null;
    }

    private static void AddChunk(nint owner)
    {
        ReaderChunk* chunk;
        try
        {
            chunk = (ReaderChunk*)NativeMemory.AlignedAlloc((nuint)sizeof(ReaderChunk), ReaderRecord.Size);
        }
        catch (OutOfMemoryException)
        {
            GCHandle.FromIntPtr(owner).Free();
            throw;
        }

        NativeMemory.Clear(chunk, (nuint)sizeof(ReaderChunk));
        ReaderRecord* first = &chunk->First;
        s_lock.Enter();
        for (int i = ReaderChunk.Records - 1; i >= 0; i--)
        {
            first[i].NextFree = s_free;
            s_free = first + i;
        }

        chunk->Next = (ReaderChunk*)s_chunks;
        Volatile.Write(ref s_chunks, (nint)chunk);
        s_lock.Exit();
    }
}
