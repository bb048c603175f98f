using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>Edits as no sane person makes them, but as editors see them between two sane states: pieces of a file deleted, doubled, swapped, moved and renamed.</summary>
internal sealed class RandomEdits(int seed)
{
    private static readonly string[] s_fragments =
    [
        "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "=>", "?", ":", "!", "*", "&", "\"", "'", "$\"{", "/*", "#if X", "\n#endif\n", "ref ", "out ", "in ", "async ", "await ", "yield return ", "static ", "goto case 1;",
        "return;", "throw;", "throw null!;", "using var u = this;", "lock (this) ", "unsafe ", "fixed ", "stackalloc int[3]", "checked(", "default", "new()", "base.", "this.", " is { } ", " with { }", "..", "^1", "when ", "partial ", "record ",
        "[RawAtomic] ", "[NoReclaim] ", "[Sleepable] ", "[Acquires] ", "[Releases] ", "[Trusted(\"x\")] ", "[LockClass(Outer = WaitClass.Spin)] ", "[Requires(\"x\")] ", "[ReadSection] ", "[Allocates] ", "void L() => L(); ", "(x) => x ", "delegate { } ",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Makes one edit.</summary>
    public SourceText Apply(SourceText text)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
        TextChange[] changes = _random.Next(16) switch
        {
            0 or 1 => DeleteToken(root),
            2 => DoubleToken(root),
            3 => Swap(Pick(Tokens(root)), Pick(Tokens(root)), text),
            4 => SwapNeighbours(root, text),
            5 or 6 => Delete<StatementSyntax>(root),
            7 => Double<StatementSyntax>(root, text),
            8 => SwapTwo<StatementSyntax>(root, text),
            9 => Move<StatementSyntax>(root, text),
            10 => Move<MemberDeclarationSyntax>(root, text),
            11 => SwapTwo<ExpressionSyntax>(root, text),
            12 or 13 => RenameMention(root),
            14 => Move<AttributeListSyntax>(root, text),
            _ => Insert(root),
        };
        // Two changes that overlap, an expression and a part of it, are no edit.
        Array.Sort(changes, (a, b) => a.Span.CompareTo(b.Span));
        return changes.Length == 0 || (changes is [var a, var b] && (a.Span.OverlapsWith(b.Span) || a.Span == b.Span)) ? text : text.WithChanges(changes);
    }

    private TextChange[] DeleteToken(SyntaxNode root) => Pick(Tokens(root)) is { } token ? [new(token.Span, "")] : [];

    private TextChange[] DoubleToken(SyntaxNode root) => Pick(Tokens(root)) is { } token ? [new(new TextSpan(token.Span.End, 0), " " + token.Text)] : [];

    private TextChange[] Insert(SyntaxNode root) => Pick(Tokens(root)) is { } token ? [new(new TextSpan(token.SpanStart, 0), s_fragments[_random.Next(s_fragments.Length)])] : [];

    private TextChange[] SwapNeighbours(SyntaxNode root, SourceText text) => Pick(Tokens(root)) is { } token && token.GetNextToken() is { RawKind: not 0 } next ? Swap(token, next, text) : [];

    private TextChange[] RenameMention(SyntaxNode root)
    {
        List<SyntaxToken> names = [.. Tokens(root).Where(t => t.IsKind(SyntaxKind.IdentifierToken))];
        return Pick(names) is { } changed && Pick(names) is { } other ? [new(changed.Span, other.Text)] : [];
    }

    private TextChange[] Delete<T>(SyntaxNode root)
        where T : SyntaxNode => Pick(Nodes<T>(root)) is { } node ? [new(node.Span, "")] : [];

    private TextChange[] Double<T>(SyntaxNode root, SourceText text)
        where T : SyntaxNode => Pick(Nodes<T>(root)) is { } node ? [new(new TextSpan(node.Span.End, 0), " " + text.ToString(node.Span))] : [];

    private TextChange[] Move<T>(SyntaxNode root, SourceText text)
        where T : SyntaxNode
    {
        List<T> nodes = Nodes<T>(root);
        return Pick(nodes) is { } moved && Pick(nodes) is { } before && !moved.Span.Contains(before.SpanStart)
            ? [new(moved.Span, ""), new(new TextSpan(before.SpanStart, 0), text.ToString(moved.Span) + " ")]
            : [];
    }

    private TextChange[] SwapTwo<T>(SyntaxNode root, SourceText text)
        where T : SyntaxNode
    {
        List<T> nodes = Nodes<T>(root);
        return Pick(nodes) is { } a && Pick(nodes) is { } b ? [new(a.Span, text.ToString(b.Span)), new(b.Span, text.ToString(a.Span))] : [];
    }

    private static TextChange[] Swap(SyntaxToken? a, SyntaxToken? b, SourceText text) =>
        a is { } first && b is { } second ? [new(first.Span, text.ToString(second.Span)), new(second.Span, text.ToString(first.Span))] : [];

    private static List<SyntaxToken> Tokens(SyntaxNode root) => [.. root.DescendantTokens().Where(t => t.Span.Length > 0)];

    private static List<T> Nodes<T>(SyntaxNode root)
        where T : SyntaxNode => [.. root.DescendantNodes().OfType<T>().Where(n => n.Span.Length > 0)];

    private SyntaxToken? Pick(List<SyntaxToken> tokens) => tokens.Count == 0 ? null : tokens[_random.Next(tokens.Count)];

    private T? Pick<T>(List<T> nodes)
        where T : SyntaxNode => nodes.Count == 0 ? null : nodes[_random.Next(nodes.Count)];
}
