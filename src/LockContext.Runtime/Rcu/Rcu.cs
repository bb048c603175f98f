using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Read-copy-update: readers of a shared structure take no lock, write to no shared memory and wait for nobody; whoever removes something from the structure waits for a <em>grace period</em>
/// before freeing it, at whose end every reader that may still have seen it is gone.
/// </summary>
/// <remarks>
/// <para><b>What for.</b> The garbage collector already keeps managed objects alive for their readers. RCU does it for native memory, pooled objects and handles, and says when the last reader has left.</para>
/// <para><b>Readers</b>: <see cref="Read"/> or <see cref="ReadLock"/> and <see cref="ReadUnlock"/>, around <see cref="Dereference{T}(T**)"/>. Sections nest, and must be short: a section that lasts holds up everybody
/// who waits for a grace period. A section may take raw and sleeping spin locks, and must not wait for anything longer, or for a grace period. It belongs to its thread and cannot cross an
/// <see langword="await"/>; the scope form does not compile if it does. A thread's first section registers it; <see cref="Initialize"/> does that beforehand.</para>
/// <para><b>Updaters</b> exclude each other with a lock of their own, publish with <see cref="Assign{T}(T**, T*)"/>, and after removing something either wait with <see cref="Synchronize()"/>, or have a
/// callback or a free deferred with <see cref="Call(RcuCallback)"/> and its kin, which may be used anywhere.</para>
/// <para><b>Wait classes</b>: opening a section is <see cref="WaitClass.Free"/>; inside, the limit is <see cref="WaitClass.Config"/>. Everything marked <see cref="RawAtomicAttribute"/> takes raw locks at most.
/// <b>Thread-safety</b>: every member may be called from any thread. <b>Managed allocation</b>: none, except in <see cref="Initialize"/>, <see cref="Options"/> and reports.</para>
/// <para><b>Memory order</b>: what an updater did before publishing is visible to a reader that dereferences; what a reader did inside a section is visible after the grace period. The argument is at
/// <c>docs/rcu.md</c>, with the model that checks it.</para>
/// </remarks>
/// <example><code>
/// using (Rcu.Read())                                    // reader
/// {
///     Node* node = Rcu.Dereference(&amp;table-&gt;First);
///     if (node != null) sum += node-&gt;Value;
/// }
///
/// _lock.Enter();                                        // updater, under a RawSpinLock
/// Node* old = table-&gt;First;
/// Rcu.Assign(&amp;table-&gt;First, replacement);
/// _lock.Exit();
/// Rcu.Call(&amp;old-&gt;Head, &amp;Recycle);                       // or Rcu.Synchronize(); Recycle(old);
/// </code></example>
[ReadSection]
public static unsafe partial class Rcu
{
    /// <summary>Whether this thread is inside a read section. For assertions.</summary>
    public static bool IsReading
    {
        [RawAtomic]
        get => CurrentReader.IsReading;
    }

