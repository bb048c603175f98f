using LockContext;

namespace Tour;

/// <summary>A read section and its grace periods in the words of the vocabulary. A stand-in that counts nobody: the analyzer looks at the attributes only.</summary>
[ReadSection, Trusted("a stand-in: counts nobody")]
static unsafe class Readers
{
    [Acquires]
    public static void Enter()
    {
    }

    [Releases]
    public static void Exit()
    {
    }

    [RawAtomic, ReadProtected]
    public static T? Dereference<T>(ref readonly T? location)
        where T : class => location;

    [WaitsForGracePeriod]
    public static void Synchronize()
    {
    }

    [RawAtomic, DefersFree]
    public static void Free(void* pointer, Head* head)
    {
    }

    [DefersFree(MightSleep = true)]
    public static void FreeMightSleep(void* pointer)
    {
    }

    public struct Head
    {
        public nint Next;
    }
}
