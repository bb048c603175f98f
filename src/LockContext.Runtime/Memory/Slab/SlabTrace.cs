using System.Threading;

namespace LockContext.Runtime;

/// <summary>Whether single allocations and frees of objects are events (<see cref="MemoryEvents.Keywords.Objects"/>).</summary>
/// <remarks>
/// <para>The fast paths do not ask. While somebody listens, each thread's slot is diverted (<see cref="SlabSlot.DivertOnce"/>), so that its next operation takes the slow path, where the event is written; and the slow path,
/// which undoes a diversion, makes another. Bulk frees go one by one then.</para>
/// <para><b>No diversion is lost.</b> <see cref="Set"/> stores first and diverts afterwards, by compare-exchange. Whoever frees a slot, its owner after a diversion or a collector, does so by an atomic operation and looks
/// here afterwards (<see cref="Divert"/>). If the compare-exchange comes before that operation, so does the store, and the look sees it; if it comes after, it succeeds.</para>
/// </remarks>
internal static unsafe class SlabTrace
{
    private static bool s_isOn;

    internal static bool IsOn
    {
        [RawAtomic]
        get => Volatile.Read(ref s_isOn);
    }

    internal static void Set(bool on)
    {
        if (on == IsOn) return;
        Volatile.Write(ref s_isOn, on);
        if (!on) return;
        foreach (SlabCache? cache in Owners.All) cache?.DivertOnce();
    }

    /// <summary>Sends a slot's next operation to the slow path as well, while somebody listens.</summary>
    [RawAtomic]
    internal static void Divert(SlabSlot* slot)
    {
        // A slot without magazines is on the slow path anyway, and is shared.
        if (IsOn && slot->Main->Capacity != 0) SlabSlot.DivertOnce(slot);
    }
}
