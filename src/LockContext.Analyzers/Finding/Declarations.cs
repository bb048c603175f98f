using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// All of a compilation but the bodies of its methods. An editor makes a new compilation for every character, most of them typed in some body; whatever was found out about a body in another file from
/// nothing but that body and these declarations still holds.
/// </summary>
/// <remarks>Kept with the first and the last tree of the compilation, one of which outlives any edit; so it goes when they go.</remarks>
internal sealed class Declarations
{
    /// <summary>Files that may differ from those of the compilation before; a change of branch changes more.</summary>
    private const int MaxChanged = 8;

    private static readonly ConditionalWeakTable<SyntaxTree, StrongBox<Declarations?>> s_latest = new();
    private static readonly HashSet<int> s_yield = new() { IdentifierIndex.Hash("yield") };

    private readonly SyntaxTree[] _trees;
    private readonly ImmutableArray<MetadataReference> _references;
    private readonly CompilationOptions _options;
    private readonly string? _assembly;
    private readonly string _knowledge;

    private Declarations(Compilation compilation, string knowledge)
    {
        _trees = compilation.SyntaxTrees.ToArray();
        _references = compilation.References.ToImmutableArray();
        _options = compilation.Options.WithSyntaxTreeOptionsProvider(null);
        _assembly = compilation.AssemblyName;
        _knowledge = knowledge;
        Identity = new object();
    }

    /// <summary>The same for all compilations that have the same declarations, as far as is known.</summary>
    public object Identity { get; private set; }

    /// <param name="project">What the project's model files say.</param>
    /// <param name="words">The locks that loops were found to spin on, which no declaration tells.</param>
    public static Declarations Of(Compilation compilation, ModelTable project, SpinWords words)
    {
        var knowledge = new StringBuilder(project.ToString());
        foreach (var word in words.All.Select(w => string.Format(CultureInfo.InvariantCulture, "\n{0} {1} {2} {3}", w.Symbol.ToDisplayString(), w.Free, w.ByShape, w.Bit)).OrderBy(w => w, StringComparer.Ordinal))
            knowledge.Append(word);
        var declarations = new Declarations(compilation, knowledge.ToString());
        if (declarations._trees.Length == 0)
            return declarations;
        var first = s_latest.GetOrCreateValue(declarations._trees[0]);
        var last = s_latest.GetOrCreateValue(declarations._trees[declarations._trees.Length - 1]);
        declarations.Identity = declarations.IdentityOf(first.Value) ?? declarations.IdentityOf(last.Value) ?? declarations.Identity;
        first.Value = last.Value = declarations;
        return declarations;
    }

    /// <summary>The identity of an earlier compilation, if this one has the same declarations.</summary>
    private object? IdentityOf(Declarations? before)
    {
        if (before is null || before._trees.Length != _trees.Length || before._assembly != _assembly || before._knowledge != _knowledge
            || !before._references.SequenceEqual(_references) || !before._options.Equals(_options))
        {
            return null;
        }

        var changed = 0;
        for (var i = 0; i < _trees.Length; i++)
        {
            if (!ReferenceEquals(_trees[i], before._trees[i]) && (++changed > MaxChanged || !SameOutsideOfBodies(_trees[i], before._trees[i])))
                return null;
        }

        return before.Identity;
    }

    private static bool SameOutsideOfBodies(SyntaxTree a, SyntaxTree b) => a.FilePath == b.FilePath && a.Options.Equals(b.Options) && OutsideOfBodies(a) == OutsideOfBodies(b);

    /// <summary>The tokens of a file without the bodies of its methods. Of those only whether they yield is known from outside; and what constructors assign and accessors are made of is.</summary>
    private static string OutsideOfBodies(SyntaxTree tree)
    {
        var index = IdentifierIndex.Of(tree);
        var result = new StringBuilder();
        foreach (var part in tree.GetRoot().DescendantNodesAndTokens(n => !IsBody(n)))
        {
            if (part.AsNode() is not { } node)
                result.Append(part.AsToken().Text).Append(' ');
            else if (IsBody(node))
                result.Append(node.Kind()).Append(index.MentionsAny(s_yield, node.Span) ? " yields " : " ");
        }

        return result.ToString();
    }

    private static bool IsBody(SyntaxNode node) => node is BlockSyntax or ArrowExpressionClauseSyntax && node.Parent is BaseMethodDeclarationSyntax and not ConstructorDeclarationSyntax;
}
