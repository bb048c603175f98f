using System;
using System.Runtime.CompilerServices;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>What the size classes of <see cref="KernelMemory"/> watch for, switched on from outside of the program. Read once, so each case is a process of its own.</summary>
public sealed unsafe class SlabDebugSwitchTests
{
    private const string Variable = "LOCKCONTEXT_SLAB_DEBUG";

    [Theory]
    [InlineData(null, "reports 0, leaks False")]
    [InlineData("", "reports 0, leaks False")]
    [InlineData("None", "reports 0, leaks False")]
    [InlineData("poison", "reports 1, leaks False")]
    [InlineData("Track", "reports 0, leaks True")]
    [InlineData("Poison, Track", "reports 1, leaks True")]
    [InlineData("All", "reports 1, leaks True")]
    public void The_environment_names_the_modes(string? value, string expected)
    {
        (int exitCode, string output) = Child.Run(WriteAfterFree, (Variable, value ?? ""));
        Assert.True(exitCode == 0, output);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain(Variable, output, StringComparison.Ordinal);
    }

    /// <summary>Whoever mistypes it must not believe that he is watched.</summary>
    [Fact]
    public void A_mode_that_there_is_not_is_said_and_ignored()
    {
        (int exitCode, string output) = Child.Run(WriteAfterFree, (Variable, "Poisson"));
        Assert.True(exitCode == 0, output);
        Assert.Contains("reports 0, leaks False", output, StringComparison.Ordinal);
        Assert.Contains($"{Variable}: 'Poisson'", output, StringComparison.Ordinal);
        Assert.Contains("ExactFrees, Poison, RedZones, Track", output, StringComparison.Ordinal);
    }

    internal static int WriteAfterFree()
    {
        void* forgotten = Forget();
        var item = (byte*)KernelMemory.Alloc(100, GfpFlags.Kernel);
        KernelMemory.Free(item);
        item[7] = 1;

        // The object comes back sooner or later, and is looked at then.
        int reports = 0;
        SlabReports.SetHandler(report =>
        {
            if (report.Address == (nint)item && report.Kind == SlabReportKind.PoisonOverwritten) reports++;
        });
        for (int i = 0; i < 1000; i++) KernelMemory.Alloc(100, GfpFlags.Kernel);
        Console.WriteLine($"reports {reports}, leaks {KernelMemory.GetLeakReport().Contains(nameof(Forget), StringComparison.Ordinal)}");
        KernelMemory.Free(forgotten);
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* Forget() => KernelMemory.Alloc(200, GfpFlags.Kernel);
}
