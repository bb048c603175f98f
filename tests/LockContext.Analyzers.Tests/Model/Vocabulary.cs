using System;
using System.Linq;
using Xunit;

namespace LockContext.Analyzers.Tests.Model;

/// <summary>The analyzer reads the annotations by name and number; it has copies of both, which must not drift.</summary>
public class Vocabulary
{
    [Fact]
    public void Wait_classes_have_the_numbers_of_the_public_enum() => AssertSame(typeof(Analyzers.Model.WaitClass), typeof(WaitClass));

    [Fact]
    public void Allocation_behaviors_have_the_numbers_of_the_public_enum() => AssertSame(typeof(Analyzers.Model.AllocationBehavior), typeof(AllocationBehavior));

    [Fact]
    public void Every_attribute_is_known_to_the_analyzer()
    {
        var declared = typeof(RawAtomicAttribute).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(Attribute))).Select(t => t.Name.Replace("Attribute", ""));
        Assert.Equal(declared.Order(), Analyzers.Knowledge.Vocabulary.Names.Order());
    }

    [Fact]
    public void No_attribute_is_conditional()
    {
        // A conditional attribute vanishes from metadata, and the contract with it.
        Assert.All(typeof(RawAtomicAttribute).Assembly.GetExportedTypes(), t => Assert.Empty(t.GetCustomAttributes(typeof(System.Diagnostics.ConditionalAttribute), false)));
    }

    private static void AssertSame(Type internally, Type publicly) => Assert.Equal(
        Enum.GetNames(publicly).Select(n => (n, Convert.ToInt32(Enum.Parse(publicly, n), null))),
        Enum.GetNames(internally).Select(n => (n, Convert.ToInt32(Enum.Parse(internally, n), null))));
}
