using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing.Tests;

/// <summary>A fix that replaces the reported name by what <see cref="NewName"/> makes of it.</summary>
public abstract class RenameToyFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds => ["TOY0001"];

    public override FixAllProvider? GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SourceText text = await context.Document.GetTextAsync(context.CancellationToken);
        foreach ((string title, string name) in Names(text.ToString(context.Span)))
        {
            context.RegisterCodeFix(
                CodeAction.Create(title, _ => Task.FromResult(context.Document.WithText(text.Replace(context.Span, name))), equivalenceKey: title),
                context.Diagnostics);
        }
    }

    protected virtual (string Title, string Name)[] Names(string name) => [("Rename", NewName(name))];

    protected abstract string NewName(string name);
}

/// <summary>Does what it should.</summary>
public sealed class UpperCaseFix : RenameToyFix
{
    protected override string NewName(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}

/// <summary>Offers two repairs.</summary>
public sealed class TwoWaysFix : RenameToyFix
{
    protected override (string Title, string Name)[] Names(string name) => [("Upper", NewName(name)), ("Prefix", "Do" + name)];

    protected override string NewName(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}

/// <summary>Leaves the diagnostic where it was.</summary>
public sealed class UselessFix : RenameToyFix
{
    protected override string NewName(string name) => name + "X";
}

/// <summary>Yields code that does not compile.</summary>
public sealed class BreakingFix : RenameToyFix
{
    protected override string NewName(string name) => "1" + name;
}

/// <summary>Right for one diagnostic, but cannot do all at once.</summary>
public sealed class NoFixAllFix : RenameToyFix
{
    public override FixAllProvider? GetFixAllProvider() => null;

    protected override string NewName(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}

/// <summary>Has a FixAll that does something else than the single fix.</summary>
public sealed class OtherFixAllFix : RenameToyFix
{
    public override FixAllProvider GetFixAllProvider() => FixAllProvider.Create(async (context, document, diagnostics) =>
    {
        SourceText text = await document.GetTextAsync(context.CancellationToken);
        return document.WithText(text.WithChanges(System.Linq.Enumerable.Select(diagnostics, d => new TextChange(d.Location.SourceSpan, "Other"))));
    });

    protected override string NewName(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
