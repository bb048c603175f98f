using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Finding;

/// <summary>What the name of a member means to code that mentions it.</summary>
[Flags]
internal enum NameUse
{
    Nothing = 0,

    /// <summary>Calling it may change what is held, or gives something that has to be followed.</summary>
    ChangesLocks = 1,

    /// <summary>Code that mentions it is worth a look.</summary>
    Interesting = 2,
}

/// <summary>What was found out about the name of a member from its own body.</summary>
/// <param name="Answers">Which of the names that the body mentions were taken to be those of members that may change what is held, and which not.</param>
internal sealed record KnownUse(string Name, NameUse Use, KeyValuePair<string, bool>[] Answers);

/// <summary>
/// What was found out about the members of a file from nothing but their own bodies and the declarations of the compilation. It holds no symbols and is kept as long as the tree, so that an editor
/// does not bind a whole program again for every character that is typed in one of its files.
/// </summary>
internal sealed class KnownUses
{
    private static readonly ConditionalWeakTable<SyntaxTree, StrongBox<KnownUses?>> s_known = new();

    private readonly object _declarations;
    private readonly ConcurrentDictionary<int, KnownUse> _uses = new();

    private KnownUses(object declarations) => _declarations = declarations;

    public static KnownUses Of(SyntaxTree tree, Declarations declarations)
    {
        var box = s_known.GetOrCreateValue(tree);
        if (box.Value is { } known && ReferenceEquals(known._declarations, declarations.Identity))
            return known;
        return box.Value = new KnownUses(declarations.Identity);
    }

    /// <summary>What is known of the member that begins at a position, if names mean what they meant then.</summary>
    public KnownUse? Find(int position, Func<string, bool> mayChangeLocks)
    {
        if (!_uses.TryGetValue(position, out var use))
            return null;
        foreach (var answer in use.Answers)
        {
            if (mayChangeLocks(answer.Key) != answer.Value)
                return null;
        }

        return use;
    }

    public void Add(int position, KnownUse use) => _uses[position] = use;
}
