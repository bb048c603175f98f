using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LockContext.Testing;

/// <summary>What test sources are compiled against.</summary>
public static class ReferenceAssemblies
{
    private static readonly Lazy<ImmutableArray<MetadataReference>> s_net100 = new(LoadNet100);

    /// <summary>The reference assemblies of .NET 10, or the running framework itself on a machine that has a runtime only.</summary>
    public static ImmutableArray<MetadataReference> Net100 => s_net100.Value;

    public static MetadataReference Annotations { get; } = MetadataReference.CreateFromFile(typeof(RawAtomicAttribute).Assembly.Location);

    /// <summary>Compiles a library for other test sources to reference: its implementation, or its reference assembly.</summary>
    public static MetadataReference Compile(string assemblyName, string source, bool referenceAssembly = false)
    {
        CSharpCompilation compilation = CreateCompilation(assemblyName, source);
        using var image = new MemoryStream();
        var result = compilation.Emit(image, options: new(metadataOnly: referenceAssembly, includePrivateMembers: !referenceAssembly));
        if (!result.Success)
            throw new VerificationException("The referenced source does not compile:\n" + string.Join('\n', result.Diagnostics));
        image.Position = 0;
        return MetadataReference.CreateFromStream(image);
    }

    /// <summary>Makes a library that the compiler sees as a project of the same solution.</summary>
    public static CompilationReference CompileAsProject(string assemblyName, string source) => CreateCompilation(assemblyName, source).ToMetadataReference();

    private static CSharpCompilation CreateCompilation(string assemblyName, string source) => CSharpCompilation.Create(
        assemblyName,
        [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview), $"/{assemblyName}/Library.cs")],
        Net100.Add(Annotations),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    private static ImmutableArray<MetadataReference> LoadNet100()
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd(Path.DirectorySeparatorChar);
        var packs = new DirectoryInfo(Path.Combine(runtime, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        DirectoryInfo? pack = packs.Exists
            ? packs.GetDirectories("10.*").OrderBy(d => Version.TryParse(d.Name, out Version? version) ? version : new Version()).LastOrDefault()
            : null;
        string[] files = pack is not null
            ? Directory.GetFiles(Path.Combine(pack.FullName, "ref", "net10.0"), "*.dll")
            : [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(f => Path.GetDirectoryName(f) == runtime && IsManaged(f))];
        return [.. files.Order(StringComparer.Ordinal).Select(f => MetadataReference.CreateFromFile(f))];
    }

    private static bool IsManaged(string file)
    {
        try
        {
            AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
