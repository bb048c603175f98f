using System.Collections.Generic;
using System.IO;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Analyzers.Tests.Model;

/// <summary>Every line of the framework table names something that exists, and every parameter it names is a parameter of some overload: hand tables rot.</summary>
public class FrameworkTableIsReal
{
    [Fact]
    public void Every_id_and_parameter_exists()
    {
        using var stream = typeof(FrameworkTable).Assembly.GetManifestResourceStream("LockContext.Analyzers.Knowledge.Framework.lockcontext.txt")!;
        using var reader = new StreamReader(stream);
        var compilation = CSharpCompilation.Create("table", references: ReferenceAssemblies.Net100);
        var problems = new List<string>();
        foreach (var line in ModelText.Read(SourceText.From(reader.ReadToEnd())))
        {
            Assert.Null(line.Problem);
            var entry = line.Entry!;
            var symbols = Resolve(entry.Id, compilation);
            if (symbols.Length == 0)
                problems.Add("no such symbol: " + entry.Id);
            foreach (var annotation in entry.Annotations.Where(a => a.Name is "LockTaken" or "Timeout" or "RunsHere" or "RunsLater"))
            {
                if (!symbols.OfType<IMethodSymbol>().Any(m => m.Parameters.Any(p => p.Name == annotation.Arguments[0])))
                    problems.Add($"no overload of {entry.Id} has a parameter '{annotation.Arguments[0]}'");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static ISymbol[] Resolve(string id, Compilation compilation)
    {
        string exact = id.EndsWith("()", System.StringComparison.Ordinal) ? id[..^2] : id;
        if (exact[0] == 'T' || exact.Contains('('))
            return [.. DocumentationCommentId.GetSymbolsForDeclarationId(exact, compilation)];

        // Without a parameter list: all overloads, inherited ones too (Mutex.WaitOne).
        int dot = exact.LastIndexOf('.');
        var type = DocumentationCommentId.GetFirstSymbolForDeclarationId("T:" + exact[2..dot], compilation) as INamedTypeSymbol;
        string name = exact[(dot + 1)..].Replace('#', '.');
        var members = new List<ISymbol>();
        for (; type is not null; type = type.BaseType)
            members.AddRange(type.GetMembers(name));
        return [.. members];
    }
}
