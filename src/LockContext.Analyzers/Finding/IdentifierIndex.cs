using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// The identifiers that a file mentions, as hashes with their positions. Made once per syntax tree by a scan of the text and kept as long as the
/// tree; it holds no symbols, so an editor reuses it for every compilation that still has the tree.
/// </summary>
/// <remarks>
/// <para>The scan does not tell code from comments and strings, and hashes can collide: both only make a body look interesting that is not.</para>
/// <para>Files are asked for a few hundred names, most mention none, and an editor asks all files at every keystroke. So a name first costs a look at two bits of a Bloom filter, which is all of the
/// index that has to be in the processor's cache; the mentions themselves are sorted into buckets by hash.</para>
/// </remarks>
internal sealed class IdentifierIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, IdentifierIndex> s_indices = new();

    /// <summary>The mentions, those of a bucket side by side.</summary>
    private readonly int[] _hashes;
    private readonly int[] _positions;

    /// <summary>Where the mentions of each bucket end; they begin where those of the one before do.</summary>
    private readonly int[] _ends;

    /// <summary>A Bloom filter of two bits for each identifier; code repeats its identifiers, so that an eighth of it is set.</summary>
    private readonly ulong[] _filter;

    /// <param name="hashes">The identifiers in the order of the text.</param>
    private IdentifierIndex(ReadOnlySpan<int> hashes, ReadOnlySpan<int> positions)
    {
        var size = 16;
        while (size < hashes.Length)
            size *= 2;
        _ends = new int[size];
        _hashes = new int[hashes.Length];
        _positions = new int[hashes.Length];
        _filter = new ulong[size / 16];
        foreach (var hash in hashes)
        {
            var (one, other) = BitsOf(hash);
            _filter[one / 64] |= 1UL << (one % 64);
            _filter[other / 64] |= 1UL << (other % 64);
            _ends[Bucket(hash)]++;
        }

        var end = 0;
        for (var i = 0; i < _ends.Length; i++)
            (_ends[i], end) = (end, end + _ends[i]);
        for (var i = 0; i < hashes.Length; i++)
        {
            var at = _ends[Bucket(hashes[i])]++;
            (_hashes[at], _positions[at]) = (hashes[i], positions[i]);
        }
    }

    private int Bucket(int hash) => unchecked(hash ^ (hash >> 16)) & (_ends.Length - 1);

    private (int One, int Other) BitsOf(int hash)
    {
        var bits = (_filter.Length * 64) - 1;
        return (hash & bits, (int)(unchecked((uint)hash * 0x9E3779B1u) >> 7) & bits);
    }

    private bool MayMention(int hash)
    {
        var (one, other) = BitsOf(hash);
        return (_filter[one / 64] >> (one % 64) & _filter[other / 64] >> (other % 64) & 1) != 0;
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
        foreach (var hash in hashes)
        {
            var (begin, end) = MayMention(hash) ? Mentions(Bucket(hash)) : default;
            for (var i = begin; i < end; i++)
            {
                if (_hashes[i] == hash && span.Contains(_positions[i]))
                    return true;
            }
        }

        return false;
    }

    private (int Begin, int End) Mentions(int bucket) => (bucket == 0 ? 0 : _ends[bucket - 1], _ends[bucket]);

    public bool MentionsAny(HashSet<int> hashes) => MentionsAny(hashes, new TextSpan(0, int.MaxValue));

    /// <summary>Where any of the identifiers is mentioned, and which, in the order of the text.</summary>
    public List<(int Position, int Hash)> MentionsOf(HashSet<int> hashes)
    {
        var found = new List<(int Position, int Hash)>();
        foreach (var hash in hashes)
        {
            var (begin, end) = MayMention(hash) ? Mentions(Bucket(hash)) : default;
            for (var i = begin; i < end; i++)
            {
                if (_hashes[i] == hash)
                    found.Add((_positions[i], hash));
            }
        }

        found.Sort();
        return found;
    }

    public IEnumerable<int> PositionsOf(HashSet<int> hashes) => MentionsOf(hashes).Select(m => m.Position);

    private const int Seed = unchecked((int)2166136261);

    private static int Add(int hash, char c) => unchecked((hash ^ c) * 16777619);

    private static IdentifierIndex Scan(SourceText text)
    {
        // No text has more identifiers than half of its characters.
        var hashes = ArrayPool<int>.Shared.Rent((text.Length / 2) + 1);
        var positions = ArrayPool<int>.Shared.Rent((text.Length / 2) + 1);
        var buffer = ArrayPool<char>.Shared.Rent(8192);
        try
        {
            var found = 0;
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
                            positions[found] = start + i;
                        }

                        hash = Add(hash, c);
                    }
                    else if (inWord)
                    {
                        inWord = false;
                        hashes[found++] = hash;
                    }
                }
            }

            if (inWord)
                hashes[found++] = hash;
            return new IdentifierIndex(hashes.AsSpan(0, found), positions.AsSpan(0, found));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
            ArrayPool<int>.Shared.Return(positions);
            ArrayPool<int>.Shared.Return(hashes);
        }
    }

    private static bool IsPart(char c) => c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_' || (c > 127 && char.IsLetterOrDigit(c));
}
