using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;

namespace LockContext.Benchmarks.Runtime;

/// <summary>A row of bars for each row of a table, each on a scale of its own: what matters is the ratio, which is written beside.</summary>
internal static class BarPlot
{
    private const int BarHeight = 18;
    private const int Longest = 300;

    public static string Of(string title, IReadOnlyList<RowResult> results)
    {
        var height = 40 + results.Sum(r => 26 + (r.Candidates.Count * BarHeight));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="12">""");
        svg.Append(CultureInfo.InvariantCulture, $"\n<rect width=\"760\" height=\"{height}\" fill=\"#ffffff\"/>\n<text x=\"10\" y=\"20\" font-size=\"14\" font-weight=\"bold\">{Escape(title)}</text>\n");
        var y = 36;
        foreach (var result in results)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"{y + 12}\" font-weight=\"bold\">{Escape(result.Row.Name)}</text>\n");
            y += 18;
            var most = Math.Max(double.Epsilon, result.Candidates.Max(c => c.Median));
            foreach (var candidate in result.Candidates)
            {
                var width = Math.Max(1, candidate.Median / most * Longest);
                var ours = candidate == result.Ours;
                var ratio = ours || result.Ours.Median <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({candidate.Median / result.Ours.Median:F2} x)");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"{y + 12}\">{Escape(candidate.Name)}</text>");
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"250\" y=\"{y + 1}\" width=\"{width:F0}\" height=\"{BarHeight - 4}\" fill=\"{(ours ? "#1a7f37" : "#8c959f")}\"/>");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{256 + width:F0}\" y=\"{y + 12}\">{Escape(ReportPage.Value(candidate.Median, result.Row.Unit))}{ratio}</text>\n");
                y += BarHeight;
            }

            y += 8;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
