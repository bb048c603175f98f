using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// The names that declarations carrying the vocabulary give: of members, parameters' members, types, and of whatever is declared with such a type. In source they are found by
/// syntax, file by file where an attribute's name occurs at all; in referenced assemblies by symbols, if they know the vocabulary.
/// </summary>
internal sealed class AnnotatedNames
{
    private readonly NameSet _members = new();
    private readonly HashSet<string> _types = new();
    private readonly HashSet<string> _contracts = new();
    private readonly HashSet<string> _delegates = new();

    /// <summary>Names whose mention makes a body interesting.</summary>
    public NameSet Members => _members;

    /// <summary>Names of types that carry the vocabulary themselves, so that every body in them is interesting.</summary>
    public IEnumerable<string> Types => _types;

    /// <summary>Names of interfaces with members that carry the vocabulary, so that every type which names one is to be compared with it.</summary>
    public IEnumerable<string> Contracts => _contracts;

    /// <summary>Whether some indexer carries the vocabulary; indexers have no name to go by.</summary>
    public bool HasIndexers { get; private set; }

    public bool IsAnnotatedType(string name) => _types.Contains(name);

    public static AnnotatedNames Of(Compilation compilation, ModelTable project)
    {
        var names = new AnnotatedNames();
        foreach (var name in project.MemberNames)
            names._members.Add(name);
        foreach (var name in project.TypeNames)
            names.AddType(name);
        names.AddSource(compilation);
        foreach (var assembly in compilation.SourceModule.ReferencedAssemblySymbols)
        {
            if (KnowsVocabulary(assembly))
                names.AddNamespace(assembly.GlobalNamespace);
        }

        names.AddDeclarationsWithAnnotatedTypes(compilation);
        return names;
    }

    private static bool KnowsVocabulary(IAssemblySymbol assembly) => assembly.Name != "LockContext.Annotations"
        && (assembly.Modules.Any(m => m.ReferencedAssemblies.Any(r => r.Name == "LockContext.Annotations"))
            || assembly.GetTypeByMetadataName("LockContext.AcquiresAttribute") is not null
            || assembly.GetTypeByMetadataName("LockContext.RawAtomicAttribute") is not null);

    private void AddSource(Compilation compilation)
    {
        var vocabulary = new HashSet<int>(Vocabulary.Names.SelectMany(n => new[] { IdentifierIndex.Hash(n), IdentifierIndex.Hash(n + "Attribute") }));
        foreach (var token in TokensOf(compilation, vocabulary))
        {
            if (token.Parent?.FirstAncestorOrSelf<AttributeSyntax>() is { Parent: AttributeListSyntax { Parent: { } owner } })
                AddOwner(owner);
        }
    }

    private static IEnumerable<SyntaxToken> TokensOf(Compilation compilation, HashSet<int> identifiers)
    {
        var trees = compilation.SyntaxTrees.ToArray();
        var found = new SyntaxToken[trees.Length][];
        Parallel.For(0, trees.Length, compilation.Threads(CancellationToken.None), i =>
        {
            var index = IdentifierIndex.Of(trees[i]);
            found[i] = index.MentionsAny(identifiers) ? index.PositionsOf(identifiers).Select(p => trees[i].GetRoot().FindToken(p)).ToArray() : Array.Empty<SyntaxToken>();
        });
        return found.SelectMany(f => f);
    }

