using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// One broken context, chosen from all that the walk has recorded: for each call the strictest context and the weightiest cause, and each cause once a section. The rules
/// 1001 to 1004 and 1011 divide these among them.
/// </summary>
internal sealed record ContextReport(Location At, Effect Effect, ContextEntry Context, ImmutableArray<EffectSite> Path, Breach Breach = Breach.Wait, bool WaitsForItself = false, bool Assumed = false)
{
    private const int MaxFrames = 6;

    public EffectSite Cause => Path[Path.Length - 1];

    public bool InRawContext => Breach == Breach.Wait && Context.Limits.IsRawAtomic && !IsAboutGracePeriods;

    /// <summary>Reported by the rules about grace periods, 1005 and 5001, whatever the context.</summary>
    public bool IsAboutGracePeriods => WaitsForItself || Effect.Kind == EffectKind.DeferredFree;

    /// <summary>What keeps somebody waiting, or may.</summary>
    public static IEnumerable<ContextReport> Of(Member member) => member.Broken.Where(r => Class(r.Effect.Kind) == 0);

    /// <summary>Managed allocations, where nothing worse is to be said of the call.</summary>
    public static IEnumerable<ContextReport> OfManagedAllocations(Member member) => member.Broken.Where(r => r.Effect.Kind == EffectKind.ManagedAllocation);

    /// <summary>Code that others have registered, run under a raw lock.</summary>
    public static IEnumerable<ContextReport> OfForeignCode(Member member) => member.Broken.Where(r => r.Effect.Kind == EffectKind.ForeignCode && r.Context.IsLock && r.InRawContext);

    /// <summary>Other calls that nothing is known of.</summary>
    public static IEnumerable<ContextReport> OfUnknownCalls(Member member) =>
        member.Broken.Where(r => r.Effect.Kind == EffectKind.Unknown || (r.Effect.Kind == EffectKind.ForeignCode && !(r.Context.IsLock && r.InRawContext)));

    /// <summary>All of them, made anew; see <see cref="Member.Broken"/>.</summary>
    public static IEnumerable<ContextReport> All(Member member)
    {
        var reported = new HashSet<(Location?, (object, Term?))>();
        foreach (var call in member.Findings.Violations.GroupBy(v => v.Operation.Syntax).OrderBy(g => g.Key.SpanStart).ThenByDescending(g => g.Key.Span.Length))
        {
            var best = call.Select(v => (Violation: v, Path: CausePaths.From(v.Site, member.Solver)))
                .OrderBy(v => v.Violation.WaitsForItself ? 0 : 1)
                .ThenBy(v => Class(v.Violation.Effect.Kind))
                .ThenBy(v => v.Violation.Breach)
                .ThenBy(v => v.Violation.Context.Limits.Limit)
                .ThenByDescending(v => v.Violation.Context.Order)
                .ThenBy(v => Weight(v.Violation.Effect.Kind))
                .ThenBy(v => v.Path.Length)
                .ThenBy(v => v.Path[v.Path.Length - 1].At, LocationOrder.Instance)
                .ThenBy(v => v.Path[v.Path.Length - 1].Name, System.StringComparer.Ordinal)
                .First();
            var path = Inside(call.Key, best.Path);
            if (reported.Add((best.Violation.Context.EnteredAt, CauseKey(best.Violation.Effect, path))))
                yield return new ContextReport(path[0].At, best.Violation.Effect, best.Violation.Context, path, best.Violation.Breach, best.Violation.WaitsForItself, best.Violation.Assumed);
        }
    }

    /// <summary>
    /// What makes two causes the same: the place of the innermost one, or, where calls reach it directly, what they call. Each allocation and free
    /// is a cause of its own, for each has to be repaired by itself.
    /// </summary>
    private static (object, Term?) CauseKey(Effect effect, ImmutableArray<EffectSite> path)
    {
        var cause = path[path.Length - 1];
        return path.Length > 1 || effect.Kind is EffectKind.Allocation or EffectKind.Free or EffectKind.ManagedAllocation ? (cause.At, null) : (cause.Name, effect.Lock);
    }

