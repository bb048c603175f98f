using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests;

/// <summary>The two test projects share these sources and differ in the compiler only; this is the proof that they do.</summary>
public class LoadedCompiler
{
    [Fact]
    public void Is_the_one_this_project_is_meant_to_test()
    {
        string expected = typeof(LoadedCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "ExpectedRoslyn").Value!;
        string informational = typeof(Compilation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.StartsWith(expected, informational);
    }

    [Fact]
    public void And_its_workspace_layer_has_the_same_version() =>
        Assert.Equal(typeof(Compilation).Assembly.GetName().Version, typeof(Workspace).Assembly.GetName().Version);
}
