using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// The last word on a rewriting: it is taken only if the compiler finds nothing in the member that it did not find before. The compiler knows
/// definite assignment, reachability and overload resolution better than any list of special cases here could.
/// </summary>
internal sealed class CompileCheck
{
    private readonly SyntaxAnnotation _mark;
    private readonly Dictionary<string, int> _before;

    private CompileCheck(SyntaxAnnotation mark, Dictionary<string, int> before)
    {
        _mark = mark;
        _before = before;
    }

    /// <summary>Remembers what the compiler says about the member around the marked node.</summary>
    public static async Task<CompileCheck> BeginAsync(Document document, SyntaxAnnotation mark, CancellationToken cancellationToken) =>
        new(mark, await CountAsync(document, mark, cancellationToken).ConfigureAwait(false));

    public async Task<bool> IsCleanAsync(Document document, CancellationToken cancellationToken)
    {
        var after = await CountAsync(document, _mark, cancellationToken).ConfigureAwait(false);
        return after.All(pair => _before.TryGetValue(pair.Key, out var count) && pair.Value <= count);
    }

    private static async Task<Dictionary<string, int>> CountAsync(Document document, SyntaxAnnotation mark, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var node = root!.GetAnnotatedNodes(mark).First();

        // Declarations reached by a statement change are those of the member; a member of a type, not the type itself.
        var member = node.AncestorsAndSelf().FirstOrDefault(n => n is MemberDeclarationSyntax and not BaseTypeDeclarationSyntax and not GlobalStatementSyntax) ?? root;
        return model!.GetDiagnostics(member.FullSpan, cancellationToken)
            .Where(d => d.Severity >= DiagnosticSeverity.Warning)
            .GroupBy(d => d.Id)
            .ToDictionary(g => g.Key, g => g.Count());
    }
}
