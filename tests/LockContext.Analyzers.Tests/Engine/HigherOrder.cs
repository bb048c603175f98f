using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A summary says which delegate parameters run, and under what. The report is on the offending call in a lambda written in place, else on the argument.</summary>
[Trait("Policy", "Higher-order")]
public class HigherOrder
{
    private const string Runner = """
        void RunLocked(Action body)
        {
            bool taken = false;
            try { _l.Enter(ref taken); body(); }
            finally { if (taken) _l.Exit(); }
        }
        void RunFree(Action body) { bool t = false; _l.Enter(ref t); _n++; _l.Exit(); body(); }
        void Forward(Action body) => RunLocked(body);
        static void Here(Action body) => body();
        static void Slow() => Thread.Sleep(1);
        private Action _stored = null!;
        void Store(Action body) => _stored = body;
        """;

    [Theory]
    [InlineData("RunLocked(() => {|LCX1001:Thread.Sleep(1)|});")]
    [InlineData("RunLocked(() => { lock ({|LCX1002:_gate|}) { } });")]
    [InlineData("RunLocked(delegate { {|LCX1001:Thread.Sleep(1)|}; });")]
    [InlineData("RunLocked({|LCX1001:Slow|});")]
    [InlineData("RunLocked(body: {|LCX1001:Slow|});")]
    [InlineData("Forward(() => {|LCX1001:Thread.Sleep(1)|});")]
    [InlineData("Forward({|LCX1001:Slow|});")]
    [InlineData("Action a = () => Thread.Sleep(1); RunLocked({|LCX1001:a|});")]
    [InlineData("RunLocked(() => _n++);")]
    [InlineData("RunFree(() => Thread.Sleep(1));")]
    [InlineData("Here(() => Thread.Sleep(1));")]
    [InlineData("Store(() => Thread.Sleep(1));")]
    public Task What_the_callee_does_with_it(string statement) => Spec.Members($$"""void M() { {{statement}} } {{Runner}}""");

    [Theory]
    [InlineData("Here(() => {|LCX1001:Thread.Sleep(1)|});")]
    [InlineData("Here({|LCX1001:Slow|});")]
    [InlineData("Store(Slow);")]
    public Task Under_the_callers_own_lock(string statement) => Spec.Members($$"""
        void M() { bool t = false; _l2.Enter(ref t); {{statement}} _l2.Exit(); }
        {{Runner}}
        """);

    [Fact]
    public Task Declared_to_run_here() => Spec.Held("_list.Each(() => {|LCX1001:Thread.Sleep(1)|});", """
        public interface IList { void Each([RunsHere] Action visit); void Later([RunsLater] Action visit); }
        private IList _list = null!;
        """);

    [Fact]
    public Task Declared_to_run_later() => Spec.Held("_list.Later(() => Thread.Sleep(1));", """
        public interface IList { void Later([RunsLater] Action visit); }
        private IList _list = null!;
        """);

    [Theory]
    [InlineData("RunsHere(Limit = WaitClass.Spin)", "{|LCX1001:Thread.Sleep(1)|}")]
    [InlineData("RunsLater(Limit = WaitClass.Spin)", "{|LCX1001:Thread.Sleep(1)|}")]
    [InlineData("RunsLater", "Thread.Sleep(1)")]
    [InlineData("RunsHere", "Thread.Sleep(1)")]
    public Task Under_a_declared_limit(string attribute, string statement) => Spec.Members($$"""
        static void Run([{{attribute}}] Action body) { }
        void M() => Run(() => {{statement}});
        """);

    [Theory]
    [InlineData("Array.ForEach(new int[1], i => {|LCX1001:Thread.Sleep(i)|});")]
    [InlineData("new List<int>().ForEach(i => {|LCX1001:Thread.Sleep(i)|});")]
    public Task Of_the_class_library(string statement) => Spec.Held(statement);
}
