using System;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing;

/// <summary>Makes the one-project solutions in which tests run.</summary>
internal static class TestProject
{
    // An empty project that has been compiled once: solutions forked from it share its bound references, which costs more than a test's own code.
    private static readonly ConcurrentDictionary<string, Lazy<(Project Project, Compilation? KeepAlive)>> s_warm = new();

    public static CSharpCompilationOptions DefaultCompilationOptions { get; } = new(
        OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);

    public static CSharpParseOptions DefaultParseOptions { get; } = new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    public static Project Default(bool annotations) => s_warm.GetOrAdd(annotations ? "annotations" : "plain", _ => new(() =>
    {
        ImmutableArray<MetadataReference> references = ReferenceAssemblies.Net100;
        Project project = Create(annotations ? references.Add(ReferenceAssemblies.Annotations) : references);
        return (project, project.GetCompilationAsync().GetAwaiter().GetResult());
    })).Value.Project;

    public static Project Create(ImmutableArray<MetadataReference> references)
    {
        // Never disposed: a workspace holds nothing but memory, and its solutions outlive it.
#pragma warning disable CA2000
        var workspace = new AdhocWorkspace();
#pragma warning restore CA2000
        ProjectId id = ProjectId.CreateNewId();
        Solution solution = workspace.CurrentSolution.AddProject(ProjectInfo.Create(
            id, VersionStamp.Default, "TestProject", "TestProject", LanguageNames.CSharp, filePath: "/0/TestProject.csproj",
            compilationOptions: DefaultCompilationOptions, parseOptions: DefaultParseOptions, metadataReferences: references));
        return solution.GetProject(id)!;
    }

    public static Project WithFiles(Project project, SolutionState state)
    {
        ProjectId id = project.Id;
        Solution solution = project.Solution.AddMetadataReferences(id, state.AdditionalReferences);
        foreach ((string name, string content) in state.Sources)
            solution = solution.AddDocument(DocumentId.CreateNewId(id), System.IO.Path.GetFileName(name), Text(content), filePath: name);
        foreach ((string name, string content) in state.AdditionalFiles)
            solution = solution.AddAdditionalDocument(DocumentId.CreateNewId(id), System.IO.Path.GetFileName(name), Text(content), filePath: name);
        foreach ((string name, string content) in state.AnalyzerConfigFiles)
            solution = solution.AddAnalyzerConfigDocument(DocumentId.CreateNewId(id), System.IO.Path.GetFileName(name), Text(content), filePath: name);
        return solution.GetProject(id)!;
    }

    private static SourceText Text(string content) => SourceText.From(content, System.Text.Encoding.UTF8);
}
