using System.Threading;

namespace LockContext.Runtime;

/// <summary>The tunables in force.</summary>
internal static class RcuSettings
{
    private static RcuOptions s_current = new();

    internal static RcuOptions Current
    {
        [RawAtomic]
        get => Volatile.Read(ref s_current);
        set => Volatile.Write(ref s_current, value);
    }
}
