using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>This thread's record. Alone in a class without initialisers, or each access would first ask whether they have run.</summary>
internal static unsafe class CurrentReader
{
    /// <summary>Null until the thread's first read section.</summary>
    [ThreadStatic]
    internal static ReaderRecord* Record;

    /// <summary>Whether this is one of RCU's own threads, where waiting for a grace period or for callbacks would be waiting for oneself.</summary>
    [ThreadStatic]
    internal static bool RunsCallbacks;

    internal static bool IsReading => Record != null && (Record->Word & ReaderRecord.SectionMask) != 0;

    /// <summary>Leaves all the sections that foreign code has left open on one of our threads.</summary>
    internal static void CloseSections()
    {
        for (ulong open = Record->Word & ReaderRecord.SectionMask; open > 0; open--) Lockdep.EndRead(LockTraits.Reader);
        Volatile.Write(ref Record->Word, 0);
    }
}