    /// <summary>Opens a read section. Sections nest, up to 65 535 deep.</summary>
    /// <param name="file">Filled in by the compiler, for reports of <see cref="Lockdep"/>.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="System.InvalidOperationException">They are nested deeper than that; nothing has been opened.</exception>
    /// <exception cref="System.OutOfMemoryException">The thread's first section, and no memory to register it.</exception>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadLock([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ReaderRecord* reader = CurrentReader.Record;
        if (reader == null) reader = ReaderRegistry.Register();
        Enter(reader);
        Lockdep.BeginRead(LockTraits.Reader, file, line);
    }

    /// <summary>Leaves the read section opened last.</summary>
    /// <exception cref="SynchronizationLockException">This thread is in no section.</exception>
    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadUnlock()
    {
        ReaderRecord* reader = CurrentReader.Record;
        if (reader == null) RcuMisuse.ThrowNotReading();
        Leave(reader);
        Lockdep.EndRead(LockTraits.Reader);
    }

    /// <summary>Opens a read section, and returns a scope whose disposal leaves it.</summary>
    /// <param name="file">Filled in by the compiler, for reports of <see cref="Lockdep"/>.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>. It knows the thread's record, which makes leaving by it cheaper than <see cref="ReadUnlock"/>.</returns>
    /// <exception cref="System.InvalidOperationException">More than 65 535 sections would be open inside each other.</exception>
    /// <exception cref="System.OutOfMemoryException">The thread's first section, and no memory to register it.</exception>
    [Acquires(Scope = true)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadScope Read([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ReaderRecord* reader = CurrentReader.Record;
        if (reader == null) reader = ReaderRegistry.Register();
        Enter(reader);
        Lockdep.BeginRead(LockTraits.Reader, file, line);
        return new ReadScope(reader);
    }

    /// <summary>Reads a pointer that updaters publish with <see cref="Assign{T}(T**, T*)"/>: <c>rcu_dereference</c>.</summary>
    /// <typeparam name="T">What it points to.</typeparam>
    /// <param name="location">Where the pointer is.</param>
    /// <returns>The pointer. What it points to stays valid until the section is left.</returns>
    [RawAtomic, ReadProtected]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Dereference<T>(T** location)
        where T : unmanaged
        => (T*)Volatile.Read(ref *(nint*)location);

    /// <summary>Reads a reference that updaters publish with <see cref="Assign{T}(ref T, T)"/>.</summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="location">Where the reference is.</param>
    /// <returns>The reference. The object is not recycled until the section is left.</returns>
    [RawAtomic, ReadProtected]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Dereference<T>(ref readonly T? location)
        where T : class
        => Volatile.Read(in location);

    /// <summary>Publishes a pointer: <c>rcu_assign_pointer</c>. Whoever dereferences it sees everything that was written before. Updaters have to exclude each other.</summary>
    /// <typeparam name="T">What it points to.</typeparam>
    /// <param name="location">Where to store the pointer.</param>
    /// <param name="value">The pointer.</param>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Assign<T>(T** location, T* value)
        where T : unmanaged
        => Volatile.Write(ref *(nint*)location, (nint)value);

    /// <summary>Publishes a reference. Whoever dereferences it sees everything that was written before. Updaters have to exclude each other.</summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="location">Where to store the reference.</param>
    /// <param name="value">The reference.</param>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Assign<T>(ref T? location, T? value)
        where T : class
        => Volatile.Write(ref location, value);

    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Enter(ReaderRecord* reader)
    {
        ulong word = reader->Word;
        if ((word & ReaderRecord.SectionMask) != 0)
        {
            EnterNested(reader, word);
            return;
        }

        // R1 and R2 of GracePeriods, where the argument is. R1 is an acquire: what the section reads must not be read before it. R2 is a release, so that a grace period which sees the new
        // section instead of the end of the previous one still has all of the previous one behind it. Both are plain moves on x86.
        Volatile.Write(ref reader->Word, Volatile.Read(ref *GracePeriodClock.Word));

        // Between R2 and what the section reads: nothing for the processor to do, since a grace period sends it a barrier, but the compiler must not swap them either. A read barrier is
        // no instruction on x86, and the compiler moves no memory access across it. RcuDisassemblyTests looks at what it made of it.
        if (ReaderFence.IsAsymmetric) Volatile.ReadBarrier();
        else Interlocked.MemoryBarrier();
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Leave(ReaderRecord* reader)
    {
        ulong word = reader->Word;
        if ((word & ReaderRecord.SectionMask) == 0) RcuMisuse.ThrowNotReading();

        // R4: release. All the section read has been read before a grace period can see that it is over. The number stays, and means nothing once no section is open.
        Volatile.Write(ref reader->Word, word - ReaderRecord.OneSection);
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterNested(ReaderRecord* reader, ulong word)
    {
        if ((word & ReaderRecord.SectionMask) == ReaderRecord.MostSections) RcuMisuse.ThrowTooDeep();

        // The number stays that of the outermost section. No order needed: for a grace period, one section open or two is the same.
        reader->Word = word + ReaderRecord.OneSection;
    }

    /// <summary>A read section that lasts until it is disposed. Do not copy: the copy would leave once more. Belongs to the thread that opened it.</summary>
    public ref struct ReadScope
    {
        private ReaderRecord* _reader;

        internal ReadScope(ReaderRecord* reader) => _reader = reader;

        /// <summary>Leaves the section; a second call on the same variable does nothing.</summary>
        [Releases]
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose()
        {
            ReaderRecord* reader = _reader;
            if (reader == null) return;
            _reader = null;
            Leave(reader);
            Lockdep.EndRead(LockTraits.Reader);
        }
    }
}
