using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>
/// The families of the kernel's locking self-test, over every kind of lock. A script says what is done: "A B b a" takes A, takes B, releases B, releases A; letters stand for classes, and a digit for
/// another lock of the class; "?B" tries. The parts between bars are done by threads of their own, one after the other, so that nothing really waits.
/// </summary>
public sealed class SelfTestFamilies
{
    private static readonly (string Family, string Script)[] s_orders =
    [
        ("ABBA", "A B b a | B A a b"),
        ("ABBCCA", "A B b a | B C c b | C A a c"),
        ("ABCABC", "A B b a | C A a c | B C c b"),
        ("ABBCCDDA", "A B b a | B C c b | C D d c | D A a d"),
        ("ABCDBDDA", "A B b a | C D d c | B D d b | D A a d"),
        ("ABCDBCDA", "A B b a | C D d c | B C c b | D A a d"),
    ];

    public static TheoryData<string, string, string> Orders
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string kind in LockKinds.All.Keys)
            {
                foreach ((string family, string script) in s_orders) data.Add(family, kind, script);
            }

            return data;
        }
    }

    public static TheoryData<string> Kinds => [.. LockKinds.All.Keys];

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_circle_is_reported_once_where_it_closes(string family, string kind, string script)
    {
        using var watch = new Watch();
        Do(kind, script);
        string message = watch.Only(LockdepReportKind.LockOrderCycle).Message;

        // Both sides: what is taken and held now, and each step of the way back with its places.
        string last = script.Split('|')[^1].Trim();
        Assert.Contains($"\"{last[2]}\"", message, StringComparison.Ordinal);
        Assert.Contains($"\"{last[0]}\"", message, StringComparison.Ordinal);
        int steps = message.Split("was taken at LockKinds.cs").Length - 1;
        Assert.True(steps == (family is "ABBA" ? 1 : family is "ABCDBDDA" ? 2 : script.Split('|').Length - 1), message);
    }

    // Each step alone, and all of them but the last, are in order.
    [Theory]
    [MemberData(nameof(Orders))]
    public void Without_its_last_step_there_is_no_circle(string family, string kind, string script)
    {
        using var watch = new Watch();
        Do(kind, script[..script.LastIndexOf('|')]);
        watch.None();
        Assert.NotEmpty(family);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Found_again_it_is_counted(string family, string kind, string script)
    {
        using var watch = new Watch();
        for (int i = 0; i < 3; i++) Do(kind, script);
        watch.Only(LockdepReportKind.LockOrderCycle);
        Assert.True(Runtime.Lockdep.CountOf(LockdepReportKind.LockOrderCycle) == 3, family);
    }

    // The kernel's AA: two locks of a class, since nowhere is said in which order they are taken.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void AA_two_of_a_class(string kind)
    {
        using var watch = new Watch();
        Do(kind, "A A1 a1 a");
        watch.Only(LockdepReportKind.RecursiveLock);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AA_the_same_lock(string kind)
    {
        using var watch = new Watch();

        // The handler does what a deadlock would: nothing after it is done.
        Runtime.Lockdep.SetHandler(report => throw new DeadlockException(report.Kind));
        IAnyLock taken = LockKinds.All[kind]("A");
        taken.Enter();
        if (LockKinds.IsReentrant(kind))
        {
            taken.Enter();
            taken.Exit();
        }
        else
        {
            Assert.Equal(LockdepReportKind.RecursiveLock, Assert.Throws<DeadlockException>(taken.Enter).Kind);
        }

        taken.Exit();
        Assert.Equal("Thread", Runtime.Lockdep.DescribeHeldLocks()[..6]);
        Assert.EndsWith("holds nothing.\n", Runtime.Lockdep.DescribeHeldLocks(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_merely_tried_closes_no_circle(string kind)
    {
        using var watch = new Watch();
        Do(kind, "A B b a | B ?A a b");
        watch.None();
    }

    // A is tried, so nothing leads to it; but what is waited for while it is held comes after it.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_tried_counts_as_held(string kind)
    {
        using var watch = new Watch();
        Do(kind, "?A B b a | B A a b");
        watch.Only(LockdepReportKind.LockOrderCycle);
    }

    // With B tried in between, C still comes after A.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tried_lock_in_between_hides_nothing(string kind)
    {
        using var watch = new Watch();
        Do(kind, "A ?B C c b a | C A a c");
        watch.Only(LockdepReportKind.LockOrderCycle);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Released_out_of_order_the_rest_stays_in_order(string kind)
    {
        using var watch = new Watch();
        Do(kind, "A B C b D d c a | D C c d");
        watch.Only(LockdepReportKind.LockOrderCycle);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Released_out_of_order_leaves_no_trace_of_what_was_released(string kind)
    {
        using var watch = new Watch();

        // B was never held while C was taken.
        Do(kind, "A B b a | A C a c | C B b c");
        watch.None();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Double_unlock(string kind)
    {
        using var watch = new Watch();
        IAnyLock taken = LockKinds.All[kind]("A");
        taken.Enter();
        taken.Exit();
        Exception? refused = Record.Exception(taken.Exit);
        watch.Only(LockdepReportKind.ReleaseOfFreeLock);
        Assert.True(refused is SynchronizationLockException == kind is not "map", $"{refused}");
    }

    [Fact]
    public void Two_of_a_class_with_an_order_of_their_own_are_subclasses()
    {
        using var watch = new Watch();
        SleepingLock parent = Tree(), child = Tree();
        parent.Enter();
        child.EnterNested(1);
        child.Exit();
        parent.Exit();
        watch.None();

        // The other way round, as seen by their classes.
        parent.EnterNested(1);
        child.Enter();
        child.Exit();
        parent.Exit();
        watch.Only(LockdepReportKind.LockOrderCycle);

        static SleepingLock Tree() => new("tree");
    }

    [Fact]
    public void Rw_semaphore_reads_of_one_thread_may_wait_for_a_writer_between_them()
    {
        using var watch = new Watch();
        var semaphore = new RwSemaphore();
        semaphore.EnterRead();
        semaphore.EnterRead();
        semaphore.ExitRead();
        semaphore.ExitRead();
        watch.Only(LockdepReportKind.RecursiveLock);
    }

    // A write in one place and a read in the other make a circle as two writes do: whoever reads may wait behind a writer.
    [Theory]
    [InlineData("rwsem read", "rwsem write")]
    [InlineData("rwsem write", "rwsem read")]
    [InlineData("rwsem read", "Monitor")]
    [InlineData("sleeping", "local")]
    [InlineData("raw", "SpinLock")]
    public void Circles_of_two_kinds(string first, string second)
    {
        using var watch = new Watch();
        IAnyLock a = LockKinds.All[first]("A"), b = LockKinds.All[second]("B");
        a.Enter();
        b.Enter();
        b.Exit();
        a.Exit();
        b.Enter();
        a.Enter();
        a.Exit();
        b.Exit();
        watch.Only(LockdepReportKind.LockOrderCycle);
    }

    [Fact]
    public void A_read_section_nests_and_has_no_order()
    {
        using var watch = new Watch();
        var spin = new SleepingLock("A");
        Runtime.Lockdep.BeginRead(LockTraits.Reader, "", 0);
        spin.Enter();
        Runtime.Lockdep.BeginRead(LockTraits.Reader, "", 0);
        spin.Exit();
        Runtime.Lockdep.EndRead(LockTraits.Reader);
        Runtime.Lockdep.EndRead(LockTraits.Reader);
        watch.None();
        Runtime.Lockdep.EndRead(LockTraits.Reader);
        watch.Only(LockdepReportKind.ReleaseOfFreeLock);
    }

    [Fact]
    public void What_interrupts_has_no_order_with_what_it_interrupts()
    {
        using var watch = new Watch();
        IAnyLock a = LockKinds.All["raw"]("A"), b = LockKinds.All["raw"]("B");
        Nest(a, b);
        b.Enter();
        using (Runtime.Lockdep.EnterContext(LockdepContext.HardIrq))
        {
            a.Enter();
            a.Exit();
        }

        b.Exit();
        watch.None();
        Nest(b, a);
        watch.Only(LockdepReportKind.LockOrderCycle);

        static void Nest(IAnyLock outer, IAnyLock inner)
        {
            outer.Enter();
            inner.Enter();
            inner.Exit();
            outer.Exit();
        }
    }

    private static void Do(string kind, string script)
    {
        var locks = new Dictionary<string, IAnyLock>();
        foreach (string part in script.Split('|'))
        {
            Exception? failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    foreach (string step in part.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        string name = step.TrimStart('?').ToUpperInvariant();
                        if (!locks.TryGetValue(name, out IAnyLock? taken)) locks[name] = taken = LockKinds.All[kind](name[..1]);
                        if (char.IsLower(step[0])) taken.Exit();
                        else if (step[0] == '?') Assert.True(taken.TryEnter());
                        else taken.Enter();
                    }
                }
#pragma warning disable CA1031 // on its way to the test's own thread
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    failure = exception;
                }
            });
            thread.Start();
            thread.Join();
            Assert.Null(failure);
        }
    }
}

/// <summary>Thrown in place of a deadlock.</summary>
public sealed class DeadlockException(LockdepReportKind kind) : Exception
{
    public LockdepReportKind Kind { get; } = kind;
}
