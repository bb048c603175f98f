using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>
/// What model text says of symbols that nobody can put attributes on, in the vocabulary's own words. Looking a symbol up costs a hash of its type's name unless that type is in
/// the table.
/// </summary>
internal sealed class ModelTable
{
    public static readonly ModelTable Empty = new();

    private readonly Dictionary<string, ImmutableArray<ModelAnnotation>> _byId = new();

    // Simple names first: nearly every symbol asked for is in no listed type.
    private readonly HashSet<string> _typeNames = new();

    private ModelTable()
    {
    }

    public static ModelTable Of(IEnumerable<ModelEntry> entries)
    {
        var table = new ModelTable();
        foreach (var entry in entries)
        {
            table._byId[entry.Id] = table._byId.TryGetValue(entry.Id, out var more) ? more.AddRange(entry.Annotations) : entry.Annotations;
            table._typeNames.Add(SimpleTypeName(entry.Id));
        }

        return table;
    }

    /// <summary>All that it says; two tables with the same text say the same.</summary>
    public override string ToString() => string.Join("\n", _byId.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Key + ": " + string.Join(", ", e.Value.Select(a => $"{a.Name}({string.Join(", ", a.Arguments)})"))));

    public bool IsEmpty => _byId.Count == 0;

    /// <summary>The simple names of the members in the table. Whoever names a bit of some flags does nothing with it yet.</summary>
    public IEnumerable<string> MemberNames => _byId.Where(e => e.Key[0] != 'T' && e.Value.Any(a => a.Name != "AllocationFlag")).Select(e => e.Key).Select(id => MemberName(id) is "#ctor" ? SimpleTypeName(id) : MemberName(id));

    /// <summary>The simple names of the types in the table.</summary>
    public IEnumerable<string> TypeNames => _byId.Keys.Where(id => id[0] == 'T').Select(SimpleTypeName);

    /// <summary>The method names the table gives a lock operation to: the seeds of the search for code that takes locks.</summary>
    public IEnumerable<string> LockOperationNames()
    {
        foreach (var pair in _byId)
        {
            foreach (var annotation in pair.Value)
            {
                if (annotation.Name is "Acquires" or "Releases")
                    yield return MemberName(pair.Key);
            }
        }
    }

    /// <summary>The annotations of a type, field, property or event.</summary>
    public ImmutableArray<ModelAnnotation> Find(ISymbol symbol) =>
        _typeNames.Contains((symbol as INamedTypeSymbol ?? symbol.ContainingType)?.Name ?? "") && symbol.OriginalDefinition.GetDocumentationCommentId() is { } id && _byId.TryGetValue(id, out var found)
            ? found
            : ImmutableArray<ModelAnnotation>.Empty;

    /// <summary>The annotations of a method: of its exact ID, else of all its overloads, else of its type where that declares an effect for all members.</summary>
    public ImmutableArray<ModelAnnotation> Find(IMethodSymbol method)
    {
        if (method.ContainingType is not { } type || !_typeNames.Contains(type.Name) || method.MethodKind is MethodKind.AnonymousFunction or MethodKind.LocalFunction)
            return ImmutableArray<ModelAnnotation>.Empty;
        if (method.OriginalDefinition.GetDocumentationCommentId() is not { } id)
            return ImmutableArray<ModelAnnotation>.Empty;
        var parameters = id.IndexOf('(');
        if ((parameters < 0 && _byId.TryGetValue(id + "()", out var exact)) || _byId.TryGetValue(id, out exact))
            return exact;
        if (parameters > 0 && _byId.TryGetValue(id.Substring(0, parameters), out var overloads))
            return overloads;
        var arity = id.IndexOf("``", System.StringComparison.Ordinal);
        if (arity > 0 && _byId.TryGetValue(id.Substring(0, arity), out var generic))
            return generic;
        return Find((ISymbol)type);
    }

    /// <summary>The annotations of an inherited member as called on a listed type: <c>Mutex</c> takes a lock with the <c>WaitOne</c> of its base.</summary>
    public ImmutableArray<ModelAnnotation> FindOn(INamedTypeSymbol receiver, IMethodSymbol method)
    {
        if (!_typeNames.Contains(receiver.Name) || receiver.OriginalDefinition.GetDocumentationCommentId() is not { } type || method.OriginalDefinition.GetDocumentationCommentId() is not { } id)
            return ImmutableArray<ModelAnnotation>.Empty;
        var parameters = id.IndexOf('(');
        var name = "M:" + type.Substring(2) + "." + method.Name;
        return _byId.TryGetValue(name + (parameters > 0 ? id.Substring(parameters) : "()"), out var exact) || _byId.TryGetValue(name, out exact)
            ? exact
            : ImmutableArray<ModelAnnotation>.Empty;
    }

    private static string SimpleTypeName(string id)
    {
        var name = id.Substring(2);
        var parameters = name.IndexOf('(');
        if (parameters >= 0)
            name = name.Substring(0, parameters);
        var parts = name.Split('.');
        var type = id[0] == 'T' ? parts[parts.Length - 1] : parts[parts.Length - 2];
        var arity = type.IndexOf('`');
        return arity >= 0 ? type.Substring(0, arity) : type;
    }

    private static string MemberName(string id)
    {
        var parameters = id.IndexOf('(');
        var name = parameters >= 0 ? id.Substring(0, parameters) : id;
        return name.Substring(name.LastIndexOf('.') + 1);
    }
}
