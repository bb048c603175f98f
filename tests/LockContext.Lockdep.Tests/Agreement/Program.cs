using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using LockContext.Runtime;

namespace LockContext.Lockdep.Tests.Agreement;

/// <summary>What a statement does.</summary>
internal enum Verb
{
    Enter,
    Try,
    Exit,
    BeginRead,
    EndRead,
    BeginAtomic,
    EndAtomic,
    Sleep,
    GracePeriod,
    Alloc,
    Free,
}

/// <summary>The kinds of locks that programs have.</summary>
internal enum Kind
{
    Raw,
    Sleeping,
    Local,
    ReadWrite,
    Monitor,
    Spin,
}

/// <summary>One statement.</summary>
/// <param name="Verb">What it does.</param>
/// <param name="Lock">To which lock.</param>
/// <param name="Flags">With which flags.</param>
/// <param name="Number">With which number: a name for what sleeps.</param>
internal readonly record struct Statement(Verb Verb, int Lock = 0, GfpFlags Flags = GfpFlags.None, int Number = 0);

/// <summary>A member: the context that it says it is in, and what it does, one after the other.</summary>
internal sealed record Body(LockdepContext? Context, IReadOnlyList<Statement> Statements);

/// <summary>A program without branches: locks, and members that are run one after the other, as C# for the analyzer and as steps for the validator.</summary>
internal sealed record Program(int Seed, IReadOnlyList<Kind> Locks, IReadOnlyList<Body> Bodies)
{
    internal const string Declarations = """
        using LockContext;
        using LockContext.Runtime;

        [ReadSection]
        internal static class Reader { [Acquires] public static void Begin() { } [Releases] public static void End() { } }

        internal static class Work
        {
            [WaitsForGracePeriod] public static void Synchronize() { }
            [Sleepable] public static void Sleep0() { }
            [Sleepable] public static void Sleep1() { }
            [Sleepable] public static void Sleep2() { }
            [Sleepable] public static void Sleep3() { }
        }
        """;

    internal const int Sleepers = 4;

    private static readonly GfpFlags[] s_flags = [GfpFlags.NoLocks, GfpFlags.None, GfpFlags.NoWait, GfpFlags.Atomic, GfpFlags.Kernel, GfpFlags.NoFs, GfpFlags.NoWait | GfpFlags.MemAlloc, GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn];

    internal static Kind[] AllKinds { get; } = Enum.GetValues<Kind>();

    private string Name => $"P{(uint)Seed}";

    /// <summary>Anything may follow anything, as long as it is well formed: what is released has been taken before in the same member. Now and then it has been released already, or is taken again.</summary>
    internal static Program Mixed(int seed)
    {
        var random = new Random(seed);
        Kind[] locks = [.. AllKinds.Concat(AllKinds.OrderBy(_ => random.Next()).Take(2))];
        return new Program(seed, locks, [.. Enumerable.Range(0, 2).Select(_ => MixedBody(random, locks))]);
    }

    /// <summary>Members that take two locks each, one in the other. Some make circles.</summary>
    internal static Program Orders(int seed)
    {
        var random = new Random(seed);

        // Kinds that may be taken in either order: the same, so that nothing but the order can be wrong.
        Kind kind = AllKinds[random.Next(AllKinds.Length)];
        int count = 2 + random.Next(4);
        var locks = Enumerable.Repeat(kind, count).ToArray();
        var bodies = new List<Body>();
        for (int i = 0; i < 2 + random.Next(6); i++)
        {
            int first = random.Next(count), second = (first + 1 + random.Next(count - 1)) % count;
            var outer = new Statement(random.Next(4) == 0 ? Verb.Try : Verb.Enter, first);
            var inner = new Statement(random.Next(6) == 0 ? Verb.Try : Verb.Enter, second);
            Statement[] exits = [new(Verb.Exit, second), new(Verb.Exit, first)];
            bodies.Add(new Body(null, [outer, inner, .. exits]));
        }

        return new Program(seed, locks, bodies);
    }

    /// <summary>The C# text. Each statement is on a line of its own.</summary>
    /// <param name="text">Where it is written to.</param>
    /// <param name="line">The number of the next line there.</param>
    /// <param name="places">Filled with the line of each statement.</param>
    internal void Print(StringBuilder text, ref int line, Dictionary<int, (Program, int Body, int Statement)> places)
    {
        Line($"internal sealed unsafe class {Name}", ref line);
        Line("{", ref line);
        for (int i = 0; i < Locks.Count; i++) Line($"    private {Declare(Locks[i]).Replace("@", $"{i}", StringComparison.Ordinal)} _l{i}{(Locks[i] == Kind.Raw ? "" : " = new()")};", ref line);
        for (int b = 0; b < Bodies.Count; b++)
        {
            Body body = Bodies[b];
            Line($"    {Attribute(body.Context)} public void M{b}()", ref line);
            Line("    {", ref line);
            int open = 0;
            for (int s = 0; s < body.Statements.Count; s++)
            {
                Statement statement = body.Statements[s];
                places[line] = (this, b, s);

                // A try is followed by everything else, under the condition that it has succeeded.
                Line($"        {Print(statement)}", ref line);
                if (statement.Verb == Verb.Try) open++;
            }

            for (; open > 0; open--) Line("        }", ref line);
            Line("    }", ref line);
        }

        Line("}", ref line);

        void Line(string content, ref int at)
        {
            text.Append(content).Append('\n');
            at++;
        }
    }

