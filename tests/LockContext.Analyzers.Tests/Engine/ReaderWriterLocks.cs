using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>
/// Locks written by hand with a side for readers and one for a writer. No shape tells such a word from a counter, so they are silent until they are declared; then both sides are
/// followed like any lock. Words as in Garnet (a negative number for the writer) and as in many others (a bit for the writer, readers count above it).
/// </summary>
public class ReaderWriterLocks
{
    private const string Negative = """
        public struct RW
        {
            private int _lock;
            public bool IsWriteLocked => _lock < 0;
            [Acquires(Try = true)] public bool TryWriteLock() => Interlocked.CompareExchange(ref _lock, int.MinValue, 0) == 0;
            [Acquires] public void WriteLock() { while (!TryWriteLock()) Thread.Yield(); }
            [Releases] public void WriteUnlock() { Debug.Assert(_lock < 0); while (Interlocked.CompareExchange(ref _lock, 0, int.MinValue) != int.MinValue) Thread.Yield(); }
            [Acquires(Try = true, Shared = true)] public bool TryReadLock()
            {
                if (_lock >= 0)
                {
                    if (Interlocked.Increment(ref _lock) > 0)
                        return true;
                    Interlocked.Decrement(ref _lock);
                }

                return false;
            }
            [Acquires(Shared = true)] public void ReadLock() { while (!TryReadLock()) Thread.Yield(); }
            [Releases] public void ReadUnlock() { Debug.Assert(_lock > 0); Interlocked.Decrement(ref _lock); }
            public bool TryUpgrade() => Interlocked.CompareExchange(ref _lock, int.MinValue, 1) == 1;
        }
        """;

    private const string Bit = """
        public struct RW
        {
            private const int Writer = 1, Reader = 2;
            private int _word;
            [Acquires(Try = true)] public bool TryWriteLock() => _word == 0 && Interlocked.CompareExchange(ref _word, Writer, 0) == 0;
            [Acquires] public void WriteLock()
            {
                var wait = new SpinWait();
                while ((_word & ~0) != 0 || Interlocked.CompareExchange(ref _word, Writer, 0) != 0)
                    wait.SpinOnce();
            }
            [Releases] public void WriteUnlock() => Interlocked.And(ref _word, ~Writer);
            [Acquires(Try = true, Shared = true)] public bool TryReadLock()
            {
                int seen = Volatile.Read(ref _word);
                return (seen & Writer) == 0 && Interlocked.CompareExchange(ref _word, seen + Reader, seen) == seen;
            }
            [Acquires(Shared = true)] public void ReadLock()
            {
                var wait = new SpinWait();
                for (;;)
                {
                    int seen = _word;
                    if ((seen & Writer) == 0 && Interlocked.CompareExchange(ref _word, seen + Reader, seen) == seen)
                        return;
                    wait.SpinOnce();
                }
            }
            [Releases] public void ReadUnlock() => Interlocked.Add(ref _word, -Reader);
            public bool TryUpgrade() => Interlocked.CompareExchange(ref _word, Writer, Reader) == Reader;
        }
        """;

    public static TheoryData<string, string> Each(params string[] statements)
    {
        var each = new TheoryData<string, string>();
        foreach (string statement in statements)
        {
            each.Add(Negative, statement);
            each.Add(Bit, statement);
        }

        return each;
    }

    public static TheoryData<string, string> Undeclared => Each("_rw.ReadLock(); Thread.Sleep(1); _rw.ReadUnlock();", "_rw.WriteLock(); Thread.Sleep(1); _rw.WriteUnlock();", "_rw.WriteLock(); await Task.Yield(); _rw.WriteUnlock();");

    /// <summary>Whether such a word is a lock or a count of users cannot be seen.</summary>
    [Theory, MemberData(nameof(Undeclared))]
    public Task Silent_until_they_are_declared(string type, string statements) => Spec.Code(
        System.Text.RegularExpressions.Regex.Replace(type, @"\[(Acquires|Releases)[^\]]*\] ", "") + "class C { RW _rw; async Task M() { " + statements + " } }");

    public static TheoryData<string, string> Silences => Each(
        "_rw.ReadLock(); try { _n++; } finally { _rw.ReadUnlock(); } await Task.Yield();",
        "if (_rw.TryWriteLock()) { _n++; _rw.WriteUnlock(); } await Task.Yield();",
        "if (!_rw.TryReadLock()) { await Task.Yield(); return; } _n++; _rw.ReadUnlock();",
        "_rw.ReadLock(); if (_rw.TryUpgrade()) { _n++; _rw.WriteUnlock(); } else _rw.ReadUnlock(); await Task.Yield();",
        "_rw.ReadLock(); _rw.ReadLock(); _rw.ReadUnlock(); _rw.ReadUnlock(); await Task.Yield();",
        "_rw.ReadLock(); Read(); _rw.ReadUnlock(); await Task.Yield();",
        "_rw.ReadLock(); if (_rw.TryReadLock()) _rw.ReadUnlock(); _rw.ReadUnlock(); await Task.Yield();",
        "_rw.ReadLock(); _rw2.WriteLock(); _rw2.WriteUnlock(); _rw.ReadUnlock(); await Task.Yield();");

