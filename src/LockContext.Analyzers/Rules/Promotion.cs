using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// Makes errors of warnings where <c>lockcontext.promote</c> says so, which the package does on a build server. Done here and not by a list of severities, because of two findings of
/// one rule one may be sure and the other rest on a lock that is only recognised by its shape. A severity that the project gives the rule still has the last word.
/// </summary>
internal static class Promotion
{
    /// <summary>The custom tag of the rules concerned.</summary>
    public const string Tag = "LockContextPromoted";

    /// <summary>The property of a diagnostic that rests on a lock recognised by its shape.</summary>
    public const string ByShape = nameof(ByShape);

    /// <summary>The properties of a diagnostic about a lock.</summary>
    public static ImmutableDictionary<string, string?> Properties(bool byShape) =>
        byShape ? ImmutableDictionary<string, string?>.Empty.Add(ByShape, null) : ImmutableDictionary<string, string?>.Empty;

    public static Diagnostic Apply(Diagnostic found, Options options)
    {
        var rule = found.Descriptor;
        if (found.Severity != DiagnosticSeverity.Warning || found.Location.SourceTree is not { } tree || !rule.CustomTags.Contains(Tag))
            return found;
        var promote = options.Get(Options.Promote, tree);
        if (promote == Promote.None || (promote == Promote.Sure && found.Properties.ContainsKey(ByShape)))
            return found;
        return Diagnostic.Create(found.Id, rule.Category, found.GetMessage(CultureInfo.InvariantCulture), DiagnosticSeverity.Error, found.DefaultSeverity, rule.IsEnabledByDefault, warningLevel: 0,
            rule.Title, rule.Description, rule.HelpLinkUri, found.Location, found.AdditionalLocations, rule.CustomTags, found.Properties);
    }
}