    private static Body MixedBody(Random random, Kind[] locks)
    {
        LockdepContext?[] contexts = [null, null, LockdepContext.RawAtomic, LockdepContext.ThreadedIrq, LockdepContext.NoReclaim];
        LockdepContext? context = contexts[random.Next(contexts.Length)];
        var statements = new List<Statement>();
        var held = new List<int>();
        var released = new HashSet<int>();
        int readers = 0, atomics = 0;
        int length = 4 + random.Next(12);
        while (statements.Count < length)
        {
            int which = random.Next(locks.Length);
            switch (random.Next(14))
            {
                case <= 3 when !held.Contains(which) && held.Count < 4:
                    statements.Add(new Statement(random.Next(4) == 0 ? Verb.Try : Verb.Enter, which));
                    held.Add(which);
                    released.Remove(which);
                    break;
                case 4 when held.Contains(which) && locks[which] is not (Kind.Monitor or Kind.Local or Kind.ReadWrite):
                    statements.Add(new Statement(Verb.Enter, which));
                    break;
                case 5 or 6 when held.Count > 0:
                    which = held[random.Next(3) == 0 ? random.Next(held.Count) : ^1];
                    statements.Add(new Statement(Verb.Exit, which));
                    held.Remove(which);
                    released.Add(which);
                    break;
                case 7 when released.Contains(which) && random.Next(3) == 0:
                    statements.Add(new Statement(Verb.Exit, which));
                    released.Remove(which);
                    break;
                case 8:
                    statements.Add(readers < 2 && random.Next(2) == 0 ? new Statement(Verb.BeginRead) : new Statement(Verb.Sleep, Number: random.Next(Sleepers)));
                    if (statements[^1].Verb == Verb.BeginRead) readers++;
                    break;
                case 9 when readers > 0:
                    statements.Add(new Statement(Verb.EndRead));
                    readers--;
                    break;
                case 10:
                    statements.Add(atomics == 0 && random.Next(3) == 0 ? new Statement(Verb.BeginAtomic) : atomics > 0 ? new Statement(Verb.EndAtomic) : new Statement(Verb.GracePeriod));
                    atomics += statements[^1].Verb switch { Verb.BeginAtomic => 1, Verb.EndAtomic => -1, _ => 0 };
                    break;
                case 11:
                    statements.Add(new Statement(Verb.Sleep, Number: random.Next(Sleepers)));
                    break;
                case 12:
                    statements.Add(new Statement(Verb.Alloc, Flags: s_flags[random.Next(s_flags.Length)]));
                    break;
                case 13 when random.Next(2) == 0:
                    statements.Add(new Statement(Verb.Free));
                    break;
            }
        }

        foreach (int which in held.OrderBy(_ => random.Next())) statements.Add(new Statement(Verb.Exit, which));
        for (; readers > 0; readers--) statements.Add(new Statement(Verb.EndRead));
        for (; atomics > 0; atomics--) statements.Add(new Statement(Verb.EndAtomic));
        return new Body(context, statements);
    }

    private string Print(Statement statement) => statement.Verb switch
    {
        Verb.Enter => Locks[statement.Lock] switch
        {
            Kind.Local => $"_slot{statement.Lock} = _l{statement.Lock}.Enter();",
            Kind.ReadWrite => $"_l{statement.Lock}.EnterWrite();",
            _ => $"_l{statement.Lock}.Enter();",
        },
        Verb.Try => Locks[statement.Lock] switch
        {
            Kind.Local => $"if (_l{statement.Lock}.TryEnter(out _slot{statement.Lock})) {{",
            Kind.ReadWrite => $"if (_l{statement.Lock}.TryEnterWrite()) {{",
            _ => $"if (_l{statement.Lock}.TryEnter()) {{",
        },
        Verb.Exit => Locks[statement.Lock] switch
        {
            Kind.Local => $"_l{statement.Lock}.Exit(_slot{statement.Lock});",
            Kind.ReadWrite => $"_l{statement.Lock}.ExitWrite();",
            _ => $"_l{statement.Lock}.Exit();",
        },
        Verb.BeginRead => "Reader.Begin();",
        Verb.EndRead => "Reader.End();",
        Verb.BeginAtomic => "AtomicSection.Enter();",
        Verb.EndAtomic => "AtomicSection.Exit();",
        Verb.Sleep => $"Work.Sleep{statement.Number}();",
        Verb.GracePeriod => "Work.Synchronize();",
        Verb.Alloc => $"PageAllocator.Shared.AllocPages((GfpFlags){(uint)statement.Flags}, 0);",
        _ => "PageAllocator.Shared.FreePages(null, 0);",
    };

    private static string Declare(Kind kind) => kind switch
    {
        Kind.Raw => "RawSpinLock",
        Kind.Sleeping => "readonly SleepingLock",
        Kind.Local => "int _slot@; private readonly LocalLock",
        Kind.ReadWrite => "readonly RwSemaphore",
        Kind.Monitor => "readonly WatchedMonitor",
        _ => "readonly WatchedSpinLock",
    };

    private static string Attribute(LockdepContext? context) => context switch
    {
        LockdepContext.RawAtomic => "[RawAtomic]",
        LockdepContext.ThreadedIrq => "[ContextLimit(WaitClass.Config)]",
        LockdepContext.NoReclaim => "[NoReclaim]",
        _ => "",
    };
}
