using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Runtime;

namespace LockContext.Lockdep.Tests.Agreement;

/// <summary>Runs a program on real locks, and notes for each statement what the validator finds, in the ids of the analyzer.</summary>
internal sealed class Validator(Program program)
{
    private readonly IAnyLock[] _locks = [.. program.Locks.Select((kind, index) => Make(kind, $"{index}"))];
    private readonly List<string> _found = [];

    /// <summary>The ids found at each statement of each member. Orders are those that the members make together.</summary>
    internal static Dictionary<(int Body, int Statement), string[]> Run(Program program)
    {
        using var watch = new Watch();
        return new Validator(program).Run();
    }

    private Dictionary<(int Body, int Statement), string[]> Run()
    {
        var findings = new Dictionary<(int, int), string[]>();
        Runtime.Lockdep.SetHandler(report =>
        {
            _found.Add(IdOf(report.Kind));

            // In place of the deadlock, or of the exception: the statement is not done.
            if (report.Kind is LockdepReportKind.RecursiveLock or LockdepReportKind.ReleaseOfFreeLock) throw new DeadlockException(report.Kind);
        });
        for (int b = 0; b < program.Bodies.Count; b++)
        {
            Body body = program.Bodies[b];
            if (body.Context is { } context) Runtime.Lockdep.BeginContext(context);
            for (int s = 0; s < body.Statements.Count; s++)
            {
                _found.Clear();

                // Each statement is asked about anew: which of the same findings is reported is a matter of each side.
                LockdepReporter.Clear();
                try
                {
                    Do(body.Statements[s]);
                }
                catch (DeadlockException)
                {
                }

                if (_found.Count > 0) findings[(b, s)] = [.. _found.Distinct()];
            }

            if (body.Context is { } left) Runtime.Lockdep.EndContext(left);
            if (HeldLocks.Current.Depth != 0) throw new InvalidOperationException($"seed {program.Seed}: a generated member leaves something held:\n{Runtime.Lockdep.DescribeHeldLocks()}");
        }

        return findings;
    }

    private void Do(Statement statement)
    {
        switch (statement.Verb)
        {
            case Verb.Enter: _locks[statement.Lock].Enter(); break;
            case Verb.Try when !_locks[statement.Lock].TryEnter(): throw new InvalidOperationException($"seed {program.Seed}: a try of a free lock has failed");
            case Verb.Exit: _locks[statement.Lock].Exit(); break;
            case Verb.BeginRead: Runtime.Lockdep.BeginRead(LockTraits.Reader, "", 0); break;
            case Verb.EndRead: Runtime.Lockdep.EndRead(LockTraits.Reader); break;
            case Verb.BeginAtomic: AtomicSection.Enter(); break;
            case Verb.EndAtomic: AtomicSection.Exit(); break;
            case Verb.Sleep: Runtime.Lockdep.AssertMaySleep($"Sleep{statement.Number}"); break;
            case Verb.GracePeriod: Runtime.Lockdep.MightWaitForGracePeriod("Synchronize"); break;
            case Verb.Alloc: Runtime.Lockdep.MightAlloc(statement.Flags); break;
            case Verb.Free: Runtime.Lockdep.MightFree("FreePages"); break;
        }
    }

    // Which id a wait gets depends on the strictest context: raw, a read section, or another limit.
    private static string IdOf(LockdepReportKind kind)
    {
        HeldLocks held = HeldLocks.Current;
        bool raw = WaitLimit.IsRawAtomic(held.Limit);
        string elsewhere = LockTraits.Kind(Strictest(held)) == LockKind.ReadSection ? "LCX1004" : "LCX1011";
        return kind switch
        {
            LockdepReportKind.InvalidWaitContext => raw ? "LCX1002" : elsewhere,
            LockdepReportKind.SchedulingWhileAtomic => raw ? "LCX1001" : elsewhere,
            LockdepReportKind.AllocationInInvalidContext => raw ? "LCX1003" : elsewhere,
            LockdepReportKind.InvalidGracePeriodWait => "LCX1005",
            LockdepReportKind.ReclaimInNoReclaim => "LCX1006",
            LockdepReportKind.ReservesInNoReclaim => "LCX1007",
            LockdepReportKind.ReleaseOfFreeLock => "LCX2002",
            LockdepReportKind.RecursiveLock => "LCX2003",
            LockdepReportKind.LockOrderCycle => "LCX2005",
            _ => kind.ToString(),
        };
    }

    // The strictest, and of equals the one entered last.
    private static uint Strictest(HeldLocks held)
    {
        uint strictest = 0;
        foreach (HeldLock row in held.Rows)
        {
            if (LockTraits.Inner(row.Traits) == held.Limit) strictest = row.Traits;
        }

        return strictest;
    }

    private static IAnyLock Make(Kind kind, string name) => LockKinds.All[kind switch
    {
        Kind.Raw => "raw",
        Kind.Sleeping => "sleeping",
        Kind.Local => "local",
        Kind.ReadWrite => "rwsem write",
        Kind.Monitor => "Monitor",
        _ => "SpinLock",
    }](name);
}
