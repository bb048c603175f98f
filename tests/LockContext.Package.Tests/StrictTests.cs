using System.Threading.Tasks;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>Warnings while you edit, errors on a build server: the switch, and who may overrule it.</summary>
[Collection(nameof(Packages))]
public class StrictTests(Packages packages)
{
    private const string Sleeper = """
        using System.Threading;

        static class Program
        {
            private static SpinLock s_gate = new(enableThreadOwnerTracking: false);

            static void Main()
            {
                bool taken = false;
                try
                {
                    s_gate.Enter(ref taken);
                    Step();
                }
                finally
                {
                    if (taken)
                        s_gate.Exit();
                }
            }

            private static void Step() => Pause();

            private static void Pause() => Thread.Sleep(1);
        }

        """;

    [Fact]
    public async Task A_build_warns_and_shows_the_path()
    {
        DotnetResult build = (await NewProject("Plain").BuildAsync()).Succeeded();
        BuildDiagnostic found = Assert.Single(build.Diagnostics);
        Assert.Equal(("Program.cs", 13, "warning", "LCX1001"), (found.File, found.Line, found.Severity, found.Id));
        Assert.Contains("Pause -> Thread.Sleep", found.Message);
    }

    [Theory]
    [InlineData("-p:LockContextStrict=true", "", "")]
    [InlineData("-p:ContinuousIntegrationBuild=true", "", "")]
    [InlineData("", "CI", "true")]
    [InlineData("", "TF_BUILD", "True")]
    [InlineData("", "GITHUB_ACTIONS", "true")]
    public async Task A_build_server_turns_warnings_into_errors(string arguments, string variable, string value)
    {
        (string, string)[] environment = variable == "" ? [] : [(variable, value)];
        DotnetResult build = await NewProject("Strict" + variable + arguments.Length).BuildAsync(arguments, environment);
        Assert.NotEqual(0, build.ExitCode);
        BuildDiagnostic found = Assert.Single(build.Diagnostics);
        Assert.Equal(("error", "LCX1001"), (found.Severity, found.Id));
    }

    [Fact]
    public async Task The_project_itself_can_ask_for_errors()
    {
        DotnetResult build = await NewProject("Asked", "<LockContextStrict>true</LockContextStrict>").BuildAsync();
        Assert.Equal("error", Assert.Single(build.Diagnostics).Severity);
    }

    [Fact]
    public async Task The_project_can_refuse_the_build_server()
    {
        Consumer project = NewProject("Refused", "<LockContextStrict>false</LockContextStrict>");
        DotnetResult build = (await project.BuildAsync("-p:ContinuousIntegrationBuild=true", ("CI", "true"))).Succeeded();
        Assert.Equal("warning", Assert.Single(build.Diagnostics).Severity);
    }

    [Fact]
    public async Task An_editorconfig_has_the_last_word()
    {
        Consumer project = NewProject("Lowered");
        project.Write(".editorconfig", "[*.cs]\ndotnet_diagnostic.LCX1001.severity = warning\n");
        DotnetResult build = (await project.BuildAsync("-p:LockContextStrict=true")).Succeeded();
        Assert.Equal("warning", Assert.Single(build.Diagnostics).Severity);
    }

    [Fact]
    public async Task A_pragma_has_the_last_word()
    {
        Consumer project = NewProject("Silenced");
        project.Write("Program.cs", Sleeper.Replace("            Step();", "#pragma warning disable LCX1001\n            Step();"));
        Assert.Empty((await project.BuildAsync("-p:LockContextStrict=true")).Succeeded().Diagnostics);
    }

    /// <summary>What rests on a lock that nobody has declared does not break a build overnight.</summary>
    [Theory]
    [InlineData("", "warning")]
    [InlineData("-p:LockContextMode=Strict", "error")]
    public async Task A_lock_by_its_shape(string arguments, string severity)
    {
        Consumer project = NewProject("Shape" + severity);
        project.Write("Program.cs", """
            using System.Threading;

            static class Program
            {
                private static int s_busy;

                static void Main()
                {
                    while (Interlocked.CompareExchange(ref s_busy, 1, 0) != 0)
                        Thread.SpinWait(20);
                    Thread.Sleep(1);
                    Volatile.Write(ref s_busy, 0);
                }
            }

            """);
        DotnetResult build = await project.BuildAsync("-p:LockContextStrict=true " + arguments);
        BuildDiagnostic found = Assert.Single(build.Diagnostics);
        Assert.Equal((severity, "LCX1001"), (found.Severity, found.Id));
    }

    private Consumer NewProject(string name, string properties = "") =>
        packages.NewProject(name, $"""
            <PropertyGroup>
              <TargetFramework>net10.0</TargetFramework>
              <OutputType>Exe</OutputType>
              {properties}
            </PropertyGroup>
            <ItemGroup>
              <PackageReference Include="LockContext" Version="$VERSION$" />
            </ItemGroup>
            """, ("Program.cs", Sleeper));
}
