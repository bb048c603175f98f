using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// The identifiers that a file mentions, as hashes in the order of their positions. Made once per syntax tree by a scan of the text and kept as long as the
/// tree; it holds no symbols, so an editor reuses it for every compilation that still has the tree.
/// </summary>
/// <remarks>
/// The scan does not tell code from comments and strings, and hashes can collide: both only make a body look interesting that is not.
/// </remarks>
internal sealed class IdentifierIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, IdentifierIndex> s_indices = new();

    private readonly int[] _positions;
    private readonly int[] _hashes;

    private IdentifierIndex(int[] positions, int[] hashes)
    {
        _positions = positions;
        _hashes = hashes;
    }

    public static IdentifierIndex Of(SyntaxTree tree) => s_indices.GetValue(tree, static t => Scan(t.GetText()));

    /// <summary>The hash by which an identifier is known.</summary>
    public static int Hash(string identifier)
    {
        var hash = Seed;
        foreach (var c in identifier)
            hash = Add(hash, c);
        return hash;
    }

    /// <summary>Whether any of the identifiers is mentioned in a span.</summary>
    public bool MentionsAny(HashSet<int> hashes, TextSpan span)
    {
        var first = Array.BinarySearch(_positions, span.Start);
        for (var i = first < 0 ? ~first : first; i < _positions.Length && _positions[i] < span.End; i++)
        {
            if (hashes.Contains(_hashes[i]))
                return true;
        }

        return false;
    }

    public bool MentionsAny(HashSet<int> hashes) => MentionsAny(hashes, new TextSpan(0, int.MaxValue));

    /// <summary>Where any of the identifiers is mentioned, and which.</summary>
    public IEnumerable<(int Position, int Hash)> MentionsOf(HashSet<int> hashes)
    {
        for (var i = 0; i < _hashes.Length; i++)
        {
            if (hashes.Contains(_hashes[i]))
                yield return (_positions[i], _hashes[i]);
        }
    }

    public IEnumerable<int> PositionsOf(HashSet<int> hashes) => MentionsOf(hashes).Select(m => m.Position);

    private const int Seed = unchecked((int)2166136261);

    private static int Add(int hash, char c) => unchecked((hash ^ c) * 16777619);

    private static IdentifierIndex Scan(SourceText text)
    {
        var positions = new List<int>(text.Length / 12);
        var hashes = new List<int>(text.Length / 12);
        var buffer = ArrayPool<char>.Shared.Rent(8192);
        try
        {
            var inWord = false;
            var hash = 0;
            for (var start = 0; start < text.Length; start += buffer.Length)
            {
                var count = Math.Min(buffer.Length, text.Length - start);
                text.CopyTo(start, buffer, 0, count);
                for (var i = 0; i < count; i++)
                {
                    var c = buffer[i];
                    if (IsPart(c))
                    {
                        if (!inWord)
                        {
                            inWord = true;
                            hash = Seed;
                            positions.Add(start + i);
                        }

                        hash = Add(hash, c);
                    }
                    else if (inWord)
                    {
                        inWord = false;
                        hashes.Add(hash);
                    }
                }
            }

            if (inWord)
                hashes.Add(hash);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }

        return new IdentifierIndex(positions.ToArray(), hashes.ToArray());
    }

    private static bool IsPart(char c) => c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_' || (c > 127 && char.IsLetterOrDigit(c));
}
