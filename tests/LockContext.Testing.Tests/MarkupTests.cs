using System.Collections.Immutable;
using System.Linq;
using LockContext.Testing.Markup;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Testing.Tests;

public class MarkupTests
{
    [Theory]
    [InlineData("a[|b|]c", "abc", "=b")]
    [InlineData("a{|LCX1001:b|}c", "abc", "LCX1001=b")]
    [InlineData("{|#0:x|}{|#1:y|}", "xy", "#0=x #1=y")]
    [InlineData("{|A1:{|#0:x|}y|}", "xy", "#0=x A1=xy")]
    [InlineData("{|A1:x[|y|]|}", "xy", "=y A1=xy")]
    [InlineData("[||]", "", "=")]
    public void Marks_are_taken_out(string markup, string code, string spans)
    {
        (string parsed, ImmutableArray<MarkedSpan> marked) = TestMarkup.Parse(markup);
        Assert.Equal(code, parsed);
        Assert.Equal(spans, string.Join(' ', marked.Select(m => $"{m.Name}={code.Substring(m.Span.Start, m.Span.Length)}")));
    }

    [Theory]
    [InlineData("a |= b; c = d[e|f]; if (x is {} y || z) {}")]
    [InlineData("flags = A|B; { var s = $\"{x|1}\"; }")]
    [InlineData("var p = x is { Length: 1 };")]
    public void Ordinary_code_has_none(string code)
    {
        (string parsed, ImmutableArray<MarkedSpan> marked) = TestMarkup.Parse(code);
        Assert.Equal(code, parsed);
        Assert.Empty(marked);
    }

    [Fact]
    public void A_mark_that_is_never_closed_is_an_error() => Assert.Throws<VerificationException>(() => TestMarkup.Parse("{|A1:x"));

    [Fact]
    public void Positions_are_those_of_the_clean_code()
    {
        MarkedSpan mark = Assert.Single(TestMarkup.Parse("ab{|A1:cd|}e").Spans);
        Assert.Equal(TextSpan.FromBounds(2, 4), mark.Span);
    }
}
