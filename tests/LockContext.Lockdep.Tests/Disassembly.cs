using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using LockContext.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>
/// Off, lockdep is gone: the runtime is compiled as it is, and once more with every look at the switch replaced by <c>false</c>, so that the compiler removes all of it; and the JIT makes the same machine code
/// of both for code that takes locks and reads, and for the members of allocators.
/// </summary>
public sealed partial class Disassembly : IDisposable
{
    private const string Program = """
        using LockContext.Runtime;
        using System.Runtime.CompilerServices;

        internal static unsafe class Program
        {
            private static RawSpinLock s_raw;
            private static readonly SleepingLock s_sleeping = new();
            private static readonly LocalLock s_local = new();
            private static readonly RwSemaphore s_semaphore = new();
            private static readonly WatchedLock s_lock = new();
            private static readonly SlabCache s_cache = new("objects", 64);
            private static long s_count;

            private static void Main()
            {
                // Once with everything, so that what is decided once is decided when the code below is compiled.
                s_raw.Enter();
                s_raw.Exit();
                System.Console.Error.WriteLine(Lockdep.IsEnabled);
                RawPair(); RawTryPair(); RawScopePair(); SleepingPair(); SleepingTryPair(); LocalPair(); ReadPair(); WritePair(); SectionPair(); ContextPair(); RcuPair(); PagePair(); SlabPair(); LibraryPair();
            }

            [MethodImpl(MethodImplOptions.NoInlining)] private static void RawPair() { s_raw.Enter(); s_count++; s_raw.Exit(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void RawTryPair() { if (s_raw.TryEnter()) { s_count++; s_raw.Exit(); } }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void RawScopePair() { using (s_raw.EnterScope()) s_count++; }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void SleepingPair() { s_sleeping.Enter(); s_count++; s_sleeping.Exit(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void SleepingTryPair() { if (s_sleeping.TryEnter()) { s_count++; s_sleeping.Exit(); } }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void LocalPair() { int slot = s_local.Enter(); s_count++; s_local.Exit(slot); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void ReadPair() { s_semaphore.EnterRead(); s_count++; s_semaphore.ExitRead(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void WritePair() { s_semaphore.EnterWrite(); s_count++; s_semaphore.ExitWrite(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void SectionPair() { AtomicSection.Enter(); s_count++; AtomicSection.Exit(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void ContextPair() { Lockdep.AssertMaySleep(); s_count++; Lockdep.AssertNothingHeld(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void RcuPair() { Rcu.ReadLock(); s_count++; Rcu.ReadUnlock(); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void PagePair() { PageAllocator.Shared.FreePages(PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0), 0); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void SlabPair() { s_cache.Free(s_cache.Alloc(GfpFlags.Kernel)); }
            [MethodImpl(MethodImplOptions.NoInlining)] private static void LibraryPair() { s_lock.Enter(); s_count++; s_lock.Exit(); }
        }
        """;

    // What is looked at: the pairs, with what is inlined into them, and the members that they call.
    private static readonly string[] s_members =
    [
        "*Pair", "RawSpinLock:Enter*", "RawSpinLock:Exit", "RawSpinLock:TryEnter", "SleepingLock:Enter", "SleepingLock:Exit", "SleepingLock:TryEnter", "LocalLock:*Enter", "LocalLock:Exit", "RwSemaphore:*Enter*", "RwSemaphore:Exit*",
        "AtomicSection:Enter", "AtomicSection:Exit", "Rcu:ReadLock", "Rcu:ReadUnlock", "PageAllocator:AllocPages", "PageAllocator:FreePages", "SlabCache:Alloc", "SlabCache:Free", "WatchedLock:Enter", "WatchedLock:Exit",
    ];

