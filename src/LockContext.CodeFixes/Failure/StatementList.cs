using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>A statement among its siblings: in a block, in a section of a switch, or at the top level of a program.</summary>
internal sealed class StatementList
{
    private readonly SyntaxNode _owner;

    private StatementList(SyntaxNode owner, ImmutableArray<StatementSyntax> statements, int index)
    {
        _owner = owner;
        Statements = statements;
        Index = index;
    }

    public ImmutableArray<StatementSyntax> Statements { get; }

    public int Index { get; }

    /// <summary>Null if the statement is embedded, as the body of an <c>if</c> without braces.</summary>
    public static StatementList? Around(StatementSyntax statement)
    {
        var (owner, statements) = statement.Parent switch
        {
            BlockSyntax block => ((SyntaxNode)block, block.Statements.AsEnumerable()),
            SwitchSectionSyntax section => (section, section.Statements),
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => (unit, unit.Members.OfType<GlobalStatementSyntax>().Select(g => g.Statement)),
            _ => (null, null),
        };
        return owner is null ? null : new StatementList(owner, statements!.ToImmutableArray(), statements!.ToList().IndexOf(statement));
    }

    /// <summary>The statement around a list; null if the list is the body of a function.</summary>
    public static StatementSyntax? Outside(StatementSyntax statement)
    {
        foreach (var outer in statement.Ancestors())
        {
            if (Functions.IsFunction(outer))
                return null;

            // A block is part of the statement around it, unless it stands for itself.
            if (outer is StatementSyntax result && (outer is not BlockSyntax || outer.Parent is BlockSyntax or SwitchSectionSyntax or GlobalStatementSyntax))
                return result;
        }

        return null;
    }

    /// <summary>The tree with new statements in place of some of the list.</summary>
    public SyntaxNode Replace(SyntaxNode root, int from, int count, IEnumerable<StatementSyntax> with)
    {
        var statements = Statements.RemoveRange(from, count).InsertRange(from, with);
        switch (_owner)
        {
            case BlockSyntax block:
                return root.ReplaceNode(block, block.WithStatements(SyntaxFactory.List(statements)));
            case SwitchSectionSyntax section:
                return root.ReplaceNode(section, section.WithStatements(SyntaxFactory.List(statements)));
            default:
                var unit = (CompilationUnitSyntax)_owner;
                var wrapped = unit.Members.OfType<GlobalStatementSyntax>().ToDictionary(g => g.Statement);
                var members = statements.Select(s => wrapped.TryGetValue(s, out var global) ? global : SyntaxFactory.GlobalStatement(s));
                return root.ReplaceNode(unit, unit.WithMembers(SyntaxFactory.List<MemberDeclarationSyntax>(
                    members.Concat(unit.Members.Where(m => m is not GlobalStatementSyntax)))));
        }
    }
}