    /// <summary>Whoever has a wait to repair is not told of the memory that the same call takes.</summary>
    private static int Class(EffectKind kind) => kind switch
    {
        EffectKind.ManagedAllocation => 1,
        EffectKind.Unknown => 2,
        EffectKind.ForeignCode => 3,
        _ => 0,
    };

    private static int Weight(EffectKind kind) => kind switch
    {
        EffectKind.GracePeriodWait => 0,
        EffectKind.DeferredFree => 1,
        EffectKind.Sleep or EffectKind.Lock => 2,
        _ => 3,
    };

    /// <summary>The offending call of a lambda written in place is reported itself, not the call that the lambda is passed to.</summary>
    private static ImmutableArray<EffectSite> Inside(SyntaxNode call, ImmutableArray<EffectSite> path)
    {
        for (var i = path.Length - 1; i > 0; i--)
        {
            if (path[i].At.SourceTree == call.SyntaxTree && call.Span.Contains(path[i].At.SourceSpan) && path[i].At.SourceSpan != call.Span)
                return path.RemoveRange(0, i);
        }

        return path;
    }

    public Diagnostic Create(DiagnosticDescriptor descriptor)
    {
        var places = new List<Location>();
        if (Context.EnteredAt is { } entered)
            places.Add(entered);
        places.AddRange(Path.Skip(1).Select(s => s.At));
        var properties = Promotion.Properties(Context.ByShape)
            .Add("Cause", Cause.Name)
            .Add("Kind", Effect.Kind.ToString())
            .Add("Allocation", Cause.Allocated?.Kind.ToString())
            .Add("Context", Context.IsLock ? "Lock" : "Attribute");
        return Diagnostic.Create(descriptor, At, places, properties, Cause.Name, Where(Context), Path.Length == 1 ? "" : ": " + PathText(Path), NextStep(), What());
    }

