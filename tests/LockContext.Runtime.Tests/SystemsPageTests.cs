using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary><c>docs/systems.md</c> keeps all its rows, and names files and tests that exist.</summary>
public sealed partial class SystemsPageTests
{
    [Fact]
    public void No_row_is_missing()
        => Assert.Equal(Enumerable.Range(1, 94), Rows().Select(row => int.Parse(row[0], null)));

    [Fact]
    public void Files_exist()
    {
        foreach (string[] row in Rows())
        {
            foreach (string file in Quoted(row[4])) Assert.True(File.Exists(Path.Combine(Root(), file)), $"row {row[0]}: {file}");
        }
    }

    [Fact]
    public void Tests_exist()
    {
        Dictionary<string, string> sources = Directory.GetFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", System.StringComparison.Ordinal))
            .GroupBy(file => Path.GetFileName(file).Split('.')[0])
            .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)));
        foreach (string[] row in Rows())
        {
            foreach (string test in Quoted(row[5]))
            {
                string[] parts = test.Split('.');
                Assert.True(sources.TryGetValue(parts[0], out string? source) && source.Contains($" {parts[1]}(", System.StringComparison.Ordinal), $"row {row[0]}: {test}");
            }
        }
    }

    [Fact]
    public void A_row_has_both_or_neither()
    {
        foreach (string[] row in Rows()) Assert.Equal(Quoted(row[4]).Any(), Quoted(row[5]).Any());
    }

    private static IEnumerable<string> Quoted(string cell) => Code().Matches(cell).Select(match => match.Groups[1].Value);

    // A bar inside code is part of a cell, not the end of one.
    private static IEnumerable<string[]> Rows()
        => File.ReadLines(Path.Combine(Root(), "docs", "systems.md"))
            .Where(line => Row().IsMatch(line))
            .Select(line => Bar().Split(line.Trim().Trim('|')).Select(cell => cell.Trim()).ToArray());

    private static string Root([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..");

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Row();

    [GeneratedRegex(@" \| ")]
    private static partial Regex Bar();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
