using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing.Fixes;

/// <summary>Compares the files of a project with the expected ones, text for text.</summary>
internal static class FileComparison
{
    public static async Task VerifyAsync(string when, Project project, SolutionState expected, CancellationToken cancellationToken)
    {
        await VerifyAsync(when, project.Documents, expected.Sources, cancellationToken);
        await VerifyAsync(when, project.AdditionalDocuments, expected.AdditionalFiles, cancellationToken);
        await VerifyAsync(when, project.AnalyzerConfigDocuments, expected.AnalyzerConfigFiles, cancellationToken);
    }

    private static async Task VerifyAsync(
        string when, IEnumerable<TextDocument> documents, IEnumerable<(string FileName, string Content)> expected, CancellationToken cancellationToken)
    {
        var actual = new Dictionary<string, string>();
        foreach (TextDocument document in documents)
            actual.Add(document.FilePath ?? document.Name, (await document.GetTextAsync(cancellationToken)).ToString());
        foreach ((string name, string content) in expected)
        {
            if (!actual.Remove(name, out string? text))
                throw new VerificationException($"There is no file '{name}' {when}.");
            if (text != content)
                throw new VerificationException($"'{name}' {when} is not as expected.\n{Difference(content, text)}");
        }

        if (actual.Count > 0)
            throw new VerificationException($"There is an unexpected file '{actual.Keys.First()}' {when}.");
    }

    // Common head and tail are left out; what is between them is short in a test of one fix.
    private static string Difference(string expected, string actual)
    {
        string[] left = expected.Split('\n'), right = actual.Split('\n');
        int head = 0, tail = 0;
        while (head < left.Length && head < right.Length && left[head] == right[head])
            head++;
        while (tail < left.Length - head && tail < right.Length - head && left[^(tail + 1)] == right[^(tail + 1)])
            tail++;

        var text = new StringBuilder().AppendLine($"From line {head + 1}, '-' is expected and '+' is actual:");
        foreach (string line in left[head..^tail])
            text.AppendLine("- " + line.Replace("\r", "\\r"));
        foreach (string line in right[head..^tail])
            text.AppendLine("+ " + line.Replace("\r", "\\r"));
        return text.AppendLine("The actual text:").AppendLine(actual).ToString();
    }
}
