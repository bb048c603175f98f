using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace LockContext.Analyzers.Tests.Model;

public class OptionLaws
{
    private static readonly SyntaxTree s_tree = CSharpSyntaxTree.ParseText("");

    [Fact]
    public void Keys_are_distinct_and_have_the_prefix()
    {
        Assert.Equal(Options.All.Length, Options.All.Select(o => o.Key).Distinct().Count());
        Assert.All(Options.All, o => Assert.Matches(@"^lockcontext\.[a-z_]+$", o.Key));
    }

    [Fact]
    public void Values_are_distinct_and_legal() => Assert.All(Options.All, o =>
    {
        Assert.Equal(o.Values.Length, o.Values.Distinct().Count());
        Assert.All(o.Values, v => Assert.True(o.IsLegal(v)));
        Assert.False(o.IsLegal("nonsense"));
    });

    [Theory]
    [InlineData(null, null, UnknownCalls.RawAtomic)]
    [InlineData("off", null, UnknownCalls.Off)]
    [InlineData(null, "all", UnknownCalls.All)]
    [InlineData("off", "all", UnknownCalls.Off)]
    [InlineData(" ALL ", null, UnknownCalls.All)]
    [InlineData("nonsense", null, UnknownCalls.RawAtomic)]
    [InlineData("", null, UnknownCalls.RawAtomic)]
    internal void A_file_wins_over_the_project_and_both_over_the_default(string? ofTree, string? global, UnknownCalls expected) =>
        Assert.Equal(expected, new Options(new Provider(ofTree, global)).Get(Options.UnknownCalls, s_tree));

    [Fact]
    public void Without_a_configuration_everything_is_as_by_default() => Assert.Equal(UnknownCalls.RawAtomic, Options.Default.Get(Options.UnknownCalls, s_tree));

    private sealed class Provider(string? ofTree, string? global) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Set(global);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Set(ofTree);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Set(null);
    }

    private sealed class Set(string? value) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? found)
        {
            found = KeyComparer.Equals(key, "lockcontext.unknown_calls") ? value : null;
            return found is not null;
        }
    }
}
