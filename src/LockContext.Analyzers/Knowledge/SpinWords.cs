using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>A word that is a spin lock: a field, the elements of an array field, or a <c>ref</c> parameter through which such a field is passed.</summary>
/// <param name="Symbol">The field or parameter.</param>
/// <param name="Free">The value of the free lock, as the bits of a constant, or "null" for a reference.</param>
/// <param name="ByShape">Recognised by the loops that spin on it; nobody said so.</param>
internal sealed record SpinWord(ISymbol Symbol, object Free, bool ByShape);

/// <summary>The words of one compilation that are spin locks. Found before anything is analysed, and complete from then on.</summary>
internal sealed class SpinWords
{
    public static readonly SpinWords None = new(Array.Empty<SpinWord>());

    private readonly Dictionary<ISymbol, SpinWord> _words = new(SymbolEqualityComparer.Default);

    public SpinWords(IEnumerable<SpinWord> words)
    {
        foreach (var word in words)
            _words[word.Symbol.OriginalDefinition] = word;
    }

    public bool IsEmpty => _words.Count == 0;

    public IEnumerable<SpinWord> All => _words.Values;

    public SpinWord? Find(ISymbol? symbol) =>
        _words.Count > 0 && symbol is not null && _words.TryGetValue(symbol.OriginalDefinition, out var word) ? word : null;
}
