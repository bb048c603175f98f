using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1012;

// LCX1012 is a suggestion: mentioning its id makes it count.
public class Silences
{
    [Theory]
    [InlineData("_quick(); _field(); Event?.Invoke();")]
    [InlineData("Action a = () => _n++; a();")]
    [InlineData("_elsewhere.SetResult(); _elsewhere2.TrySetResult(1); _given.SetResult();")]
    [InlineData("var t = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); t.SetResult();")]
    [InlineData("Stored = _action; Action b = _action; _list.Add(_action);")]
    [InlineData("Run(null);")]
    [InlineData("_hub.Count();")]
    public Task What_is_known(string statements) => Spec.Held(statements, Members);

    [Theory]
    [InlineData("_action(); _inline.SetResult(); _hub.Publish();")]
    [InlineData("lock (_gate) { _action(); _inline.SetResult(); }")]
    public Task Without_a_raw_lock(string statements) => Spec.Members("void M() { " + statements + " }" + Members);

    [Fact]
    public Task After_the_release() => Spec.Members("void M() { bool t = false; _l.Enter(ref t); var a = _action; _l.Exit(); a(); } " + Members);

    [Fact]
    public Task A_private_helper_whose_callers_all_pass_what_is_known() => Spec.Members("""
        // LCX1012
        private void Locked(Action a) { bool t = false; _l.Enter(ref t); a(); _l.Exit(); }
        void M() { Locked(() => _n++); Locked(static () => { }); }
        """);

    internal const string Members = """
        // LCX1012
        [RawAtomic] public delegate void Quick();
        private Quick _quick = null!;
        [RawAtomic] private Action _field = null!;
        [RawAtomic] private event Action? Event;
        private event Action? Plain;
        private Action _action = null!;
        private Action? Stored { get; set; }
        private readonly List<Action> _list = new();
        private readonly TaskCompletionSource _elsewhere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _elsewhere2 = new(null, TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _inline = new();
        private readonly TaskCompletionSource<int> _inline2 = new(TaskCreationOptions.LongRunning);
        private TaskCompletionSource _given = null!;
        private IHub _hub = null!;
        public interface IHub { [RunsForeignCode] void Publish(); [RawAtomic] void Count(); }
        private static void Run(Action? a) => a?.Invoke();
        """;
}
