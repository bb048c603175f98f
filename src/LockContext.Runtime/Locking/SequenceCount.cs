using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Lets readers find out that what they have read was being written meanwhile: the <c>seqcount_t</c> of Linux, for readers that never spin. Even: nobody writes.
/// </summary>
/// <remarks>
/// <para>A reader begins only if no writer is active, copies what it needs, and believes it only if <see cref="Validate"/> says so. What it does on failure is its own matter: try again, or take the writers' lock. A writer
/// never waits for readers, and may sleep in its section.</para>
/// <para><b>Writers</b> have to keep each other out, by a lock around <see cref="BeginWrite"/> and <see cref="EndWrite"/>.</para>
/// <para><b>Data</b>: what is read may be half-written, so follow no reference and use no index out of it before validation, unless something else keeps that safe. Read and write it with plain or volatile accesses that are atomic each.</para>
/// <para><b>Wait class</b>: none; every member may be called anywhere.</para>
/// <para><b>Wraps round</b> after 2^31 writes: a reader that sleeps for exactly so many would be deceived.</para>
/// <para><b>Use</b>: a mutable field, never <see langword="readonly"/> and never copied. The default value is ready. 4 bytes.</para>
/// <para><b>Source</b>: sequence counters of Linux; the fences after H.-J. Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.</para>
/// </remarks>
/// <example><code>
/// if (_sequence.TryBeginRead(out uint sequence))
/// {
///     Range copy = _range;
///     if (_sequence.Validate(sequence)) return copy;
/// }
///
/// return ReadUnderLock();
/// </code></example>
public struct SequenceCount
{
    private uint _sequence;

    /// <summary>Begins to read, unless a writer is active.</summary>
    /// <param name="sequence">For <see cref="Validate"/>.</param>
    /// <returns>Whether it has begun.</returns>
    [RawAtomic, BeginsSpeculation]
    public readonly bool TryBeginRead(out uint sequence)
    {
        // Acquire: the reads of the data come after this one. It pairs with the release in EndWrite: with an even number we see everything that was written before it.
        sequence = Volatile.Read(in _sequence);
        return (sequence & 1) == 0;
    }

    /// <summary>Whether nobody has written since <see cref="TryBeginRead"/> returned <paramref name="sequence"/>, so that what has been read may be relied on.</summary>
    /// <param name="sequence">What it returned.</param>
    /// <returns>Whether it may.</returns>
    [RawAtomic, ValidatesSpeculation]
    public readonly bool Validate(uint sequence)
    {
        // The reads of the data come before the one below. It pairs with the write barrier in BeginWrite: whoever has read something of a write section sees at least its odd number here.
        Volatile.ReadBarrier();
        return _sequence == sequence;
    }

    /// <summary>Begins to write: readers that are active will fail, and new ones do not begin. Under the writers' lock.</summary>
    /// <exception cref="SynchronizationLockException">A write section is open already.</exception>
    [RawAtomic]
    public void BeginWrite()
    {
        uint sequence = _sequence;
        if ((sequence & 1) != 0) LockMisuse.ThrowAlreadyWriting();
        Volatile.Write(ref _sequence, sequence + 1);

        // The odd number comes before all writes of the section.
        Volatile.WriteBarrier();
    }

    /// <summary>Ends the write section.</summary>
    /// <exception cref="SynchronizationLockException">None is open.</exception>
    [RawAtomic]
    public void EndWrite()
    {
        uint sequence = _sequence;
        if ((sequence & 1) == 0) LockMisuse.ThrowNotHeld();

        // Release: all writes of the section come before the even number.
        Volatile.Write(ref _sequence, sequence + 1);
    }
}
