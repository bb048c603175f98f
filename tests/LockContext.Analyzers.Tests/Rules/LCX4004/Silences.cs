using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4004;

public class Silences
{
    [Theory]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { }")]
    [InlineData("void* p; do { p = Alloc(GfpFlags.Atomic); } while (p == null);")]
    [InlineData("Until(GfpFlags.NoLocks);")]
    public Task Outside_of_every_section(string statements) => Retry.In("none", statements);

    [Theory]
    [InlineData("void* p = Alloc(GfpFlags.NoWait); if (p == null) return;")]
    [InlineData("void* p = Alloc(GfpFlags.NoWait); if (p == null) p = Alloc(GfpFlags.NoWait | GfpFlags.High);")]
    [InlineData("while (!b) { void* p = Alloc(GfpFlags.NoWait); if (p == null) break; b = n > 0; }")]
    [InlineData("while (!b) { void* p = Alloc(GfpFlags.NoWait); if (p == null) return; *(int*)p = 1; }")]
    [InlineData("while (!b) { void* p = Alloc(GfpFlags.NoWait); if (p == null) throw new OutOfMemoryException(); }")]
    [InlineData("while (true) { void* p = Alloc(GfpFlags.NoWait); if (p == null) break; }")]
    public Task Giving_up(string statements) => Retry.In("sleeping", statements);

    [Theory]
    [InlineData("void* p = null; for (int i = 0; i < 3 && p == null; i++) p = Alloc(GfpFlags.NoWait);")]
    [InlineData("void* p = null; for (int i = 0; i < 3; i++) { p = Alloc(GfpFlags.NoWait); if (p != null) break; }")]
    [InlineData("void* p; int tries = 0; while ((p = Alloc(GfpFlags.NoWait)) == null && tries++ < 10) { }")]
    [InlineData("void* p; int tries = 10; do { p = Alloc(GfpFlags.NoWait); } while (p == null && --tries > 0);")]
    [InlineData("int tries = 0; again: void* p = Alloc(GfpFlags.NoWait); if (p == null) { if (++tries > 3) return; goto again; }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { if (--n == 0) return; }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null && MayTryAgain()) { }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { if (Interlocked.Increment(ref s_tries) > 10) return; }")]
    [InlineData("void* p; var clock = Stopwatch.StartNew(); while ((p = Alloc(GfpFlags.NoWait)) == null && clock.ElapsedMilliseconds < 5) { }")]
    [InlineData("void* p; long end = Environment.TickCount64 + 5; while ((p = Alloc(GfpFlags.NoWait)) == null && Environment.TickCount64 < end) { }")]
    [InlineData("for (bool again = true; again; again = false) { void* p = Alloc(GfpFlags.NoWait); if (p == null) continue; }")]
    public Task Counting_or_watching_the_clock(string statements) => Retry.In("sleeping", statements);

    [Theory]
    [InlineData("foreach (int i in new[] { 1, 2 }) { void* p = Alloc(GfpFlags.NoWait); if (p == null) break; }")]
    [InlineData("foreach (int i in new[] { 1, 2 }) { void* p = Alloc(GfpFlags.NoWait); if (p == null) continue; *(int*)p = i; }")]
    [InlineData("for (int i = 0; i < n; i++) { void* p = Alloc(GfpFlags.NoWait); if (p == null) continue; *(int*)p = i; }")]
    [InlineData("var work = new Queue<int>(); while (work.TryDequeue(out int i)) { void* p = Alloc(GfpFlags.NoWait); if (p == null) continue; *(int*)p = i; }")]
    [InlineData("var e = new List<int>().GetEnumerator(); while (e.MoveNext()) { void* p = Alloc(GfpFlags.NoWait); if (p == null) continue; }")]
    [InlineData("int** at = (int**)_field; while (at != null) { void* p = Alloc(GfpFlags.NoWait); if (p == null) { at = (int**)*at; continue; } *at = (int*)p; }")]
    [InlineData("while (n > 0) { void* p = Alloc(GfpFlags.NoWait); if (p == null) { n--; continue; } n--; }")]
    [InlineData("while (_n > 0) { void* p = Alloc(GfpFlags.NoWait); if (p == null) { _n -= 1; } else _n = 0; }")]
    public Task Other_work_each_time(string statements) => Retry.In("sleeping", statements);

    [Theory]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { _sleeping.Exit(); _sleeping.Enter(); }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { _sleeping.Exit(); Reclaim(); _sleeping.Enter(); }")]
    [InlineData("again: void* p = Alloc(GfpFlags.NoWait); if (p == null) { _sleeping.Exit(); Thread.Yield(); _sleeping.Enter(); goto again; }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { try { _sleeping.Exit(); } finally { _sleeping.Enter(); } }")]
    public Task Leaving_the_section_in_between(string statements) => Retry.In("balanced", statements);

    [Theory]
    [InlineData("while (true) { lock (_gate) { void* p = Alloc(GfpFlags.NoWait); if (p != null) return; } }")]
    [InlineData("while (true) { using (Rcu.Read()) { void* p = Alloc(GfpFlags.NoWait); if (p != null) return; } }")]
    [InlineData("while (true) { lock (_lock) { void* p = Alloc(GfpFlags.NoWait); if (p != null) return; } }")]
    [InlineData("void* p; do { _raw.Enter(); p = Alloc(GfpFlags.NoLocks); _raw.Exit(); } while (p == null);")]
    [InlineData("void* p; while (true) { _raw.Enter(); try { p = Alloc(GfpFlags.NoLocks); if (p != null) break; } finally { _raw.Exit(); } }")]
    [InlineData("void* p; using (GfpScope.NoReclaim()) while ((p = Alloc(GfpFlags.Kernel)) == null) { }")]
    public Task The_section_is_inside_the_loop(string statements) => Retry.In("none", statements);

    [Theory]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) Shrink(_spare);")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) ShrinkDeep(_spare);")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) PageAllocator.Shared.FreePagesNoLocks(_spare, 0);")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) _relieve();")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) GC.Collect();")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) Console.WriteLine(1);")]
    [InlineData("void* p = Alloc(GfpFlags.NoWait); while (p == null) { Shrink(_spare); p = Alloc(GfpFlags.NoWait); }")]
    public Task Making_room_in_between(string statements) => Retry.In("lock", statements);

    [Theory]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) Reclaim();")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) Alloc(GfpFlags.Kernel);")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) Thread.Sleep(1);")]
    [InlineData("void* p; var flags = GfpFlags.NoWait; while ((p = Alloc(flags)) == null) flags = GfpFlags.Kernel;")]
    [InlineData("void* p; var flags = GfpFlags.NoWait; while ((p = Alloc(flags)) == null) flags |= GfpFlags.DirectReclaim;")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.NoWait)) == null && (p = Alloc(GfpFlags.Kernel)) == null) { }")]
    [InlineData("void* p; while ((p = Alloc(unknown)) == null) { }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.Kernel)) == null) { }")]
    [InlineData("void* p; while ((p = Alloc(GfpFlags.Kernel | GfpFlags.NoRetry)) == null) { }")]
    [InlineData("Until(GfpFlags.Kernel); Until(unknown);")]
    public Task Allocations_that_make_room_or_may(string statements) => Retry.In("lock", statements);

    [Theory]
    [InlineData("[Sleepable]")]
    [InlineData("[NoGracePeriodWait]")]
    public Task A_contract_that_is_no_section(string attribute) => Retry.In(attribute, "void* p; while ((p = Alloc(GfpFlags.NoWait)) == null) { }");
}
