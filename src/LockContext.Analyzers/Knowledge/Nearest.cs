using System;
using System.Collections.Generic;

namespace LockContext.Analyzers.Knowledge;

/// <summary>The candidate most like a misspelt word, for "did you mean".</summary>
internal static class Nearest
{
    /// <summary>At most two letters, or a third of them, may differ; ties go to the first in ordinal order.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var least = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= least && best is not null)
                continue;
            var distance = Distance(word, candidate);
            if (distance < least || (distance == least && best is not null && string.CompareOrdinal(candidate, best) < 0))
                (best, least) = (candidate, distance);
        }

        return best;
    }

    /// <summary>Levenshtein's: the least number of letters to insert, delete or replace, whatever their case.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
