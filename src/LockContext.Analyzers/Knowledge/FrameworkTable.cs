using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>
/// The locks and waits of the .NET class library, as data in the vocabulary's own words (<c>Framework.lockcontext.txt</c>, an embedded resource). Looking a symbol
/// up costs two string comparisons unless its type is in the table.
/// </summary>
internal sealed class FrameworkTable
{
    public static readonly FrameworkTable Instance = Load();

    private readonly Dictionary<string, ImmutableArray<ModelAnnotation>> _byId = new();

    // Simple names first: nearly every symbol asked for is in no listed type.
    private readonly HashSet<string> _typeNames = new();

    private FrameworkTable()
    {
    }

    public static FrameworkTable Parse(IEnumerable<string> lines)
    {
        var table = new FrameworkTable();
        foreach (var entry in ModelText.Parse(lines))
        {
            table._byId[entry.Id] = table._byId.TryGetValue(entry.Id, out var more) ? more.AddRange(entry.Annotations) : entry.Annotations;
            table._typeNames.Add(SimpleTypeName(entry.Id));
        }

        return table;
    }

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

    public ImmutableArray<ModelAnnotation> Find(INamedTypeSymbol type) =>
        _typeNames.Contains(type.Name) && type.GetDocumentationCommentId() is { } id && _byId.TryGetValue(id, out var found)
            ? found
            : ImmutableArray<ModelAnnotation>.Empty;

    /// <summary>The annotations of a method: of its exact ID, else of all its overloads, else of its type where that declares an effect for all members.</summary>
    public ImmutableArray<ModelAnnotation> Find(IMethodSymbol method)
    {
        if (method.ContainingType is not { } type || !_typeNames.Contains(type.Name) || method.MethodKind is MethodKind.AnonymousFunction or MethodKind.LocalFunction)
            return ImmutableArray<ModelAnnotation>.Empty;
        if (method.OriginalDefinition.GetDocumentationCommentId() is not { } id)
            return ImmutableArray<ModelAnnotation>.Empty;
        if (_byId.TryGetValue(id, out var exact))
            return exact;
        var parameters = id.IndexOf('(');
        if (parameters > 0 && _byId.TryGetValue(id.Substring(0, parameters), out var overloads))
            return overloads;
        var arity = id.IndexOf("``", System.StringComparison.Ordinal);
        if (arity > 0 && _byId.TryGetValue(id.Substring(0, arity), out var generic))
            return generic;
        return Find(type.OriginalDefinition);
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

    private static FrameworkTable Load()
    {
        var assembly = typeof(FrameworkTable).Assembly;
        using var stream = assembly.GetManifestResourceStream("LockContext.Analyzers.Knowledge.Framework.lockcontext.txt")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd().Split('\n'));
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
