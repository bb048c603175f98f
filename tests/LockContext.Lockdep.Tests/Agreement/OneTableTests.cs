using System;
using System.Linq;
using System.Reflection;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests.Agreement;

/// <summary>One table of wait classes: the analyzer's copy and the runtime's are compiled from one file, and what the runtime declares in attributes is what its validator does.</summary>
public sealed class OneTableTests
{
    [Fact]
    public void The_table_is_the_same_in_both()
    {
        FieldInfo[] here = typeof(WaitTable).GetFields(BindingFlags.Static | BindingFlags.Public);
        Type there = typeof(LockContext.Analyzers.Model.WaitTable);
        Assert.True(here.Length >= 12);
        Assert.Equal(here.Length, there.GetFields(BindingFlags.Static | BindingFlags.Public).Length);
        foreach (FieldInfo field in here)
            Assert.Equal((int)field.GetRawConstantValue()!, (int)there.GetField(field.Name)!.GetRawConstantValue()!);
    }

    [Theory]
    [InlineData(typeof(RawSpinLock), LockTraits.RawSpinLock)]
    [InlineData(typeof(SleepingLock), LockTraits.SleepingLock)]
    [InlineData(typeof(LocalLock), LockTraits.LocalLock)]
    [InlineData(typeof(RwSemaphore), LockTraits.RwSemaphore)]
    [InlineData(typeof(WatchedLock), LockTraits.WatchedLock)]
    [InlineData(typeof(WatchedMonitor), LockTraits.WatchedMonitor)]
    [InlineData(typeof(WatchedSpinLock), LockTraits.WatchedSpinLock)]
    [InlineData(typeof(WatchedReaderWriterLock), LockTraits.WatchedReaderWriterLock)]
    public void What_a_lock_declares_is_what_is_checked(Type type, uint traits)
    {
        var declared = type.GetCustomAttribute<LockClassAttribute>()!;
        Assert.Equal(declared.Outer, LockTraits.Outer(traits));
        Assert.Equal(declared.Inner == WaitClass.None ? declared.Outer : declared.Inner, LockTraits.Inner(traits));
    }

    [Theory]
    [InlineData("System.Threading.Monitor", LockTraits.WatchedMonitor)]
    [InlineData("System.Threading.Lock", LockTraits.WatchedLock)]
    [InlineData("System.Threading.SpinLock", LockTraits.WatchedSpinLock)]
    [InlineData("System.Threading.ReaderWriterLockSlim", LockTraits.WatchedReaderWriterLock)]
    public void What_the_analyzer_knows_of_the_class_library_is_what_is_checked(string type, uint traits)
    {
        Assembly analyzer = typeof(LockContext.Analyzers.LockContextAnalyzer).Assembly;
        using var reader = new System.IO.StreamReader(analyzer.GetManifestResourceStream("LockContext.Analyzers.Knowledge.Framework.lockcontext.txt")!);
        string row = reader.ReadToEnd().Split('\n').Single(line => line.StartsWith($"T:{type} ", StringComparison.Ordinal));
        Assert.Contains($"LockClass({LockTraits.Outer(traits)},{LockTraits.Inner(traits)})", row, StringComparison.Ordinal);
    }
}
