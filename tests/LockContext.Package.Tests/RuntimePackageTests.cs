using System.Threading.Tasks;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>A project that references nothing but the runtime has the analyzer, and the analyzer's repairs.</summary>
[Collection(nameof(Packages))]
public class RuntimePackageTests(Packages packages)
{
    private const string Project = """
        <PropertyGroup>
          <TargetFramework>net10.0</TargetFramework>
          <OutputType>Exe</OutputType>
          <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
        </PropertyGroup>
        <ItemGroup>
          <PackageReference Include="LockContext.Runtime" Version="$VERSION$" />
        </ItemGroup>
        """;

    private const string Pool = """
        using LockContext.Runtime;

        unsafe class Pool
        {
            private RawSpinLock _lock;
            private void* _page;

            public void Refill()
            {
                _lock.Enter();
                _page = PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
                _lock.Exit();
            }

            static void Main() => new Pool().Refill();
        }

        """;

    [Fact]
    public async Task Its_allocator_is_checked()
    {
        DotnetResult build = (await packages.NewProject("RuntimeUser", Project, ("Pool.cs", Pool)).BuildAsync()).Succeeded();
        BuildDiagnostic found = Assert.Single(build.Diagnostics);
        Assert.Equal(("Pool.cs", 11, "warning", "LCX1003"), (found.File, found.Line, found.Severity, found.Id));
    }

    [Fact]
    public async Task Dotnet_format_repairs_it()
    {
        Consumer project = packages.NewProject("Formatted", Project, ("Pool.cs", Pool));
        (await project.RunAsync("restore")).Succeeded();
        (await project.RunAsync("format analyzers --no-restore --diagnostics LCX1003 --severity warn")).Succeeded();
        Assert.Contains("GfpFlags.NoLocks", project.Read("Pool.cs"));
        Assert.DoesNotContain("GfpFlags.Kernel", project.Read("Pool.cs"));
        DotnetResult build = (await project.BuildAsync()).Succeeded();
        Assert.Empty(build.Diagnostics);
    }

    [Fact]
    public async Task Dotnet_format_defers_frees()
    {
        const string stack = """
            using LockContext.Runtime;

            unsafe class Stack
            {
                private RawSpinLock _lock;
                private Node* _first;

                public void Pop(void* unknown)
                {
                    _lock.Enter();
                    Node* node = _first;
                    _first = node->Next;
                    KernelMemory.Free(node);
                    KernelMemory.Free(unknown);
                    _lock.Exit();
                }

                private struct Node
                {
                    public Node* Next;
                    public RcuHead Head;
                }

                static void Main() { }
            }

            """;
        Consumer project = packages.NewProject("Deferred", Project, ("Stack.cs", stack));
        (await project.RunAsync("restore")).Succeeded();
        (await project.RunAsync("format analyzers --no-restore --diagnostics LCX1003 --severity warn")).Succeeded();
        string formatted = project.Read("Stack.cs");
        Assert.Contains("Rcu.Free(node, &node->Head);", formatted);
        Assert.Contains("KernelMemory.FreeNoLocks(unknown);", formatted);
        DotnetResult build = (await project.BuildAsync()).Succeeded();
        Assert.Empty(build.Diagnostics);
    }

    [Fact]
    public async Task A_program_runs_on_it()
    {
        Consumer project = packages.NewProject("Running", Project, ("Pool.cs", Pool.Replace("GfpFlags.Kernel", "GfpFlags.NoLocks", System.StringComparison.Ordinal)));
        (await project.RunAsync("run")).Succeeded();
    }
}
