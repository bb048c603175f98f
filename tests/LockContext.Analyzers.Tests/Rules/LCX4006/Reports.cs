using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4006;

public class Reports
{
    [Theory]
    [InlineData("public void Run() => Fill(); void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() => Fill(); void Fill() => PageAllocator.Shared.AllocPages({|LCX4006:GfpFlags.NoLocks|}, 0);")]
    [InlineData("public void Run() => Fill(); void Fill() => PageAllocator.Shared.AllocPages(flags: {|LCX4006:GfpFlags.NoLocks | GfpFlags.Zero|}, order: 0);")]
    [InlineData("public void Run() => this.Fill(); void Fill() { var flags = GfpFlags.NoLocks; Alloc({|LCX4006:flags|}); }")]
    [InlineData("public void Run() => Step(); void Step() => Fill(); void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() { Step(3); } void Step(int n) { if (n > 0) Step(n - 1); Fill(); } void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() { _sleeping.Enter(); Fill(); _sleeping.Exit(); } void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() { _raw.Enter(); _raw.Exit(); Fill(); } void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() { } public void Other() => Fill(); void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() => Fill<int>(); void Fill<T>() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("static void Main() => Fill(); static void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("public void Run() => Other.Fill(); static class Other { public static void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|}); }")]
    public Task Nobody_holds_a_raw_lock(string members) => Callers.InProgram(members);

    [Fact]
    public Task Calls_in_other_files() => Callers.InProgram(
        "public void Run() => new D().Go(this); internal void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});",
        "class D { public void Go(C c) { string Fill = \"a Fill\"; c?.Fill(); /* Fill */ } }");

    [Theory]
    [InlineData("[Sleepable] public void Run() => Fill(); void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    [InlineData("[ContextLimit(WaitClass.Config)] public void Run() => Step(); void Step() => Fill(); void Fill() => Alloc({|LCX4006:GfpFlags.NoLocks|});")]
    public Task A_public_member_of_a_library_with_a_contract(string members) => Callers.InLibrary(members);

    [Fact]
    public Task Message() => Callers.InProgram(
        "public void Run() => Fill(); void Fill() => Alloc({|#0:GfpFlags.NoLocks|});",
        expected: Verify.Diagnostic("LCX4006").WithLocation(0).WithSeverity(DiagnosticSeverity.Info).WithMessage(
            "'Alloc' with 'NoLocks' fails as soon as the lists of its processor are empty, though no caller of 'Fill' holds a raw lock; leave 'NoLocks' out, or say with [RawAtomic] that one may"));
}
