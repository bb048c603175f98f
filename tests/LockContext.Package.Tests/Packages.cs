using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>
/// Both packages, packed once, in a folder of their own that is the only source of packages: what is on the machine or on the network under the same name
/// cannot be mistaken for them. The packages are built in a folder of their own too, so that a build running at the same time does not interfere. Where
/// <c>LOCKCONTEXT_PACKAGES</c> names a folder, the packages there are tested instead.
/// </summary>
public sealed class Packages : IAsyncLifetime
{
    private string _root = "";

    public string Feed => Path.Combine(_root, "feed");

    public string Version { get; private set; } = "";

    public string LockContext => Path.Combine(Feed, $"LockContext.{Version}.nupkg");

    public string Runtime => Path.Combine(Feed, $"LockContext.Runtime.{Version}.nupkg");

    public async Task InitializeAsync()
    {
        _root = Directory.CreateTempSubdirectory("lockcontext-").FullName;
        Directory.CreateDirectory(Feed);
        string? ready = Environment.GetEnvironmentVariable("LOCKCONTEXT_PACKAGES");
        if (!string.IsNullOrEmpty(ready))
        {
            foreach (string package in Directory.EnumerateFiles(Path.Combine(Repository.Root, ready), "*.nupkg"))
                File.Copy(package, Path.Combine(Feed, Path.GetFileName(package)));
        }
        else
        {
            foreach (string project in Directory.EnumerateFiles(Repository.PathTo("nuget"), "*.Package.csproj", SearchOption.AllDirectories).Order())
                (await Dotnet.RunAsync(Repository.Root, $"pack \"{project}\" -c Release --artifacts-path artifacts/package-test -o \"{Feed}\"")).Succeeded();
        }

        Version = Directory.EnumerateFiles(Feed, "LockContext.*.nupkg").Select(f => Path.GetFileNameWithoutExtension(f)["LockContext.".Length..]).Single(v => char.IsAsciiDigit(v[0]));

        // Barriers: what lies above the temporary folder does not count.
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
        Write(".editorconfig", "root = true\n");
        Write("nuget.config", """
            <configuration>
              <config><add key="globalPackagesFolder" value="cache" /></config>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
              <packageSources><clear /><add key="packages-under-test" value="feed" /></packageSources>
            </configuration>
            """);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A new project in a folder of its own: <paramref name="body"/> is what stands inside <c>&lt;Project&gt;</c>.</summary>
    public Consumer NewProject(string name, string body, params (string File, string Text)[] files)
    {
        string folder = Path.Combine(_root, name);
        var consumer = new Consumer(folder);
        consumer.Write(name + ".csproj", $"<Project Sdk=\"Microsoft.NET.Sdk\">\n{body.Replace("$VERSION$", Version, StringComparison.Ordinal)}\n</Project>\n");
        foreach ((string file, string text) in files)
            consumer.Write(file, text);
        return consumer;
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_root, file), text);
}

/// <summary>A project that uses the packages.</summary>
public sealed class Consumer(string folder)
{
    public string Folder { get; } = folder;

    public void Write(string file, string text)
    {
        string path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n");

    internal Task<DotnetResult> RunAsync(string arguments, params (string Name, string Value)[] environment) =>
        Dotnet.RunAsync(Folder, arguments, environment);

    internal Task<DotnetResult> BuildAsync(string arguments = "", params (string Name, string Value)[] environment) =>
        RunAsync($"build --no-incremental {arguments}", environment);
}

[CollectionDefinition(nameof(Packages))]
public sealed class SharedPackages : ICollectionFixture<Packages>;
