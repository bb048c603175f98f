using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace LockContext.Analyzers.Knowledge;

/// <summary>One annotation of a model line: a word of the vocabulary with its arguments.</summary>
internal sealed record ModelAnnotation(string Name, ImmutableArray<string> Arguments);

/// <summary>What a model says of one documentation-comment ID.</summary>
internal sealed record ModelEntry(string Id, ImmutableArray<ModelAnnotation> Annotations);

/// <summary>
/// Reads the model format: one documentation-comment ID a line, then the annotations that it would carry as attributes, separated by blanks. A method ID without
/// a parameter list stands for all overloads. <c>#</c> starts a comment. The framework table is written in it.
/// </summary>
/// <example><code>
/// T:System.Threading.SpinLock                LockClass(Spin,Spin) TracksOwner
/// M:System.Threading.SpinLock.TryEnter       Acquires(Try) LockTaken(lockTaken) Timeout(timeout) Timeout(millisecondsTimeout)
/// </code></example>
internal static class ModelText
{
    public static IEnumerable<ModelEntry> Parse(IEnumerable<string> lines)
    {
        foreach (var raw in lines)
        {
            var comment = raw.IndexOf('#');
            var line = (IsComment(raw, comment) ? raw.Substring(0, comment) : raw).Trim();
            if (line.Length == 0)
                continue;
            var words = line.Split(new[] { ' ', '\t' }, StringSplitOptions.RemoveEmptyEntries);
            var annotations = ImmutableArray.CreateBuilder<ModelAnnotation>(words.Length - 1);
            for (var i = 1; i < words.Length; i++)
                annotations.Add(Annotation(words[i]));
            yield return new ModelEntry(words[0], annotations.ToImmutable());
        }
    }

    // "#ctor" and "#cctor" are parts of documentation-comment IDs.
    private static bool IsComment(string line, int at) => at == 0 || (at > 0 && char.IsWhiteSpace(line[at - 1]));

    private static ModelAnnotation Annotation(string word)
    {
        var open = word.IndexOf('(');
        if (open < 0 || word[word.Length - 1] != ')')
            return new ModelAnnotation(word, ImmutableArray<string>.Empty);
        var arguments = word.Substring(open + 1, word.Length - open - 2);
        return new ModelAnnotation(word.Substring(0, open), ImmutableArray.Create(arguments.Split(',')));
    }
}
