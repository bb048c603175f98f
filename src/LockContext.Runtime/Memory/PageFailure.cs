using System;
using System.Globalization;

namespace LockContext.Runtime;

/// <summary>What there was when an allocation failed: the report that a kernel prints, as values. Nothing is written anywhere while memory is short; the text is made when somebody wants to read it.</summary>
/// <param name="Flags">The flags of the allocation, after its scopes.</param>
/// <param name="Order">Its order.</param>
/// <param name="Thread">The name of the thread, if it has one.</param>
/// <param name="Group">The name of the thread's group, if it is in one.</param>
/// <param name="Time">When, in milliseconds as <see cref="Environment.TickCount64"/> counts.</param>
/// <param name="Statistics">What the allocator held.</param>
public readonly record struct PageFailure(GfpFlags Flags, int Order, string? Thread, string? Group, long Time, PageAllocatorStatistics Statistics)
{
    /// <summary>As a kernel writes it.</summary>
    /// <returns>Two lines.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"""
            {Thread ?? "?"}: page allocation failure: order:{Order}, mode:0x{(uint)Flags:x}({Flags.ToTraceString()}), group={Group ?? "/"}
            free:{Statistics.FreePages} free_pcp:{Statistics.CpuListPages} parked:{Statistics.ParkedPages} min:{Statistics.MinMark} low:{Statistics.LowMark} high:{Statistics.HighMark} present:{Statistics.PresentPages} managed:{Statistics.ManagedPages} allocated:{Statistics.AllocatedPages}
            """).ReplaceLineEndings("\n");
}
