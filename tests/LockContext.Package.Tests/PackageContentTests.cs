using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using LockContext.Analyzers;
using Xunit;

namespace LockContext.Package.Tests;

[Collection(nameof(Packages))]
public class PackageContentTests(Packages packages)
{
    private static readonly string[] s_wrapping = ["[Content_Types].xml", "_rels/.rels", "package/services/metadata/core-properties/nuget.psmdcp"];

    [Fact]
    public void LockContext_holds_exactly_these_files()
    {
        IEnumerable<string> pages = new LockContextAnalyzer().SupportedDiagnostics.Select(d => $"docs/rules/{d.Id}.md");
        AssertEntries(packages.LockContext, [
            .. pages,
            "LICENSE",
            "LockContext.nuspec",
            "README.md",
            "analyzers/dotnet/cs/LockContext.Analyzers.dll",
            "analyzers/dotnet/cs/LockContext.CodeFixes.dll",
            "buildTransitive/LockContext.Annotations.cs",
            "buildTransitive/LockContext.Strict.globalconfig",
            "buildTransitive/LockContext.StrictMode.globalconfig",
            "buildTransitive/LockContext.props",
            "buildTransitive/LockContext.targets",
            "docs/annotations.md",
            "docs/model-files.md",
            "docs/options.md",
            "docs/policies.md",
            "icon.png",
            "lib/netstandard2.0/LockContext.Annotations.dll",
            "lib/netstandard2.0/LockContext.Annotations.xml",
        ]);
    }

    [Fact]
    public void LockContext_Runtime_holds_exactly_these_files() =>
        AssertEntries(packages.Runtime, [
            "LICENSE",
            "LockContext.Runtime.nuspec",
            "README.md",
            "docs/runtime-api.md",
            "icon.png",
            "lib/net10.0/LockContext.Runtime.dll",
            "lib/net10.0/LockContext.Runtime.xml",
        ]);

    [Fact]
    public void LockContext_depends_on_nothing_and_is_no_development_dependency()
    {
        XElement metadata = Nuspec.Metadata(packages.LockContext);
        Assert.Empty(metadata.Descendants(Nuspec.Name(metadata, "dependency")));
        Assert.Null(metadata.Element(Nuspec.Name(metadata, "developmentDependency")));
    }

    [Fact]
    public void LockContext_Runtime_hands_the_analyzer_on_to_its_users()
    {
        XElement metadata = Nuspec.Metadata(packages.Runtime);
        XElement dependency = Assert.Single(metadata.Descendants(Nuspec.Name(metadata, "dependency")));
        Assert.Equal("LockContext", dependency.Attribute("id")!.Value);
        Assert.Equal(packages.Version, dependency.Attribute("version")!.Value);
        Assert.Equal("All", dependency.Attribute("include")?.Value);
        Assert.Null(dependency.Attribute("exclude"));
    }

    /// <summary>A reference to a newer compiler than the baseline would keep the analyzer from loading in the oldest one that we serve (CS9057).</summary>
    [Theory]
    [InlineData("analyzers/dotnet/cs/LockContext.Analyzers.dll")]
    [InlineData("analyzers/dotnet/cs/LockContext.CodeFixes.dll")]
    public void The_analyzer_asks_for_the_baseline_compiler(string entry)
    {
        using ZipArchive package = ZipFile.OpenRead(packages.LockContext);
        using var image = new MemoryStream();
        using (Stream stream = package.GetEntry(entry)!.Open())
            stream.CopyTo(image);
        image.Position = 0;
        using var reader = new PEReader(image);
        MetadataReader metadata = reader.GetMetadataReader();
        IEnumerable<Version> versions = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference)
            .Where(r => metadata.GetString(r.Name).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)).Select(r => r.Version);
        Assert.Equal([new Version(4, 14, 0, 0)], versions.Distinct());
    }

    private static void AssertEntries(string path, string[] expected)
    {
        using ZipArchive package = ZipFile.OpenRead(path);
        Assert.Equal(expected.Concat(s_wrapping).Order(StringComparer.Ordinal), package.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal));
    }
}

internal static class Nuspec
{
    public static XElement Metadata(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        using Stream stream = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
    }

    public static XName Name(XElement metadata, string name) => metadata.Name.Namespace + name;
}
