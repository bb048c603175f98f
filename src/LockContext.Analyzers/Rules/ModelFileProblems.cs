using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3004: a line of a model file that cannot be read, or that speaks of something there is not.</summary>
internal static class ModelFileProblems
{
    public static void Check(AdditionalFileAnalysisContext context)
    {
        if (!ModelFiles.IsModel(context.AdditionalFile) || context.AdditionalFile.GetText(context.CancellationToken) is not { } text)
            return;
        var own = IsOwn(context);
        foreach (var line in ModelText.Read(text))
        {
            var problem = line.Problem ?? (own ? Unknown(line.Entry!.Id, context.Compilation) : null);
            if (problem is not null)
                context.ReportDiagnostic(Diagnostic.Create(Descriptors.ModelFileProblem, Location.Create(context.AdditionalFile.Path, line.Span, text.Lines.GetLinePositionSpan(line.Span)), problem));
        }
    }

    /// <summary>A package may describe assemblies that this project does not use; the project's own files may not.</summary>
    private static bool IsOwn(AdditionalFileAnalysisContext context)
    {
        var options = context.Options.AnalyzerConfigOptionsProvider.GlobalOptions;
        return !options.TryGetValue("build_property.ProjectDir", out var directory) || directory.Length == 0
            || context.AdditionalFile.Path.StartsWith(directory, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Unknown(string id, Compilation compilation)
    {
        // "Type.Method()" is the overload without parameters alone.
        if (id.EndsWith("()", StringComparison.Ordinal))
            id = id.Substring(0, id.Length - 2);
        if (DocumentationCommentId.GetFirstSymbolForDeclarationId(id, compilation) is not null)
            return null;
        var name = id.Substring(2);
        if (id[0] == 'T')
        {
            var simple = name.Substring(name.LastIndexOf('.') + 1);
            return $"'{id}' is not known in this project{DidYouMean(simple, TypesNear(name, compilation))}";
        }

        var open = name.IndexOf('(');
        var path = open < 0 ? name : name.Substring(0, open);
        var dot = path.LastIndexOf('.');
        if (dot < 0 || DocumentationCommentId.GetFirstSymbolForDeclarationId("T:" + path.Substring(0, dot), compilation) is not INamedTypeSymbol type)
        {
            var owner = dot < 0 ? path : path.Substring(0, dot);
            return $"the type of '{id}' is not known in this project{DidYouMean(owner.Substring(owner.LastIndexOf('.') + 1), TypesNear(owner, compilation))}";
        }

        // Without a parameter list all overloads are meant, those of a base type as called on this one among them.
        var member = path.Substring(dot + 1).Replace('#', '.');
        var arity = member.IndexOf("``", StringComparison.Ordinal);
        var bare = arity < 0 ? member : member.Substring(0, arity);
        var members = MembersOf(type).ToArray();
        if (members.Any(m => m.Name == bare) && (open < 0 || id[0] != 'M'))
            return null;
        if (members.Any(m => m.Name == bare))
            return $"'{id}' names no overload of '{type.Name}.{bare}'; leave out the parameter list to mean all of them";
        return $"'{type.Name}' has no member '{bare}'{DidYouMean(bare, members.Where(m => !m.IsImplicitlyDeclared).Select(m => m.Name))}";
    }

    private static IEnumerable<ISymbol> MembersOf(INamedTypeSymbol type)
    {
        for (var t = type; t is not null; t = t.BaseType)
        {
            foreach (var member in t.GetMembers())
                yield return member;
        }
    }

    /// <summary>The names of the types in the namespace that an ID names.</summary>
    private static IEnumerable<string> TypesNear(string name, Compilation compilation)
    {
        INamespaceSymbol? space = compilation.GlobalNamespace;
        var parts = name.Split('.');
        foreach (var part in parts.Take(parts.Length - 1))
            space = space?.GetNamespaceMembers().FirstOrDefault(n => n.Name == part);
        return space?.GetTypeMembers().Select(t => t.Name) ?? Enumerable.Empty<string>();
    }

    private static string DidYouMean(string word, IEnumerable<string> candidates) => Nearest.To(word, candidates) is { } near ? $"; did you mean '{near}'?" : "";
}
