using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>
/// What the just-in-time compiler makes of a read section. The ordering argument wants, in program order of the machine code: the store that opens the section, the load of the protected pointer, the loads
/// through it, the store that leaves the section; and, in the mode without fences, none.
/// </summary>
[Collection(TortureRuns.Name)]
public sealed unsafe partial class RcuDisassemblyTests
{
    /// <summary>The shapes below are those of one instruction set; on the others, acquire and release are in the instructions.</summary>
    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private const string Marker = "sum ";

    [Fact]
    public void A_section_is_in_order_and_has_no_fence()
    {
        if (!Rcu.GetStatistics().AsymmetricBarriers || !IsX64) return;
        string[] code = Disassemble(nameof(ReadPublished));
        Assert.DoesNotContain(code, IsFence);
        AssertInOrder(code);
    }

    [Fact]
    public void A_section_has_one_fence_where_the_kernel_offers_no_barrier()
    {
        if (!IsX64) return;
        string[] code = Disassemble(nameof(ReadPublished), ("LOCKCONTEXT_RCU_FENCED", "1"));
        int fence = Array.FindIndex(code, IsFence);
        Assert.Single(code, IsFence);
        int open = AssertInOrder(code);
        Assert.Equal(open + 1, fence);
    }

    internal static int Compile()
    {
        int value = 3;
        int* published = &value;
        int sum = 0;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 1000; i++) sum += ReadPublished((nint)(&published));
            Thread.Sleep(50);
        }

        Console.WriteLine(Marker + sum);
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadPublished(nint location)
    {
        using (Rcu.Read()) return *Rcu.Dereference((int**)location);
    }

    private static string[] Disassemble(string method, params (string Name, string Value)[] environment)
    {
        string file = Path.GetTempFileName();
        try
        {
            (int exitCode, string output) = Child.Run(Compile, [("DOTNET_JitDisasm", method), ("DOTNET_JitStdOutFile", file), ("DOTNET_TieredPGO", "0"), .. environment]);
            Assert.True(exitCode == 0 && output.Contains(Marker, StringComparison.Ordinal), output);
            string[] listings = Listing().Split(File.ReadAllText(file));
            string last = listings[^1];
            Assert.Contains("Tier1", last, StringComparison.Ordinal);
            return [.. last.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != ';' && !line.EndsWith(':'))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool IsFence(string instruction) => instruction.StartsWith("lock", StringComparison.Ordinal) || instruction.StartsWith("mfence", StringComparison.Ordinal);

    /// <summary>Finds the four accesses by their shape, and asserts their order.</summary>
    /// <returns>The index of the store that opens the section.</returns>
    private static int AssertInOrder(string[] code)
    {
        // The value is the only 32-bit load; the pointer is what was loaded last into the register that it is loaded through.
        int value = Array.FindIndex(code, instruction => ValueLoad().IsMatch(instruction));
        string pointer = ValueLoad().Match(code[value]).Groups["pointer"].Value;
        int load = Array.FindLastIndex(code, value - 1, instruction => PointerLoad().Match(instruction).Groups["into"].Value == pointer);

        // The record is what is stored to both before and after.
        int open = Array.FindIndex(code, instruction => Store().IsMatch(instruction));
        string record = Store().Match(code[open]).Groups["record"].Value;
        int leave = Array.FindIndex(code, open + 1, instruction => Store().Match(instruction).Groups["record"].Value == record);

        Assert.True(open >= 0 && open < load && load < value && value < leave, $"{open} {load} {value} {leave}\n{Text(code)}");
        Assert.Single(code, instruction => ValueLoad().IsMatch(instruction));
        return open;
    }

    private static string Text(string[] code) => string.Join('\n', code);

    [GeneratedRegex("^; Assembly listing for method", RegexOptions.Multiline)]
    private static partial Regex Listing();

    [GeneratedRegex(@"^mov +e\w+, dword ptr \[(?<pointer>r\w+)\]$")]
    private static partial Regex ValueLoad();

    [GeneratedRegex(@"^mov +(?<into>r\w+), qword ptr \[r\w+\]$")]
    private static partial Regex PointerLoad();

    [GeneratedRegex(@"^mov +qword ptr \[(?<record>r\w+)\], r\w+$")]
    private static partial Regex Store();
}
