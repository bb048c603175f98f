using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using LockContext.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>
/// Every rule has a page, a row in the README, a row in the release files and a place in the strict configuration, and all of them say the same. The page
/// is what people edit; the table in the README is made from the pages.
/// </summary>
public partial class DocumentationTests
{
    private static readonly string[] s_sections = ["Cause", "Example", "Why", "How to fix", "When to suppress", "Options", "Limits"];

    private static readonly IReadOnlyDictionary<string, DiagnosticDescriptor> s_rules =
        new LockContextAnalyzer().SupportedDiagnostics.ToDictionary(d => d.Id);

    public static TheoryData<string> Ids => [.. s_rules.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_a_page_that_agrees_with_its_descriptor(string id)
    {
        DiagnosticDescriptor rule = s_rules[id];
        RulePage page = RulePage.Read(id);
        Assert.Equal(rule.Title.ToString(null), page.Title);
        Assert.Equal(rule.Category, page["Category"]);
        Assert.Equal(rule.DefaultSeverity.ToString(), page["Default severity"]);
        Assert.Equal(Fixable().Contains(id) ? "Yes" : "No", page["Code fix"]);
        Assert.Equal(s_sections, page.Sections);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_build_server_promotes_what_the_page_says(string id)
    {
        bool promoted = s_rules[id].CustomTags.Contains("LockContextPromoted");
        Assert.Equal(promoted ? "Error" : s_rules[id].DefaultSeverity.ToString(), RulePage.Read(id)["On a build server"]);
        if (promoted)
            Assert.Equal(DiagnosticSeverity.Warning, s_rules[id].DefaultSeverity);
    }

    [Fact]
    public void Every_page_belongs_to_a_rule() =>
        Assert.Equal(s_rules.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Repository.PathTo("docs", "rules"), "*.md")
            .Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));

    /// <summary>The rules that were decided on. One that disappears is missed here, not by its users.</summary>
    [Fact]
    public void All_rules_are_there() => Assert.Equal(
        [
            .. Enumerable.Range(1001, 13), .. Enumerable.Range(2001, 6), .. Enumerable.Range(3001, 8), .. Enumerable.Range(4001, 7), .. Enumerable.Range(5001, 3), 6001,
        ],
        s_rules.Keys.Order(StringComparer.Ordinal).Select(id => int.Parse(id[3..], System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A folder of tests with at least one report and one silence.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_tests(string id)
    {
        string folder = Repository.PathTo("tests", "LockContext.Analyzers.Tests", "Rules", id);
        Assert.True(Directory.Exists(folder), $"there is no folder '{folder}'");
        string tests = string.Concat(Directory.EnumerateFiles(folder, "*.cs").Select(File.ReadAllText));
        Assert.True(tests.Contains("{|" + id, StringComparison.Ordinal) || tests.Contains($"\"{id}\"", StringComparison.Ordinal), $"no test in '{folder}' expects {id}");
        Assert.Matches("[Ss]ilen(t|ce)", tests);
    }

    /// <summary>With <c>LOCKCONTEXT_UPDATE=1</c> the table is written instead of compared.</summary>
    [Fact]
    public void The_table_in_the_readme_is_made_from_the_pages()
    {
        string table = string.Concat(s_rules.Keys.Order(StringComparer.Ordinal).Select(RulePage.Read).Select(p =>
            $"| [{p.Id}](docs/rules/{p.Id}.md) | {p.Title} | {p["Default severity"]} | {p["On a build server"]} | {p["Code fix"]} |\n"));
        string readme = Repository.Read("README.md");
        string updated = Rows().Replace(readme, table, 1);
        if (Environment.GetEnvironmentVariable("LOCKCONTEXT_UPDATE") == "1")
            File.WriteAllText(Repository.PathTo("README.md"), readme = updated);
        Assert.Equal(updated, readme);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_a_row_in_the_release_files(string id)
    {
        string releases = Repository.Read("src", "LockContext.Analyzers", "AnalyzerReleases.Shipped.md")
            + Repository.Read("src", "LockContext.Analyzers", "AnalyzerReleases.Unshipped.md");
        Assert.Contains($"\n{id} | {s_rules[id].Category} | {s_rules[id].DefaultSeverity} | ", releases);
        Assert.Contains(id, Repository.Read("CHANGELOG.md"));
    }

    [Fact]
    public void Links_between_the_documents_lead_somewhere()
    {
        IEnumerable<string> documents = Directory.EnumerateFiles(Repository.PathTo("docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"));
        foreach (string document in documents)
        {
            foreach (Match link in Link().Matches(File.ReadAllText(document)))
            {
                string target = Path.Combine(Path.GetDirectoryName(document)!, link.Groups["target"].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{document}: {link.Value}");
            }
        }
    }

    private static HashSet<string> Fixable() =>
        Assembly.Load("LockContext.CodeFixes").GetTypes()
            .Where(t => !t.IsAbstract && typeof(CodeFixProvider).IsAssignableFrom(t))
            .SelectMany(t => ((CodeFixProvider)Activator.CreateInstance(t, nonPublic: true)!).FixableDiagnosticIds).ToHashSet();

    [GeneratedRegex(@"(?<=\n\|---\|---\|---\|---\|---\|\n)(\| \[LCX.*\n)+")]
    private static partial Regex Rows();

    [GeneratedRegex(@"\]\((?!https?:|#)(?<target>[^)#\s]+)(#[^)\s]*)?\)")]
    private static partial Regex Link();
}

/// <summary>The page of a rule: its title, the table below it, and its sections.</summary>
internal sealed partial record RulePage(string Id, string Title, IReadOnlyDictionary<string, string> Facts, IReadOnlyList<string> Sections)
{
    public string this[string fact] => Facts.TryGetValue(fact, out string? value) ? value : throw new InvalidDataException($"{Id}.md: no row '{fact}'");

    public static RulePage Read(string id)
    {
        string text = Repository.Read("docs", "rules", id + ".md");
        Match title = TitleLine().Match(text);
        Assert.True(title.Success && title.Groups["id"].Value == id, $"{id}.md must start with '# {id}: title'");
        return new RulePage(id, title.Groups["title"].Value,
            Row().Matches(text[..text.IndexOf("\n## ", StringComparison.Ordinal)]).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value),
            [.. Section().Matches(text).Select(m => m.Groups["name"].Value)]);
    }

    [GeneratedRegex(@"\A# (?<id>LCX\d{4}): (?<title>.+)\n")]
    private static partial Regex TitleLine();

    [GeneratedRegex(@"^\| (?<name>[A-Z][^|]*?) \| (?<value>[^|]+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^## (?<name>.+)$", RegexOptions.Multiline)]
    private static partial Regex Section();
}
