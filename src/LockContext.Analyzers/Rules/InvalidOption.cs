using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3005: an option under <c>lockcontext.</c> that does not exist, or whose value means nothing. Said once for each, at the end, because it belongs to no place in the code.</summary>
internal static class InvalidOption
{
    public static void Check(CompilationAnalysisContext context)
    {
        var provider = context.Options.AnalyzerConfigOptionsProvider;
        var seen = new SortedDictionary<(string Key, string Value), string>();
        foreach (var options in context.Compilation.SyntaxTrees.Select(provider.GetOptions).Prepend(provider.GlobalOptions).Distinct())
        {
            foreach (var key in options.Keys)
            {
                if (key.StartsWith(Option.Prefix, StringComparison.OrdinalIgnoreCase) && options.TryGetValue(key, out var value) && Problem(key, value) is { } problem)
                    seen[(key, value)] = problem;
            }
        }

        foreach (var problem in seen.Values)
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.InvalidOption, Location.None, problem));
    }

    private static string? Problem(string key, string value)
    {
        if (Options.All.FirstOrDefault(o => string.Equals(o.Key, key, StringComparison.OrdinalIgnoreCase)) is not { } option)
            return $"there is no option '{key}'" + (Nearest.To(key, Options.All.Select(o => o.Key)) is { } near ? $"; did you mean '{near}'?" : "");
        return option.IsLegal(value) ? null : $"'{value}' is no value of '{option.Key}', so '{option.Values[0]}' holds; it takes {string.Join(", ", option.Values)}";
    }
}