    private void AddOwner(SyntaxNode owner)
    {
        switch (owner)
        {
            case EnumMemberDeclarationSyntax:
                break;
            case BaseTypeDeclarationSyntax type:
                AddType(type.Identifier.ValueText);

                // What implements a member of an annotated type has its name.
                if (type is TypeDeclarationSyntax { Members: var members })
                {
                    foreach (var member in members)
                    {
                        if (member is not BaseTypeDeclarationSyntax)
                            AddOwner(member);
                    }
                }

                break;
            case DelegateDeclarationSyntax type:
                _delegates.Add(type.Identifier.ValueText);
                AddType(type.Identifier.ValueText);
                break;
            case ParameterSyntax { Parent.Parent: { } method }:
                AddOwner(method);
                break;
            case AccessorDeclarationSyntax { Parent.Parent: { } member }:
                AddOwner(member);
                break;
            case MethodDeclarationSyntax method:
                AddContract(method);
                _members.Add(method.Identifier.ValueText);
                break;
            case ConstructorDeclarationSyntax constructor:
                _members.Add(constructor.Identifier.ValueText);
                break;
            case PropertyDeclarationSyntax property:
                AddContract(property);
                _members.Add(property.Identifier.ValueText);
                break;
            case EventDeclarationSyntax @event:
                _members.Add(@event.Identifier.ValueText);
                break;
            case BaseFieldDeclarationSyntax field:
                foreach (var variable in field.Declaration.Variables)
                    _members.Add(variable.Identifier.ValueText);
                break;
            case IndexerDeclarationSyntax or OperatorDeclarationSyntax or ConversionOperatorDeclarationSyntax:
                // They have no name to be mentioned by: whoever mentions the type may use them.
                HasIndexers |= owner is IndexerDeclarationSyntax;
                if (owner.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>() is { } containing)
                    _members.Add(containing.Identifier.ValueText);
                break;
        }
    }

    private void AddContract(MemberDeclarationSyntax member)
    {
        if (member.Parent is InterfaceDeclarationSyntax contract)
            _contracts.Add(contract.Identifier.ValueText);
    }

    private void AddType(string name)
    {
        _types.Add(name);
        _members.Add(name);
    }

    private void AddNamespace(INamespaceSymbol root)
    {
        var pending = new Stack<INamespaceOrTypeSymbol>();
        pending.Push(root);
        while (pending.Count > 0)
        {
            var container = pending.Pop();
            var whole = container is INamedTypeSymbol annotated && KnowledgeBase.HasVocabulary(annotated.GetAttributes());
            if (whole)
                AddType(container.Name);
            foreach (var member in container.GetMembers())
            {
                if (member is INamespaceOrTypeSymbol inner)
                    pending.Push(inner);
                else if (whole || IsAnnotated(member))
                {
                    HasIndexers |= member is IPropertySymbol { IsIndexer: true };
                    if (container is INamedTypeSymbol { TypeKind: TypeKind.Interface })
                        _contracts.Add(container.Name);
                    _members.Add(member is IMethodSymbol { MethodKind: MethodKind.Constructor } ? member.ContainingType.Name : member.Name);
                }
            }
        }
    }

    private static bool IsAnnotated(ISymbol member) => KnowledgeBase.HasVocabulary(member.GetAttributes())
        || (member is IMethodSymbol method && method.Parameters.Any(p => KnowledgeBase.HasVocabulary(p.GetAttributes())));

    /// <summary>What is declared with an annotated type (a lock struct, a delegate type with a contract) is interesting by its own name too.</summary>
    private void AddDeclarationsWithAnnotatedTypes(Compilation compilation)
    {
        var types = new HashSet<int>(_types.Append("SpinLock").Select(IdentifierIndex.Hash));
        foreach (var token in TokensOf(compilation, types))
        {
            var node = token.Parent;
            while (node is TypeSyntax or TypeArgumentListSyntax)
                node = node.Parent;
            switch (node)
            {
                case VariableDeclarationSyntax declaration:
                    foreach (var variable in declaration.Variables)
                        _members.Add(variable.Identifier.ValueText);
                    break;
                case ParameterSyntax parameter:
                    _members.Add(parameter.Identifier.ValueText);

                    // Who passes a method to it need not mention the delegate type.
                    if (parameter.Parent?.Parent is { } owner && _delegates.Contains(token.ValueText))
                        AddOwner(owner);
                    break;
                case PropertyDeclarationSyntax property:
                    _members.Add(property.Identifier.ValueText);
                    break;
                case MethodDeclarationSyntax method:
                    _members.Add(method.Identifier.ValueText);
                    break;
            }
        }
    }
}
