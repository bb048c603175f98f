using System.Collections.Generic;

namespace LockContext.Analyzers.Finding;

/// <summary>A growing set of names with the hashes by which files are searched for them.</summary>
internal sealed class NameSet
{
    private readonly HashSet<string> _names = new();

    public HashSet<int> Hashes { get; } = new();

    public bool Add(string name)
    {
        if (!_names.Add(name))
            return false;
        Hashes.Add(IdentifierIndex.Hash(name));
        return true;
    }

    public bool Contains(string name) => _names.Contains(name);
}
