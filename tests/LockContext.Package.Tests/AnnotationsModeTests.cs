using System.IO;
using System.Linq;
using System.Threading.Tasks;
using System.Xml.Linq;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>Where the attributes come from: <c>LockContextAnnotations</c>.</summary>
[Collection(nameof(Packages))]
public class AnnotationsModeTests(Packages packages)
{
    private const string Journal = """
        using LockContext;

        namespace Sample
        {
            public class Journal
            {
                [Sleepable]
                public virtual void Append(int record) { }

                [RequiresLock("_gate")]
                internal void Seal() { }

                internal readonly object _gate = new object();
            }
        }

        """;

    [Fact]
    public async Task Adding_the_package_is_enough_for_the_attributes()
    {
        Consumer project = packages.NewProject("Fresh", """
            <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
            """, ("Journal.cs", Journal));
        (await project.RunAsync("add package LockContext")).Succeeded();
        Assert.DoesNotContain("PrivateAssets", project.Read("Fresh.csproj"));
        DotnetResult build = (await project.BuildAsync("-warnaserror")).Succeeded();
        Assert.Empty(build.Diagnostics);
    }

    [Fact]
    public async Task As_source_the_library_depends_on_nothing()
    {
        // C# 7.3 is what a netstandard2.0 library gets by default.
        Consumer library = packages.NewProject("SourceLibrary", Library("Source", "PrivateAssets=\"all\"", "<LangVersion>7.3</LangVersion>"), ("Journal.cs", Journal));
        (await library.RunAsync("pack -o out -warnaserror")).Succeeded();
        string package = Directory.EnumerateFiles(Path.Combine(library.Folder, "out"), "*.nupkg").Single();
        XElement metadata = Nuspec.Metadata(package);
        Assert.Empty(metadata.Descendants(Nuspec.Name(metadata, "dependency")));

        using var image = new FileStream(Directory.EnumerateFiles(library.Folder, "SourceLibrary.dll", SearchOption.AllDirectories).First(), FileMode.Open, FileAccess.Read);
        using var reader = new System.Reflection.PortableExecutable.PEReader(image);
        System.Reflection.Metadata.MetadataReader assembly = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(reader);
        Assert.DoesNotContain(assembly.AssemblyReferences, r => assembly.GetString(assembly.GetAssemblyReference(r).Name).StartsWith("LockContext", System.StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_source_the_contracts_reach_users_and_friends()
    {
        packages.NewProject("FriendlyLibrary", Library("Source", "PrivateAssets=\"all\"", ""), ("Journal.cs", Journal),
            ("Friends.cs", "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Friend\")]\n"));
        Consumer friend = packages.NewProject("Friend", Library("Source", "PrivateAssets=\"all\"", "") + """
            <ItemGroup><ProjectReference Include="../FriendlyLibrary/FriendlyLibrary.csproj" /></ItemGroup>
            """, ("Writer.cs", """
            using LockContext;

            class Writer
            {
                [RawAtomic]
                void Write(Sample.Journal journal)
                {
                    journal.Append(1);
                }
            }

            """));
        DotnetResult build = (await friend.BuildAsync("-p:LockContextStrict=false -p:WarningsAsErrors=CS0436")).Succeeded();
        Assert.DoesNotContain("CS0436", build.Output);
        BuildDiagnostic found = Assert.Single(build.Diagnostics);
        Assert.Equal(("Writer.cs", 8, "LCX1001"), (found.File, found.Line, found.Id));
    }

    /// <summary>
    /// Another library's contracts name attributes of the assembly, and enums that only the assembly defines: they must stay readable where the project has its
    /// own copy.
    /// </summary>
    [Fact]
    public async Task As_source_the_contracts_of_others_stay_readable()
    {
        packages.NewProject("OtherLibrary", Library("Assembly", "", ""), ("TicketLock.cs", """
            using LockContext;

            namespace Other
            {
                [LockClass(Outer = WaitClass.Spin)]
                public sealed class TicketLock
                {
                    [Acquires, Trusted("a stub")] public void Enter() { }
                    [Releases, Trusted("a stub")] public void Exit() { }
                }
            }

            """));
        Consumer user = packages.NewProject("SourceUser", Library("Source", "PrivateAssets=\"all\"", "") + """
            <ItemGroup><ProjectReference Include="../OtherLibrary/OtherLibrary.csproj" /></ItemGroup>
            """, ("Writer.cs", """
            using LockContext;

            class Writer
            {
                [NoReclaim]
                static void Main(Other.TicketLock gate)
                {
                    gate.Enter();
                    System.Threading.Thread.Sleep(1);
                    gate.Exit();
                }
            }

            """));
        DotnetResult build = (await user.BuildAsync("-p:WarningsAsErrors=CS0436")).Succeeded();
        Assert.DoesNotContain("CS0436", build.Output);
        Assert.Equal("LCX1001", Assert.Single(build.Diagnostics).Id);
    }

    [Fact]
    public async Task Forgotten_PrivateAssets_are_pointed_out()
    {
        Consumer library = packages.NewProject("LeakyLibrary", Library("Source", "", ""), ("Journal.cs", Journal));
        DotnetResult pack = (await library.RunAsync("pack -o out")).Succeeded();
        Assert.Contains("LOCKCONTEXT003", pack.Output);
    }

    [Fact]
    public async Task With_None_a_project_declares_its_own()
    {
        Consumer project = packages.NewProject("Own", Library("None", "PrivateAssets=\"all\"", ""), ("Own.cs", """
            namespace LockContext { [System.AttributeUsage(System.AttributeTargets.Method)] sealed class RawAtomicAttribute : System.Attribute { } }

            class Program
            {
                [LockContext.RawAtomic]
                static void Main()
                {
                    System.Threading.Thread.Sleep(1);
                }
            }

            """));
        DotnetResult build = (await project.BuildAsync("-p:WarningsAsErrors=CS0436")).Succeeded();
        Assert.Equal("LCX1001", Assert.Single(build.Diagnostics).Id);
    }

    [Fact]
    public async Task An_unknown_value_is_an_error()
    {
        Consumer project = packages.NewProject("Unknown", Library("Sauce", "", ""));
        DotnetResult build = await project.BuildAsync();
        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains("LOCKCONTEXT001", build.Output);
    }

    private static string Library(string mode, string reference, string properties) => $"""
        <PropertyGroup>
          <TargetFramework>net10.0</TargetFramework>
          <LockContextAnnotations>{mode}</LockContextAnnotations>
          {properties}
        </PropertyGroup>
        <ItemGroup>
          <PackageReference Include="LockContext" Version="$VERSION$" {reference} />
        </ItemGroup>
        """;
}
