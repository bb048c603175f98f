using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// Finds the declarations in a file whose code can have anything to report: from the places where a name of the set is mentioned outwards, so that a file which mentions none costs a scan of
/// its text and nothing is bound.
/// </summary>
internal sealed class InterestingCode
{
    private readonly AnnotatedNames _annotated;
    private readonly HashSet<int> _hashes;

    /// <summary>A lock statement limits nothing and is always balanced; it matters by itself only to a member that can be suspended inside it.</summary>
    private static readonly int s_yield = IdentifierIndex.Hash("yield");
    private static readonly HashSet<int> s_yields = new() { s_yield };
    private static readonly HashSet<int> s_lock = new() { IdentifierIndex.Hash("lock"), IdentifierIndex.Hash("Synchronized") };

    /// <summary>Indexers have no name to go by but this one.</summary>
    private static readonly int s_this = IdentifierIndex.Hash("this");

    /// <param name="withLockStatements">Whether a <c>lock</c> statement alone is of interest.</param>
    public InterestingCode(AnnotatedNames annotated, NameSet interesting, bool withLockStatements = false)
    {
        _annotated = annotated;
        _hashes = new HashSet<int>(interesting.Hashes) { s_yield };
        if (withLockStatements)
            _hashes.UnionWith(s_lock);
        if (annotated.HasIndexers)
            _hashes.Add(s_this);
    }

    /// <summary>Whether a file may have a member that is suspended inside a lock statement.</summary>
    public static bool MaySuspendInLockStatement(IdentifierIndex index) => index.MentionsAny(s_yields) && index.MentionsAny(s_lock);

    /// <summary>Members with code, and the variables and properties with initialisers, in the order of the file.</summary>
    public IEnumerable<SyntaxNode> In(SyntaxTree tree, TextSpan? within, CancellationToken cancellation)
    {
        var index = IdentifierIndex.Of(tree);
        if (!index.MentionsAny(_hashes))
            return Enumerable.Empty<SyntaxNode>();
        var root = tree.GetRoot(cancellation);
        var found = new HashSet<SyntaxNode>();
        var last = default(TextSpan);
        foreach (var (position, hash) in index.MentionsOf(_hashes))
        {
            // Within a member that is taken already nothing can be added; a position in a type's own declaration belongs to no member.
            if (last.Contains(position))
                continue;
            var node = root.FindToken(position).Parent;
            if (hash == s_this && node is not IndexerDeclarationSyntax)
                continue;
            if (DeclarationOf(node) is not { } declaration)
                continue;
            if (hash == s_yield && !index.MentionsAny(s_lock, declaration.FullSpan))
                continue;
            if (declaration is BaseTypeDeclarationSyntax type)
            {
                if (_annotated.IsAnnotatedType(type.Identifier.ValueText))
                    found.UnionWith(type.DescendantNodes(n => n is BaseTypeDeclarationSyntax).OfType<MemberDeclarationSyntax>().Where(m => m is not BaseTypeDeclarationSyntax));
                continue;
            }

            if (declaration is FieldDeclarationSyntax { AttributeLists.Count: 0 } field && OnlyMakesObjects(field, position))
                continue;
            last = declaration.FullSpan;
            found.Add(declaration);
        }

        return found.Where(n => within is null || within.Value.IntersectsWith(n.FullSpan)).SelectMany(Parts).OrderBy(n => n.SpanStart);
    }

    /// <summary>
    /// A field that is mentioned by its own name or type only (<c>SpinLock _hot = new(false);</c>), and begins as a new object made of constants. What its constructor does is seen in the
    /// constructor, and a field initialiser has no context of its own unless its type has.
    /// </summary>
    private static bool OnlyMakesObjects(FieldDeclarationSyntax field, int mention)
    {
        foreach (var variable in field.Declaration.Variables)
        {
            if (variable.Initializer is not { } initialiser)
                continue;
            if (initialiser.Span.Contains(mention)
                || initialiser.Value is not BaseObjectCreationExpressionSyntax { Initializer: null } creation
                || creation.ArgumentList?.Arguments.All(a => a.Expression is LiteralExpressionSyntax) == false)
            {
                return false;
            }
        }

        return true;
    }

    private static SyntaxNode? DeclarationOf(SyntaxNode? node) => node?.FirstAncestorOrSelf<SyntaxNode>(n => n
        is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax or BaseFieldDeclarationSyntax or GlobalStatementSyntax or BaseTypeDeclarationSyntax) switch
    {
        GlobalStatementSyntax { Parent: { } unit } => unit,
        var declaration => declaration,
    };

    /// <summary>What of a declaration is a body of its own.</summary>
    private static IEnumerable<SyntaxNode> Parts(SyntaxNode declaration)
    {
        switch (declaration)
        {
            case BasePropertyDeclarationSyntax property:
                if (property is PropertyDeclarationSyntax { Initializer: not null })
                    yield return property;
                if (property is PropertyDeclarationSyntax { ExpressionBody: { } getter })
                    yield return getter;
                if (property is IndexerDeclarationSyntax { ExpressionBody: { } indexer })
                    yield return indexer;
                foreach (var accessor in property.AccessorList?.Accessors ?? default)
                    yield return accessor;
                break;
            case BaseFieldDeclarationSyntax field:
                foreach (var variable in field.Declaration.Variables)
                {
                    if (variable.Initializer is not null)
                        yield return variable;
                }

                break;
            case BaseMethodDeclarationSyntax or CompilationUnitSyntax:
                yield return declaration;
                break;
        }
    }
}
