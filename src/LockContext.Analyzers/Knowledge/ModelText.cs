using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Knowledge;

/// <summary>One annotation of a model line: a word of the vocabulary with its arguments.</summary>
internal sealed record ModelAnnotation(string Name, ImmutableArray<string> Arguments);

/// <summary>What a model says of one documentation-comment ID.</summary>
internal sealed record ModelEntry(string Id, ImmutableArray<ModelAnnotation> Annotations);

/// <summary>A line that says something: an entry, or why it is none.</summary>
/// <param name="Span">The ID, or what is wrong.</param>
internal sealed record ModelLine(ModelEntry? Entry, TextSpan Span, string? Problem);

/// <summary>
/// Reads the model format: one documentation-comment ID a line, then the annotations that it would carry as attributes, separated by blanks. A method ID without
/// a parameter list stands for all overloads. <c>#</c> starts a comment. The framework table is written in it, and so are the model files of projects.
/// </summary>
/// <example><code>
/// T:System.Threading.SpinLock                LockClass(Spin,Spin) TracksOwner
/// M:System.Threading.SpinLock.TryEnter       Acquires(Try) LockTaken(lockTaken) Timeout(timeout) Timeout(millisecondsTimeout)
/// </code></example>
internal static class ModelText
{
    /// <summary>The words and how many arguments they take.</summary>
    private static readonly Dictionary<string, (int Least, int Most)> s_words = new()
    {
        ["LockClass"] = (1, 2), ["TracksOwner"] = (0, 0), ["ThreadAffine"] = (0, 0), ["Reentrant"] = (0, 0), ["ReadSection"] = (0, 1),
        ["Acquires"] = (0, 4), ["Releases"] = (0, 1), ["RequiresLock"] = (0, 1), ["AssertsHeld"] = (0, 1), ["LockTaken"] = (1, 1), ["Timeout"] = (1, 1),
        ["RawAtomic"] = (0, 0), ["Sleepable"] = (0, 0), ["NoReclaim"] = (0, 0), ["ContextLimit"] = (1, 1), ["Trusted"] = (0, 0),
        ["WaitsForGracePeriod"] = (0, 0), ["RunsForeignCode"] = (0, 0), ["NoGracePeriodWait"] = (0, 0), ["RunsHere"] = (1, 2), ["RunsLater"] = (1, 2), ["Allocates"] = (0, 0), ["Frees"] = (0, 1), ["DefersFree"] = (0, 0), ["BeginsSpeculation"] = (0, 0), ["ReadProtected"] = (0, 0),
        ["AllocationFlags"] = (0, 1), ["AllocationFlag"] = (1, 1), ["AllocationOrder"] = (1, 1), ["MasksAllocations"] = (1, 2),
    };

    public static IEnumerable<ModelLine> Read(SourceText text)
    {
        foreach (var line in text.Lines)
        {
            var raw = text.ToString(line.Span);
            var comment = raw.IndexOf('#');
            while (comment > 0 && !char.IsWhiteSpace(raw[comment - 1]))
                comment = raw.IndexOf('#', comment + 1); // "#ctor" is part of an ID
            var words = Words(comment >= 0 ? raw.Substring(0, comment) : raw).ToArray();
            if (words.Length > 0)
                yield return Parse(words, line.Start);
        }
    }

    private static IEnumerable<(string Word, int At)> Words(string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (char.IsWhiteSpace(line[i]))
                continue;
            var start = i;
            while (i < line.Length && !char.IsWhiteSpace(line[i]))
                i++;
            yield return (line.Substring(start, i - start), start);
        }
    }

    private static ModelLine Parse((string Word, int At)[] words, int start)
    {
        var (id, at) = words[0];
        if (id.Length < 3 || id[1] != ':' || id[0] is not ('T' or 'M' or 'P' or 'F' or 'E') || (id[0] != 'T' && id.IndexOf('.') < 0))
            return Wrong(words[0], "is no documentation-comment ID; write 'M:Namespace.Type.Method' or 'T:Namespace.Type'");
        if (words.Length == 1)
            return Wrong(words[0], "is given no annotation; write one after it, such as 'Sleepable'");
        var annotations = ImmutableArray.CreateBuilder<ModelAnnotation>(words.Length - 1);
        foreach (var word in words.Skip(1))
        {
            if (Problem(word.Word, out var annotation) is { } problem)
                return Wrong(word, problem);
            annotations.Add(annotation!);
        }

        return new ModelLine(new ModelEntry(id, annotations.ToImmutable()), new TextSpan(start + at, id.Length), null);

        ModelLine Wrong((string Word, int At) word, string problem) => new(null, new TextSpan(start + word.At, word.Word.Length), $"'{word.Word}' {problem}");
    }

    private static string? Problem(string word, out ModelAnnotation? annotation)
    {
        annotation = null;
        var open = word.IndexOf('(');
        if (open >= 0 && word[word.Length - 1] != ')')
            return "lacks its closing parenthesis; blanks are not allowed inside";
        var name = open < 0 ? word : word.Substring(0, open);
        if (!s_words.TryGetValue(name, out var count))
            return Nearest.To(name, s_words.Keys) is { } near ? $"is no word of the vocabulary; did you mean '{near}'?" : "is no word of the vocabulary";
        var arguments = open < 0 ? ImmutableArray<string>.Empty : ImmutableArray.Create(word.Substring(open + 1, word.Length - open - 2).Split(','));
        if (arguments.Length < count.Least || arguments.Length > count.Most || arguments.Any(a => a.Length == 0))
            return count.Most == 0 ? "takes no argument" : count.Least == count.Most ? $"takes {count.Least} argument{(count.Least == 1 ? "" : "s")}" : $"takes {count.Least} to {count.Most} arguments";
        var classes = name switch { "LockClass" or "ContextLimit" or "ReadSection" => arguments, "RunsHere" or "RunsLater" => arguments.RemoveAt(0), _ => ImmutableArray<string>.Empty };
        if (classes.FirstOrDefault(c => !Enum.TryParse<WaitClass>(c, out var value) || value == WaitClass.None || char.IsDigit(c[0])) is { } wrong)
            return $"has '{wrong}' where a wait class belongs: Free, Spin, Config or Sleep";
        if (name is "AllocationFlag" or "MasksAllocations" && Behavior(arguments[0]) is null)
            return $"has '{arguments[0]}' where a behavior of allocations belongs" + (Nearest.To(arguments[0], Enum.GetNames(typeof(AllocationBehavior))) is { } meant ? $"; did you mean '{meant}'?" : ", such as DirectReclaim or NoLocks");
        if (name == "MasksAllocations" && arguments.Length > 1 && arguments[1] != "Set")
            return $"has '{arguments[1]}' where only 'Set' may stand";
        annotation = new ModelAnnotation(name, arguments);
        return null;
    }

    /// <summary>What a bit means, by the name of the public enum's member.</summary>
    public static AllocationBehavior? Behavior(string name) => Enum.TryParse<AllocationBehavior>(name, out var behavior) && !char.IsDigit(name[0]) ? behavior : null;
}
