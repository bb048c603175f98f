using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>What grace periods know of one thread: whether it is inside a read section, and since which grace period at the latest.</summary>
/// <remarks>
/// <para>Layout of <see cref="Word"/>: bits 0-16 count how many sections are open inside each other; while the count is 0, the thread reads nothing. Bits 17-63 are the number of the last
/// grace period that had begun when the outermost section was opened; the inner ones leave it alone, since the outermost decides. They keep their value after the last section has been left,
/// where it means nothing: leaving is then a subtraction and one store.</para>
/// <para>17 bits, of which 16 are used: a test of exactly the 16 lower bits is compiled to two instructions, a zero extension and a comparison, and one of 17 to one. Opening and leaving have such a test each, and some
/// twenty instructions together. A test of the halfword in memory would be as short, but then the processor has to forward part of a wider store to it, which some do only after a delay.</para>
/// <para>47 bits of grace periods last for four years at a million per second, and are compared by their difference, so that only a single section of more than two years would be
/// misjudged.</para>
/// <para>Two cache lines each, because processors fetch lines in pairs: a thread that reads never writes to a line that another thread's reading needs.</para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct ReaderRecord
{
    internal const int Size = 128;

    /// <summary>One open section, or one grace period.</summary>
    internal const ulong OneSection = 1;

    internal const ulong OneGracePeriod = 1UL << 17;

    internal const ulong SectionMask = OneGracePeriod - 1;

    /// <summary>The most sections that may be open inside each other.</summary>
    internal const ulong MostSections = 65_535;

    /// <summary>Written by the thread itself only, and by whoever buries it.</summary>
    [FieldOffset(0)]
    internal ulong Word;

    /// <summary>The handle of the owner's <see cref="System.Threading.Thread"/>, or 0 while nobody owns the record. Guarded by the registry's lock.</summary>
    [FieldOffset(8)]
    internal nint Owner;

    /// <summary>The next unowned record. Guarded by the registry's lock.</summary>
    [FieldOffset(16)]
    internal ReaderRecord* NextFree;
}

/// <summary>64 records, which stay where they are for as long as the process lives: a grace period walks over them without a lock.</summary>
[StructLayout(LayoutKind.Explicit, Size = (Records + 1) * ReaderRecord.Size)]
internal unsafe struct ReaderChunk
{
    internal const int Records = 64;

    /// <summary>The chunk made before this one.</summary>
    [FieldOffset(0)]
    internal ReaderChunk* Next;

    [FieldOffset(ReaderRecord.Size)]
    internal ReaderRecord First;
}
