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
/// index that has to be in the processor's cache; the mentions themselves are chained by hash, as in a hash table.</para>
/// </remarks>
internal sealed class IdentifierIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, IdentifierIndex> s_indices = new();

    private readonly int[] _positions;
    private readonly int[] _hashes;

    /// <summary>The last mention in each bucket, and for each mention the one before it in the same bucket; one more than the index, so that zero is the end.</summary>
    private readonly int[] _last;
    private readonly int[] _before;

    /// <summary>A Bloom filter of two bits for each identifier; code repeats its identifiers, so that an eighth of it is set.</summary>
    private readonly ulong[] _filter;

    private IdentifierIndex(int[] positions, int[] hashes)
    {
        _positions = positions;
        _hashes = hashes;
        var size = 16;
        while (size < hashes.Length)
            size *= 2;
        _last = new int[size];
        _before = new int[hashes.Length];
        _filter = new ulong[size / 16];
        for (var i = 0; i < hashes.Length; i++)
        {
            var (one, other) = BitsOf(hashes[i]);
            _filter[one / 64] |= 1UL << (one % 64);
            _filter[other / 64] |= 1UL << (other % 64);
            ref var last = ref _last[Bucket(hashes[i])];
            _before[i] = last;
            last = i + 1;
        }
    }

    private int Bucket(int hash) => unchecked(hash ^ (hash >> 16)) & (_last.Length - 1);

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
            if (!MayMention(hash))
                continue;
            for (var i = _last[Bucket(hash)]; i > 0; i = _before[i - 1])
            {
                if (_hashes[i - 1] == hash && span.Contains(_positions[i - 1]))
                    return true;
            }
        }

        return false;
    }

    public bool MentionsAny(HashSet<int> hashes) => MentionsAny(hashes, new TextSpan(0, int.MaxValue));

    /// <summary>Where any of the identifiers is mentioned, and which, in the order of the text.</summary>
    public List<(int Position, int Hash)> MentionsOf(HashSet<int> hashes)
    {
        var found = new List<(int Position, int Hash)>();
        foreach (var hash in hashes)
        {
            if (!MayMention(hash))
                continue;
            for (var i = _last[Bucket(hash)]; i > 0; i = _before[i - 1])
            {
                if (_hashes[i - 1] == hash)
                    found.Add((_positions[i - 1], hash));
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
