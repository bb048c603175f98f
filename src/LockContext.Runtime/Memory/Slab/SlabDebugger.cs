using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;

namespace LockContext.Runtime;

/// <summary>What a cache with <see cref="SlabDebug"/> does in addition when an object changes hands. Works on an object that nobody else has at that moment.</summary>
/// <remarks>Patterns are those of Linux (<c>include/linux/poison.h</c>).</remarks>
internal sealed unsafe class SlabDebugger(SlabCache cache, SlabLayout layout, SlabDebug modes, bool keepsContents)
{
    private const byte FreePoison = 0x6B;
    private const byte PoisonEnd = 0xA5;
    private const byte NewPoison = 0x5A;
    private const byte RedActive = 0xCC;
    private const byte RedInactive = 0xBB;

    private readonly bool _poisons = (modes & SlabDebug.Poison) != 0 && !keepsContents;
    private readonly bool _redZones = (modes & SlabDebug.RedZones) != 0;
    private readonly ConcurrentDictionary<nint, Track>? _tracks = (modes & SlabDebug.Track) != 0 ? new() : null;

    private sealed record Track(string Allocated, string? Freed);

    /// <summary>Makes all objects of a new slab look free.</summary>
    internal void Prepare(Extent* slab)
    {
        for (uint i = 0; i < (uint)slab->Count; i++) MarkFree(Extent.Object(slab, i));
    }

    /// <summary>An object is about to be handed out.</summary>
    [RawAtomic]
    [Trusted("debugging: it costs what its documentation says, and waits for nobody who could wait for the caller")]
    internal void OnAllocated(byte* item, bool mayThrow)
    {
        if (_poisons)
        {
            int bad = FirstBadPoison(item);
            if (bad >= 0)
                Report(SlabReportKind.PoisonOverwritten, (nint)item, $"Poison overwritten: byte {bad} of the object at 0x{(nint)item:x} is 0x{item[bad]:x2} instead of 0x{Expected(bad):x2}; somebody wrote to it after it had been freed.", mayThrow);
            Body(item).Fill(NewPoison);
        }

        if (_redZones)
        {
            CheckRedZones(item, RedInactive, "while it was free", mayThrow);
            Left(item).Fill(RedActive);
            Right(item).Fill(RedActive);
        }

        if (_tracks is not null) _tracks[(nint)item] = new Track(Stack(), null);
    }

    /// <summary>An object has been taken back.</summary>
    [RawAtomic]
    [Trusted("debugging: it costs what its documentation says, and waits for nobody who could wait for the caller")]
    internal void OnFreed(byte* item, bool mayThrow)
    {
        try
        {
            if (_redZones) CheckRedZones(item, RedActive, "while it was allocated", mayThrow);
        }
        finally
        {
            if (_tracks is not null && _tracks.TryGetValue((nint)item, out Track? track)) _tracks[(nint)item] = track with { Freed = Stack() };
            MarkFree(item);
        }
    }

    /// <summary>A free has been refused.</summary>
    [RawAtomic]
    [Trusted("debugging: it costs what its documentation says, and waits for nobody who could wait for the caller")]
    internal void OnRejected(void* item, bool mayThrow)
    {
        Extent* extent = PageMap.Find(item);
        SlabCache? owner = extent == null || extent->Owner == 0 ? null : Owners.Of(extent->Owner);
        bool ours = owner == cache && cache.IsObject(extent, item);
        string what = ours ? $"The object at 0x{(nint)item:x} is freed, but it is not allocated."
            : owner is not null && owner != cache ? $"0x{(nint)item:x} is freed to the cache '{cache.Name}', but is of the cache '{owner.Name}'."
            : $"0x{(nint)item:x} is freed to the cache '{cache.Name}', but no object starts there.";
        if (owner is not null && owner != cache) what += owner.DescribeTracks(item);
        Report(ours ? SlabReportKind.DoubleFree : SlabReportKind.WrongFree, (nint)item, what + (_tracks is null ? "" : $"\nFreed now:\n{Stack()}"), mayThrow);
    }

    /// <summary>The stacks of an object, or nothing.</summary>
    internal string Describe(nint item)
    {
        if (_tracks is null || !_tracks.TryGetValue(item, out Track? track)) return "";
        return $"\nAllocated by:\n{track.Allocated}" + (track.Freed is null ? "" : $"\nFreed by:\n{track.Freed}");
    }

    /// <summary>What is allocated, by stack, most first.</summary>
    internal string Leaks()
    {
        if (_tracks is null) return "";
        var text = new StringBuilder();
        foreach (IGrouping<string, KeyValuePair<nint, Track>> group in _tracks.Where(t => t.Value.Freed is null).GroupBy(t => t.Value.Allocated).OrderByDescending(g => g.Count()))
            text.Append(CultureInfo.InvariantCulture, $"{group.Count()} objects of {cache.ObjectSize} bytes in '{cache.Name}', allocated by:\n{group.Key}\n");
        return text.ToString();
    }

    /// <summary>Makes an object look free.</summary>
    internal void MarkFree(byte* item)
    {
        if (_poisons)
        {
            Body(item).Fill(FreePoison);
            item[layout.ObjectSize - 1] = PoisonEnd;
        }

        if (!_redZones) return;
        Left(item).Fill(RedInactive);
        Right(item).Fill(RedInactive);
    }

    private void CheckRedZones(byte* item, byte expected, string when, bool mayThrow)
    {
        int bad = Left(item).IndexOfAnyExcept(expected);
        if (bad >= 0) bad -= layout.RedZone;
        else if ((bad = Right(item).IndexOfAnyExcept(expected)) >= 0) bad += layout.ObjectSize;
        else return;
        Report(SlabReportKind.RedZoneOverwritten, (nint)item, $"Red zone overwritten: byte {bad} relative to the object at 0x{(nint)item:x} of {layout.ObjectSize} bytes is 0x{item[bad]:x2} instead of 0x{expected:x2}; somebody wrote past its {(bad < 0 ? "beginning" : "end")} {when}.", mayThrow);
    }

    // The memory is put right by whoever calls: one mistake, one report.
    private void Report(SlabReportKind kind, nint item, string what, bool mayThrow)
        => SlabReports.Tell(new SlabReport(kind, cache.Name, item, $"BUG {cache.Name}: {what}{Describe(item)}"), mayThrow);

    private int FirstBadPoison(byte* item)
    {
        int bad = new ReadOnlySpan<byte>(item, layout.ObjectSize - 1).IndexOfAnyExcept(FreePoison);
        return bad >= 0 ? bad : item[layout.ObjectSize - 1] == PoisonEnd ? -1 : layout.ObjectSize - 1;
    }

    private byte Expected(int offset) => offset == layout.ObjectSize - 1 ? PoisonEnd : FreePoison;

    private Span<byte> Body(byte* item) => new(item, layout.ObjectSize);

    private Span<byte> Left(byte* item) => new(item - layout.RedZone, layout.RedZone);

    private Span<byte> Right(byte* item) => new(item + layout.ObjectSize, layout.LinkOffset - layout.ObjectSize);

    // Our own frames say nothing.
    private static string Stack()
    {
        string[] lines = new StackTrace(2, true).ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('\n', lines.SkipWhile(line => s_ours.Any(name => line.Contains(name, StringComparison.Ordinal))).Select(line => line.TrimEnd()));
    }

    private static readonly string[] s_ours =
    [
        $" {typeof(SlabCache).FullName}.", $" {typeof(KernelHeap).FullName}.", $" {typeof(KernelMemory).FullName}.", $" {typeof(SlabDebugger).FullName}.",
    ];
}
