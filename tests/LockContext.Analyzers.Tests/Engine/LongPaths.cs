using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>The real case: a SpinLock of the class library around three unannotated methods in two files, reported once, at the first call, with the whole path.</summary>
[Trait("Policy", "Messages")]
public class LongPaths
{
    [Theory]
    [InlineData("Thread.Sleep(1);", "LCX1001", "Thread.Sleep")]
    [InlineData("lock (this) { }", "LCX1002", "")]
    [InlineData("_semaphore.Wait();", "LCX1001", "SemaphoreSlim.Wait")]
    [InlineData("_task.Wait();", "LCX1001", "Task.Wait")]
    public Task Three_deep_in_two_files(string waits, string id, string last)
    {
        var test = Spec.Files(
            """
            class Cache
            {
                private SpinLock _lock = new(false);
                private readonly Store _store = new();
                private int _hits;

                public void Hit()
                {
                    bool taken = false;
                    try
                    {
                        _lock.Enter(ref taken);
                        _hits++;
                        {|#0:_store.Save(_hits)|};
                    }
                    finally
                    {
                        if (taken)
                            _lock.Exit();
                    }
                }
            }
            """,
            $$"""
            class Store
            {
                private readonly Task _task = Task.CompletedTask;
                private readonly SemaphoreSlim _semaphore = new(1);
                public void Save(int hits) => Log("saved " + hits);
                private void Log(string text) => Write(text);
                private void Write(string text) { {{waits}} }
            }
            """);
        test.ExpectedDiagnostics.Add(Verify.Diagnostic(id).WithLocation(0).WithMessageContaining("SpinLock '_lock'", "Save -> Log -> Write -> " + last));
        return test.RunAsync();
    }

    [Fact]
    public Task The_same_three_methods_without_the_lock() => Spec.Code("""
        class Cache
        {
            private SpinLock _lock = new(false);
            private int _hits;
            public void Hit() { bool t = false; _lock.Enter(ref t); _hits++; _lock.Exit(); Save(); }
            private void Save() => Log();
            private static void Log() => Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_long_path_is_cut_in_the_message() => Spec.Held(
        "{|#0:F1()|};",
        """
        void F1() => F2(); void F2() => F3(); void F3() => F4(); void F4() => F5(); void F5() => F6();
        void F6() => F7(); void F7() => F8(); void F8() => F9(); void F9() => Thread.Sleep(1);
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("F1 -> ", "Thread.Sleep"));

    [Fact]
    public async Task And_has_at_most_six_frames()
    {
        var test = Spec.Files(Spec.InClass("""
            void M() { bool t = false; _l.Enter(ref t); F1(); _l.Exit(); }
            void F1() => F2(); void F2() => F3(); void F3() => F4(); void F4() => F5(); void F5() => F6();
            void F6() => F7(); void F7() => F8(); void F8() => F9(); void F9() => Thread.Sleep(1);
            """));
        string message = Assert.Single(await test.GetAnalyzerDiagnosticsAsync(), d => d.Id == "LCX1001").GetMessage();
        Assert.InRange(message.Split(" -> ").Length, 2, 7);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public Task The_shortest_of_several_paths_is_shown() => Spec.Held(
        "{|#0:Save()|};",
        """
        void Save() { Long1(); Short(); }
        void Long1() => Long2(); void Long2() => Long3(); void Long3() => Thread.Sleep(1);
        void Short() => Thread.Sleep(1);
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("Save -> Short -> Thread.Sleep"));
}
