using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1001;

public class Reports
{
    [Theory]
    [InlineData("{|LCX1001:Thread.Sleep(1)|};")]
    [InlineData("{|LCX1001:Thread.Sleep(0)|};")]
    [InlineData("{|LCX1001:Thread.Sleep(TimeSpan.FromMilliseconds(1))|};")]
    [InlineData("{|LCX1001:Thread.Yield()|};")]
    [InlineData("{|LCX1001:SpinWait.SpinUntil(() => _b)|};")]
    [InlineData("{|LCX1001:task.Wait()|};")]
    [InlineData("{|LCX1001:task.Wait(5)|};")]
    [InlineData("{|LCX1001:Task.WaitAll(task)|};")]
    [InlineData("{|LCX1001:Task.WaitAny(task)|};")]
    [InlineData("_n = {|LCX1001:task.Result|};")]
    [InlineData("{|LCX1001:task.GetAwaiter().GetResult()|};")]
    [InlineData("{|LCX1001:_semaphore.Wait()|};")]
    [InlineData("{|LCX1001:_semaphore.Wait(5)|};")]
    [InlineData("{|LCX1001:_semaphore.Wait(Timeout.Infinite)|};")]
    [InlineData("{|LCX1001:_semaphore.Wait(_n)|};")]
    [InlineData("{|LCX1001:_semaphore.Wait(TimeSpan.FromSeconds(1))|};")]
    [InlineData("{|LCX1001:new ManualResetEventSlim().Wait()|};")]
    [InlineData("{|LCX1001:new ManualResetEvent(false).WaitOne()|};")]
    [InlineData("{|LCX1001:new AutoResetEvent(false).WaitOne(10)|};")]
    [InlineData("{|LCX1001:WaitHandle.WaitAll([new ManualResetEvent(false)])|};")]
    [InlineData("{|LCX1001:new CountdownEvent(1).Wait()|};")]
    [InlineData("{|LCX1001:new Barrier(1).SignalAndWait()|};")]
    [InlineData("{|LCX1001:Thread.CurrentThread.Join()|};")]
    [InlineData("{|LCX1001:Thread.CurrentThread.Join(5)|};")]
    public Task Waits_of_the_class_library(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("{|LCX1001:System.IO.File.ReadAllText(text)|};")]
    [InlineData("{|LCX1001:System.IO.File.WriteAllText(text, text)|};")]
    [InlineData("{|LCX1001:Console.ReadLine()|};")]
    public Task Blocking_input_and_output(string statement) => Spec.Held(statement);

    [Fact]
    public Task Sleepable_is_the_contract_whatever_the_body_does() => Spec.Held("{|LCX1001:Log()|};", "[Sleepable] static void Log() { }");

    [Fact]
    public Task Through_one_callee() => Spec.Held("{|LCX1001:Log()|};", "static void Log() => Thread.Sleep(1);");

    [Fact]
    public Task The_body_of_RawAtomic_is_checked_and_its_caller_is_not() => Spec.Held("Post();", "[RawAtomic] static void Post() => {|LCX1001:Thread.Sleep(1)|};");

    [Theory]
    [InlineData("ContextLimit(WaitClass.Spin)")]
    [InlineData("ContextLimit(WaitClass.Free)")]
    [InlineData("RawAtomic")]
    public Task In_a_body_that_declares_its_context(string attribute) => Spec.Members($$"""[{{attribute}}] void M() { {|LCX1001:Thread.Sleep(1)|}; }""");

    [Fact]
    public Task In_a_lambda_under_a_declared_limit() => Spec.Members("""
        static void Run([RunsHere(Limit = WaitClass.Spin)] Action body) { }
        void M() => Run(() => {|LCX1001:Thread.Sleep(1)|});
        """);

    [Fact]
    public Task Where_a_raw_lock_is_required() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly Ticket _ticket = new();
            [RequiresLock("_ticket")] void M() { {|LCX1001:Thread.Sleep(1)|}; }
        }
        """);

    [Fact]
    public Task Under_the_outermost_of_two_locks_after_the_inner_is_released() => Spec.Members("""
        void M()
        {
            bool a = false, b = false;
            _l.Enter(ref a);
            _l2.Enter(ref b);
            _l2.Exit();
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }
        """);

    [Fact]
    public Task Under_a_raw_lock_taken_inside_an_ordinary_one() => Spec.Members("""
        void M()
        {
            lock (_gate)
            {
                Thread.Sleep(1);
                bool taken = false;
                _l.Enter(ref taken);
                {|LCX1001:Thread.Sleep(1)|};
                _l.Exit();
            }
        }
        """);

    [Fact]
    public Task In_each_section_that_does_it() => Spec.Members("""
        void M1() { bool t = false; _l.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        void M2() { bool t = false; _l2.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; _l2.Exit(); }
        """);

    [Fact]
    public Task Message_says_what_where_and_how_to_repair_it() => Spec.Code(
        """
        class C
        {
            private SpinLock _l = new(false);

            void M()
            {
                bool taken = false;
                _l.Enter(ref taken);
                {|#0:Thread.Sleep(1)|};
                _l.Exit();
            }
        }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("'Thread.Sleep' can sleep while SpinLock '_l' (taken at line 8) is held", "move it"));

    [Fact]
    public Task Message_shows_the_path() => Spec.Held(
        "{|#0:Save()|};",
        """
        void Save() => Log();
        void Log() => Thread.Sleep(1);
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("Save -> Log -> Thread.Sleep"));

    [Fact]
    public Task Message_names_the_declared_context() => Spec.Members(
        "[RawAtomic] void OnBlock() { {|#0:Thread.Sleep(1)|}; }",
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("Thread.Sleep", "RawAtomic"));

    [Fact]
    public async Task The_place_where_the_context_was_entered_is_an_additional_location()
    {
        var test = Spec.Files(Spec.InClass("""
            void M()
            {
                bool taken = false;
                _l.Enter(ref taken);
                Save();
                _l.Exit();
            }
            void Save() => Thread.Sleep(1);
            """));
        var diagnostic = Assert.Single(await test.GetAnalyzerDiagnosticsAsync(), d => d.Id == "LCX1001");
        string[] places = [.. System.Linq.Enumerable.Select(diagnostic.AdditionalLocations, l => l.SourceTree!.ToString().Substring(l.SourceSpan.Start, l.SourceSpan.Length))];
        Assert.Contains(places, p => p.Contains("_l.Enter", System.StringComparison.Ordinal));
        Assert.Contains(places, p => p.Contains("Thread.Sleep", System.StringComparison.Ordinal));
    }
}