    // Callers of longer members. The members are the same, but what is compiled away still counts when the JIT decides what to inline and how to copy arguments; here it is shown that no call of lockdep is left.
    private static readonly string[] s_inlinedDifferently = ["Program:LocalPair()", "Program:ContextPair()", "Program:PagePair()", "Program:SlabPair()", "Program:LibraryPair()"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("lockdep-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Off_nothing_of_it_is_left()
    {
        CSharpCompilation asItIs = Runtime(file => file);
        CSharpCompilation without = Runtime(file => file.Replace("LockdepSwitch.IsOn", "false", StringComparison.Ordinal));
        Dictionary<string, string> off = Disassemble("off", asItIs, variable: "0");
        Dictionary<string, string> none = Disassemble("none", without, variable: "0");
        Dictionary<string, string> on = Disassemble("on", asItIs, variable: "1");

        Assert.True(off.Count >= 14, $"the JIT listed {string.Join(", ", off.Keys)}");
        Assert.Equal(none.Keys.Order(), off.Keys.Order());
        foreach (string member in s_inlinedDifferently) Assert.True(!off[member].Contains("Lockdep", StringComparison.Ordinal) && !off[member].Contains("HeldLocks", StringComparison.Ordinal), $"{member}:\n{off[member]}");
        string[] different = [.. off.Where(member => none[member.Key] != member.Value && !s_inlinedDifferently.Contains(member.Key)).Select(member => $"{member.Key}, off:\n{member.Value}\nand without:\n{none[member.Key]}")];
        Assert.True(different.Length == 0, string.Join('\n', different));

        // What the comparison is worth: on, hardly any is the same.
        string[] same = [.. off.Where(member => on.TryGetValue(member.Key, out string? code) && code == member.Value && member.Key.EndsWith("Pair()", StringComparison.Ordinal)).Select(member => member.Key)];
        Assert.True(same.Length <= 3, $"on and off are the same for {string.Join(", ", same)}");
    }

    private Dictionary<string, string> Disassemble(string name, CSharpCompilation runtime, string variable)
    {
        DirectoryInfo directory = _directory.CreateSubdirectory(name);
        Emit(runtime, directory);
        Emit(
            CSharpCompilation.Create(
                "Pairs",
                [CSharpSyntaxTree.ParseText(Program)],
                ReferenceAssemblies.Net100.Add(ReferenceAssemblies.Annotations).Add(runtime.ToMetadataReference()),
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable)),
            directory);
        File.Copy(typeof(LockClassAttribute).Assembly.Location, Path.Combine(directory.FullName, "LockContext.Annotations.dll"));
        string configuration = Path.Combine(directory.FullName, "Pairs.runtimeconfig.json");
        File.WriteAllText(configuration, $$"""{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version}}" } } }""");
        string listing = Path.Combine(directory.FullName, "listing.txt");
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["exec", "--runtimeconfig", configuration, Path.Combine(directory.FullName, "Pairs.dll")]) { RedirectStandardError = true };
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["DOTNET_JitDisasm"] = string.Join(' ', s_members);
        start.Environment["DOTNET_JitDisasmDiffable"] = "1";
        start.Environment["DOTNET_JitStdOutFile"] = listing;
        start.Environment["LOCKCONTEXT_LOCKDEP"] = variable;
        using Process process = Process.Start(start)!;
        string isEnabled = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, isEnabled);
        Assert.StartsWith(variable == "1" && name != "none" ? "True" : "False", isEnabled, StringComparison.Ordinal);
        return Split(File.ReadAllText(listing));
    }

    // A listing has a header for each method. Addresses are no part of what is compared, nor is how many calls to the class initialiser a method has that ran before: there is none left.
    private static Dictionary<string, string> Split(string listing)
        => Header().Split(listing).Skip(1).Chunk(2).ToDictionary(part => part[0], part => Address().Replace(Comment().Replace(part[1], ""), "ADDRESS").Trim());

    private static void Emit(CSharpCompilation compilation, DirectoryInfo directory)
    {
        var result = compilation.Emit(Path.Combine(directory.FullName, $"{compilation.AssemblyName}.dll"));
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
    }

    private static CSharpCompilation Runtime(Func<string, string> change)
        => CSharpCompilation.Create(
            "LockContext.Runtime",
            from folder in new[] { "LockContext.Runtime", "Shared" }
            from file in Directory.GetFiles(Path.Combine(Sources(), folder), "*.cs", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            orderby file
            select CSharpSyntaxTree.ParseText(WithoutGenerators(change(File.ReadAllText(file))), new CSharpParseOptions(LanguageVersion.Preview), file),
            ReferenceAssemblies.Net100.Add(ReferenceAssemblies.Annotations),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    // The classic form of what a source generator would make: the same in all that is compared.
    private static string WithoutGenerators(string text) => Imported().Replace(text.Replace("[LibraryImport(", "[DllImport(", StringComparison.Ordinal), "extern ");

    private static string Sources([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src");

    [GeneratedRegex(@"^; Assembly listing for method (\S+?)(?: \(.*)?$", RegexOptions.Multiline)]
    private static partial Regex Header();

    [GeneratedRegex(@"(?<=static (?:unsafe )?)partial (?!class|struct|record|interface)")]
    private static partial Regex Imported();

    [GeneratedRegex("0x[0-9A-Fa-f]{6,}|0xD1FFAB1E")]
    private static partial Regex Address();

    [GeneratedRegex("^;.*$|;.*bytes of code.*$|^RWD.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