    [Theory, MemberData(nameof(Silences))]
    public Task Used_well(string type, string statements) => Declared(type, statements);

    public static TheoryData<string, string> Findings => Each(
        "_rw.ReadLock(); {|LCX1008:await Task.Yield()|}; _rw.ReadUnlock();",
        "if (_rw.TryReadLock()) { {|LCX1008:await Task.Yield()|}; _rw.ReadUnlock(); }",
        "_rw.WriteLock(); {|LCX1008:await Task.Yield()|}; _rw.WriteUnlock();",
        "if (_rw.TryWriteLock()) { {|LCX1001:Thread.Sleep(1)|}; _rw.WriteUnlock(); } Thread.Sleep(1); await Task.Yield();",
        "_rw.ReadLock(); lock ({|LCX1002:this|}) _n++; _rw.ReadUnlock(); await Task.Yield();",
        "{|LCX2001:_rw.ReadLock()|}; if (_n > 0) return; _rw.ReadUnlock(); await Task.Yield();",
        "_rw.WriteLock(); _rw.WriteUnlock(); {|LCX2002:_rw.WriteUnlock()|}; await Task.Yield();",
        "_rw.ReadLock(); _rw.ReadLock(); _rw.ReadUnlock(); _rw.ReadUnlock(); {|LCX2002:_rw.ReadUnlock()|}; await Task.Yield();",
        "_rw.WriteLock(); {|LCX2003:_rw.WriteLock()|}; _rw.WriteUnlock(); await Task.Yield();",
        "_rw.ReadLock(); {|LCX2003:_rw.WriteLock()|}; _rw.ReadUnlock(); await Task.Yield();",
        "_rw.WriteLock(); {|LCX2003:_rw.ReadLock()|}; _rw.WriteUnlock(); await Task.Yield();",
        "_rw.WriteLock(); {|LCX2003:Read()|}; _rw.WriteUnlock(); await Task.Yield();",
        "_rw.ReadLock(); {|LCX2003:Write()|}; _rw.ReadUnlock(); await Task.Yield();",
        "var copy = {|LCX2004:_rw|}; copy.ReadLock(); copy.ReadUnlock(); await Task.Yield();");

    [Theory, MemberData(nameof(Findings))]
    public Task Used_badly(string type, string statements) => Declared(type, statements);

    public static TheoryData<string, string> Orders => Each("_rw.ReadLock(); _rw2.WriteLock(); _rw2.WriteUnlock(); _rw.ReadUnlock(); await Task.Yield(); } void N() { _rw2.ReadLock(); {|LCX2005:_rw.WriteLock()|}; _rw.WriteUnlock(); _rw2.ReadUnlock();");

    [Theory, MemberData(nameof(Orders))]
    public Task In_two_orders(string type, string statements) => Declared(type, statements);

    /// <summary>A lock that lets no reader in behind a waiting writer has no <c>Shared</c>: reading again may wait for ever.</summary>
    [Fact]
    public Task Without_the_word_reading_again_is_reported() => Declared(Negative.Replace(", Shared = true", "").Replace("(Shared = true)", ""), "_rw.ReadLock(); {|LCX2003:_rw.ReadLock()|}; _rw.ReadUnlock(); await Task.Yield();");

    [Fact]
    public async Task From_a_model_file()
    {
        var test = Spec.Files(
            System.Text.RegularExpressions.Regex.Replace(Negative, @"\[(Acquires|Releases)[^\]]*\] ", "")
            + "class C { RW _rw; void M() { _rw.ReadLock(); _rw.ReadLock(); {|LCX1001:Thread.Sleep(1)|}; _rw.ReadUnlock(); _rw.ReadUnlock(); _rw.ReadLock(); {|LCX2003:_rw.WriteLock()|}; _rw.ReadUnlock(); } }");
        test.TestState.AdditionalFiles.Add(("/0/rw.lockcontext.txt", "T:RW LockClass(Spin)\nM:RW.ReadLock Acquires(Shared)\nM:RW.WriteLock Acquires\nM:RW.ReadUnlock Releases\nM:RW.WriteUnlock Releases\n"));
        await test.RunAsync();
    }

    private static Task Declared(string type, string statements) => Spec.Code($$"""
        [LockClass(Outer = WaitClass.Spin)]
        {{type}}

        class C
        {
            RW _rw, _rw2;
            int _n;
            async Task M() { {{statements}} }
            void Read() { _rw.ReadLock(); _n++; _rw.ReadUnlock(); }
            void Write() { _rw.WriteLock(); _n++; _rw.WriteUnlock(); }
        }
        """);
}