    /// <summary>Where something happens, by what restricts it there.</summary>
    public static string Where(ContextEntry context) => context.IsLock
        ? $"while {(context.EnteredAt is { } at ? context.ByShape ? $"{context.Display.TrimEnd(')')}, taken at line {Line(at)})" : $"{context.Display} (taken at line {Line(at)})" : context.Display)} is held"
        : $"in {context.Display}";

    /// <summary>A path as a report writes it, at most six frames long; the whole of it is in the additional locations.</summary>
    public static string PathText(ImmutableArray<EffectSite> path)
    {
        var names = path.Select(s => s.Name).ToList();
        if (names.Count > MaxFrames)
            names = names.Take(3).Append("...").Concat(names.Skip(names.Count - 2)).ToList();
        return string.Join(" -> ", names);
    }

    private string What() => Effect.Kind switch
    {
        EffectKind.ManagedAllocation => "allocates " + Cause.Allocated?.What,
        EffectKind.Unknown or EffectKind.ForeignCode => $"may do anything ({Cause.Why})",
        EffectKind.Allocation when Assumed => Breach == Breach.Reclaim ? "may reclaim memory, for its flags are not known,"
            : Breach == Breach.Reserves ? "may take from the emergency reserves, for its flags are not known,"
            : Effect.Needs == WaitClass.Sleep ? "may reclaim memory and sleep, for its flags are not known,"
            : "may take the allocator's lock, for its flags are not known,",
        EffectKind.Allocation when Breach == Breach.Reclaim => "can reclaim memory",
        EffectKind.Allocation when Breach == Breach.Reserves => "may take from the emergency reserves",
        EffectKind.Allocation when Breach == Breach.Speculation => "without " + Quoted(Missing, " and "),
        EffectKind.Allocation when Effect.Needs == WaitClass.Sleep => "can reclaim memory and sleep",
        EffectKind.Allocation => "takes the allocator's lock when the list of its CPU is empty",
        EffectKind.Free => "takes the allocator's lock",
        EffectKind.Lock => "can block",
        EffectKind.GracePeriodWait => "waits for all readers",
        EffectKind.DeferredFree when WaitsForItself => "may wait for all readers",
        _ => "can sleep",
    };

    private string NextStep()
    {
        var release = Context.ReleasedBy ?? "the release";
        if (Assumed)
            return Context.IsLock ? "test the flags before, or allocate before taking the lock" : "test the flags before, or clear what is not allowed here";
        if (Effect.FlagsType is { } type)
        {
            switch (Breach)
            {
                case Breach.Reclaim:
                    return $"allocate without '{type.Name(AllocationBehavior.DirectReclaim)}' and with a way to fail, or reclaim after leaving";
                case Breach.Reserves when type.Has(Effect.Flags, AllocationBehavior.Reserve):
                    return $"allocate without '{type.Name(AllocationBehavior.Reserve)}'";
                case Breach.Reserves:
                    return $"add '{type.Name(AllocationBehavior.NoReserves)}' to its flags";
                case Breach.Speculation:
                    return (type.Knows(AllocationBehavior.BackgroundReclaim) && type.Lacks(Effect.Flags, AllocationBehavior.BackgroundReclaim) ? "nobody would refill the lists" :
                        type.Knows(AllocationBehavior.NoReserves) && type.Lacks(Effect.Flags, AllocationBehavior.NoReserves) ? "a caller's scope could open the reserves" : "each failure would be logged")
                        + $"; add {Quoted(Missing, " | ")} to its flags";
            }
        }

        return (Effect.Kind, Context.IsLock) switch
        {
            (EffectKind.ForeignCode, true) => $"run it after {release}, or declare what it promises",
            (EffectKind.Unknown or EffectKind.ForeignCode, _) => "declare what it promises, such as [RawAtomic] or [Sleepable]",
            (EffectKind.ManagedAllocation, _) => InsteadOfManaged(Cause.Allocated?.Kind),
            (EffectKind.Allocation, true) => "allocate before taking the lock, or with no-locks flags and a way to fail",
            (EffectKind.Allocation, false) => "allocate with no-locks flags and a way to fail",
            (EffectKind.DeferredFree, _) => $"use {(Cause.Instead is { } instead ? $"'{instead}'" : "the form with a head")}, which notes the object in a head inside it and never waits",
            (EffectKind.GracePeriodWait, false) when WaitsForItself => "defer what comes after the wait, or hand it to a thread that may wait",
            (EffectKind.Free, true) => $"free after {release}, or use {Cause.Instead ?? "the no-locks free"}",
            (EffectKind.Free, false) => $"use {Cause.Instead ?? "the no-locks free, or free later"}",
            (_, true) => $"move it after {release}",
            _ => "move it out of here",
        };
    }

    private static string InsteadOfManaged(ManagedAllocationKind? kind) => kind switch
    {
        ManagedAllocationKind.Array => "make it before and keep it, or use stackalloc",
        ManagedAllocationKind.ParamsArray => "pass a fixed number of arguments, or a span",
        ManagedAllocationKind.Boxing => "keep the value in its own type, with a generic method or an overload for it",
        ManagedAllocationKind.Closure => "pass what it needs as an argument to a static lambda",
        ManagedAllocationKind.Delegate => "make it once and keep it in a field",
        ManagedAllocationKind.String => "write into a span, or make the text elsewhere",
        ManagedAllocationKind.Iterator or ManagedAllocationKind.Enumerator => "use an index, or an enumerator that is a struct",
        ManagedAllocationKind.Copy => "work on it in place, or on a span of it",
        _ => "make it before and keep it, or use a struct",
    };

    private IEnumerable<string> Missing => Effect.FlagsType!.MissingForSpeculation(Effect.Flags).Select(Effect.FlagsType.Name);

    private static string Quoted(IEnumerable<string> names, string separator) => "'" + string.Join($"'{separator}'", names) + "'";

    public static int Line(Location location) => location.GetLineSpan().StartLinePosition.Line + 1;
}
