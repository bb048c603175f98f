using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Benchmarks;

/// <summary>The analyzers of other packages, each loaded as a compiler would: in a context of its own, on this compiler. They are here only when the project is built with <c>-p:Peers=true</c>.</summary>
internal static class Peers
{
    public static IEnumerable<(string Name, ImmutableArray<DiagnosticAnalyzer> Analyzers)> All() =>
        from metadata in typeof(Peers).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        where metadata.Key.StartsWith("Peer:", StringComparison.Ordinal)
        let name = metadata.Key["Peer:".Length..]
        let place = metadata.Value!.Split('|')
        select (name, Load(Path.Combine(place[0], name.ToLowerInvariant(), place[1])));

    /// <summary>The analyzers that come with the SDK and run in every build.</summary>
    public static ImmutableArray<DiagnosticAnalyzer> OfTheSdk()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var root = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "sdk"));
        return [.. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal)
            .Select(sdk => Path.Combine(sdk, "Sdks", "Microsoft.NET.Sdk", "analyzers")).Where(Directory.Exists).TakeLast(1).SelectMany(d => Load(d))];
    }

    private static ImmutableArray<DiagnosticAnalyzer> Load(string directory)
    {
        var files = Directory.EnumerateFiles(directory, "*.dll", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".resources.dll", StringComparison.Ordinal) && !Path.GetFileName(f).Contains("VisualBasic", StringComparison.Ordinal))
            .GroupBy(f => Path.GetFileName(f), StringComparer.Ordinal).Select(g => g.OrderDescending(StringComparer.Ordinal).First()).ToArray();
        var context = new AssemblyLoadContext(directory);
        context.Resolving += (_, name) => files.FirstOrDefault(f => Path.GetFileNameWithoutExtension(f) == name.Name) is { } file ? context.LoadFromAssemblyPath(file) : null;
        var analyzers = ImmutableArray.CreateBuilder<DiagnosticAnalyzer>();
        foreach (var file in files)
        {
            Type[] types;
            try
            {
                types = context.LoadFromAssemblyPath(file).GetTypes();
            }
            catch (ReflectionTypeLoadException e)
            {
                types = [.. e.Types.OfType<Type>()];
            }

            foreach (var type in types)
            {
                if (!type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)
                    && type.GetCustomAttribute<DiagnosticAnalyzerAttribute>()?.Languages.Contains(LanguageNames.CSharp) == true && type.GetConstructor([]) is not null)
                {
                    analyzers.Add((DiagnosticAnalyzer)Activator.CreateInstance(type)!);
                }
            }
        }

        return analyzers.ToImmutable();
    }
}
