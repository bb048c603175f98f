namespace LockContext.Analyzers.Model;

/// <summary>What an allocation on the managed heap is made for; it decides which repair is proposed.</summary>
internal enum ManagedAllocationKind
{
    Object,
    Array,
    ParamsArray,
    Boxing,
    Closure,
    Delegate,
    String,
    Collection,
    Iterator,
    Enumerator,
    Copy,
}
