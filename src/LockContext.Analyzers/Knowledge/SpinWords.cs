using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>A bit of a word whose other bits mean something else.</summary>
/// <param name="Mask">The bit, as a constant of the word's type has it.</param>
/// <param name="Name">How the source calls it.</param>
/// <param name="Counts">It is set and cleared by counting: the lowest bit of a sequence count.</param>
internal sealed record SpinBit(ulong Mask, string Name, bool Counts);

/// <summary>A word that is a spin lock, or in which one bit is: a field, the elements of an array field, or a <c>ref</c> parameter through which such a field is passed.</summary>
/// <param name="Symbol">The field or parameter.</param>
/// <param name="Free">The value of the free lock, as the bits of a constant, or "null" for a reference.</param>
/// <param name="ByShape">Recognised by the loops that spin on it; nobody said so.</param>
/// <param name="Bit">The bit that is the lock, or <see langword="null"/> for the whole word.</param>
internal sealed record SpinWord(ISymbol Symbol, object Free, bool ByShape, SpinBit? Bit = null);

/// <summary>The words of one compilation that are spin locks. Found before anything is analysed, and complete from then on.</summary>
internal sealed class SpinWords
{
    public static readonly SpinWords None = new(Array.Empty<SpinWord>(), new HashSet<SyntaxNode>());

    private readonly Dictionary<ISymbol, SpinWord> _words = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, ImmutableArray<SpinWord>> _bits = new(SymbolEqualityComparer.Default);
    private readonly List<SpinWord> _all = new();
    private readonly HashSet<SyntaxNode> _loops;

    /// <param name="loops">The loops that are left only with the lock.</param>
    public SpinWords(IEnumerable<SpinWord> words, HashSet<SyntaxNode> loops)
    {
        _loops = loops;
        foreach (var word in words)
        {
            _all.Add(word);
            var symbol = word.Symbol.OriginalDefinition;
            if (word.Bit is null)
                _words[symbol] = word;
            else
                _bits[symbol] = _bits.TryGetValue(symbol, out var others) ? others.Add(word) : ImmutableArray.Create(word);
        }
    }

    public bool IsEmpty => _all.Count == 0;

    /// <summary>Whether an attempt is repeated until it succeeds.</summary>
    public bool IsRepeated(SyntaxNode attempt)
    {
        for (var node = attempt.Parent; node is not null; node = node.Parent)
        {
            if (_loops.Contains(node))
                return true;
        }

        return false;
    }

    public IEnumerable<SpinWord> All => _all;

    /// <summary>The word, if the whole of it is a lock.</summary>
    public SpinWord? Find(ISymbol? symbol) =>
        _words.Count > 0 && symbol is not null && _words.TryGetValue(symbol.OriginalDefinition, out var word) ? word : null;

    /// <summary>The locks that are bits of the word.</summary>
    public ImmutableArray<SpinWord> BitsOf(ISymbol? symbol) =>
        _bits.Count > 0 && symbol is not null && _bits.TryGetValue(symbol.OriginalDefinition, out var bits) ? bits : ImmutableArray<SpinWord>.Empty;
}
