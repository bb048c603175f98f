using System.Threading.Tasks;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>Model files are handed to the analyzer without being named in the project.</summary>
[Collection(nameof(Packages))]
public class ModelFilesTests(Packages packages)
{
    [Theory]
    [InlineData("", true)]
    [InlineData("-p:LockContextDefaultModelFiles=false", false)]
    public async Task They_are_found_by_their_name(string arguments, bool found)
    {
        Consumer project = packages.NewProject("Modelled" + arguments.Length, """
            <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
            <ItemGroup><PackageReference Include="LockContext" Version="$VERSION$" /></ItemGroup>
            """, ("models/driver.lockcontext.txt", "# empty\n"), ("notes.txt", ""));
        (await project.RunAsync("restore")).Succeeded();
        DotnetResult items = (await project.RunAsync($"msbuild -getItem:AdditionalFiles {arguments}")).Succeeded();
        Assert.Equal(found, items.Output.Contains("driver.lockcontext.txt", System.StringComparison.Ordinal));
        Assert.DoesNotContain("notes.txt", items.Output);
    }
}
