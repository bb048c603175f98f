using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// Finds the words of a compilation that are spin locks written by hand: some loop spins on the word (<see cref="SpinLoop"/>), none sleeps on it, and somewhere the free value is written back. A word nobody
/// spins on is a flag, and one that others count up (readers, users, waiters) is a counter, whatever some loop waits for. Words passed by <c>ref</c> to a method that spins on its parameter are locks with it.
/// </summary>
internal sealed class SpinLoops
{
    private static readonly HashSet<int> s_attempts = new() { IdentifierIndex.Hash("CompareExchange"), IdentifierIndex.Hash("Exchange"), IdentifierIndex.Hash("Or") };
    private static readonly HashSet<int> s_lockClass = new() { IdentifierIndex.Hash("LockClass"), IdentifierIndex.Hash("LockClassAttribute") };

    private readonly Compilation _compilation;
    private readonly Bodies _bodies;
    private readonly KnowledgeBase _knowledge;
    private readonly Dictionary<ISymbol, object> _spun = new(SymbolEqualityComparer.Default);
    private readonly HashSet<SyntaxNode> _loops = new();
    private readonly HashSet<ISymbol> _waitedFor = new(SymbolEqualityComparer.Default);
    private readonly SpinBits _bits = new();
    private readonly HashSet<ISymbol> _written = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _counted = new(SymbolEqualityComparer.Default);
    private readonly List<(ISymbol Argument, IParameterSymbol Parameter)> _passed = new();

    private SpinLoops(Compilation compilation, Bodies bodies, KnowledgeBase knowledge)
    {
        _compilation = compilation;
        _bodies = bodies;
        _knowledge = knowledge;
    }

    public static SpinWords Find(Compilation compilation, Bodies bodies, KnowledgeBase knowledge)
    {
        var finder = new SpinLoops(compilation, bodies, knowledge);
        finder.FindLoops();
        var words = new List<SpinWord>(finder.Confirmed());
        if (finder._spun.Count > 0 || !finder._bits.IsEmpty)
        {
            finder.FollowReferences();
            words.AddRange(from pair in finder._spun
                           where knowledge.Options.Get(Options.LocksByShape, pair.Key.DeclaringSyntaxReferences[0].SyntaxTree) && !finder._waitedFor.Contains(pair.Key) && !finder._counted.Contains(pair.Key) && (finder._written.Contains(pair.Key) || pair.Key is IParameterSymbol)
                           select new SpinWord(pair.Key, pair.Value, ByShape: true));
        }

        return words.Count == 0 && finder._bits.IsEmpty ? SpinWords.None
            : new SpinWords(finder.WithBits(words.GroupBy<SpinWord, ISymbol>(w => w.Symbol, SymbolEqualityComparer.Default).Select(g => g.OrderBy(w => w.ByShape).First()).ToList()), finder._loops);
    }

    /// <summary>Adds the bits. Where the whole word is taken as a lock no bit of it is another; where it is only declared to be one, the loops say which bit.</summary>
    private List<SpinWord> WithBits(List<SpinWord> words)
    {
        foreach (var (symbol, bit) in _bits.Confirmed())
        {
            if (!_knowledge.Options.Get(Options.LocksByShape, symbol.DeclaringSyntaxReferences[0].SyntaxTree) || words.Any(w => w is { ByShape: true, Bit: null } && Same(w.Symbol, symbol)))
                continue;
            var declared = words.RemoveAll(w => w.Bit is null && Same(w.Symbol, symbol)) > 0 || words.Any(w => w is { ByShape: false, Bit: not null } && Same(w.Symbol, symbol));
            words.Add(new SpinWord(symbol, 0UL, !declared, bit));
        }

        return words;
    }

    private void FindLoops()
    {
        var tries = new HashSet<int>();
        FindLoops(s_attempts, tries);
        tries.ExceptWith(s_attempts);
        if (tries.Count > 0)
            FindLoops(tries, null);
    }

    /// <param name="names">What the loops call.</param>
    /// <param name="tries">Where to put the names of methods that make an attempt outside of any loop.</param>
    private void FindLoops(HashSet<int> names, HashSet<int>? tries)
    {
        foreach (var tree in _compilation.SyntaxTrees)
        {
            var index = IdentifierIndex.Of(tree);
            if (!index.MentionsAny(names))
                continue;
            var root = tree.GetRoot();
            var seen = new HashSet<SyntaxNode>();
            foreach (var position in index.PositionsOf(names))
            {
                if (root.FindToken(position).Parent is not IdentifierNameSyntax name)
                    continue;
                if (SpinLoop.Around(name) is not { } loop)
                {
                    if (tries is not null && name.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { ReturnType: PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.BoolKeyword } } method)
                        tries.Add(IdentifierIndex.Hash(method.Identifier.ValueText));
                    continue;
                }

                if (!seen.Add(loop) || SyntaxDepth.IsTooDeep(loop) || _bodies.ModelOf(tree)?.GetOperation(loop) is not ILoopOperation operation)
                {
                    continue;
                }

                var (kind, word, free, bit) = SpinLoop.Judge(operation, _knowledge, _bodies.OperationsOf);
                if (word is null || word.DeclaringSyntaxReferences.IsEmpty)
                    continue;

                if (kind != SpinLoopKind.Other)
                    _loops.Add(loop);

                // Loops that disagree about the free value are taken in an order that is not that of the files.
                if (bit is not null)
                    _bits.Add(word, bit, waits: kind == SpinLoopKind.Waits);
                else if (kind == SpinLoopKind.Spins && (!_spun.TryGetValue(word, out var other) || string.CompareOrdinal(free.ToString(), other.ToString()) < 0))
                    _spun[word] = free;
                else if (kind == SpinLoopKind.Waits)
                    _waitedFor.Add(word);
            }
        }
    }

    /// <summary>
    /// Looks at every mention of a word: is the free value written back, and is it passed on by reference? A parameter that a word is passed to is a word too, and so is whatever else is passed there.
    /// </summary>
    private void FollowReferences()
    {
        var done = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        while (_spun.Keys.Concat(_bits.Words).FirstOrDefault(s => !done.Contains(s)) is { } next)
        {
            done.Add(next);
            LookAtMentions(next, _spun.TryGetValue(next, out var free) ? free : null);
            foreach (var (argument, parameter) in _passed.ToArray())
            {
                _bits.Link(argument, parameter);
                if (!_spun.ContainsKey(parameter) && _spun.TryGetValue(argument, out var value))
                    _spun.Add(parameter, value);
                if (!_spun.ContainsKey(argument) && _spun.TryGetValue(parameter, out value))
                    _spun.Add(argument, value);
            }
        }

        // The release may be behind a parameter of its own.
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var (argument, parameter) in _passed)
            {
                if (_written.Contains(parameter))
                    changed |= _written.Add(argument);
                if (_waitedFor.Contains(parameter))
                    changed |= _waitedFor.Add(argument);
                if (_counted.Contains(parameter))
                    changed |= _counted.Add(argument);
                changed |= _bits.Propagate(argument, parameter);
            }
        }
    }

    private void LookAtMentions(ISymbol word, object? free)
    {
        // A parameter is mentioned by its method's callers, who name the method.
        var hashes = new HashSet<int> { IdentifierIndex.Hash(word.Name) };
        if (word is IParameterSymbol { ContainingSymbol: IMethodSymbol owner })
            hashes.Add(IdentifierIndex.Hash(owner.Name));
        foreach (var tree in _compilation.SyntaxTrees)
        {
            var index = IdentifierIndex.Of(tree);
            if (!index.MentionsAny(hashes))
                continue;
            var root = tree.GetRoot();
            foreach (var position in index.PositionsOf(hashes))
            {
                if (root.FindToken(position).Parent is IdentifierNameSyntax name && UseOf(name) is { } use && !SyntaxDepth.IsTooDeep(use))
                    LookAt(use, word, free);
            }
        }
    }

    /// <summary>The assignment or call that a name is part of.</summary>
    private static ExpressionSyntax? UseOf(SyntaxNode name) => name.AncestorsAndSelf().TakeWhile(n => n is ExpressionSyntax or ArgumentSyntax or ArgumentListSyntax or BracketedArgumentListSyntax)
        .FirstOrDefault(n => n is AssignmentExpressionSyntax or InvocationExpressionSyntax or PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression }) as ExpressionSyntax;

    private void LookAt(ExpressionSyntax use, ISymbol word, object? free)
    {
        var operation = _bodies.ModelOf(use.SyntaxTree)?.GetOperation(use);
        if (operation is not null)
            _bits.LookAt(operation, word);
        switch (operation)
        {
            case ISimpleAssignmentOperation assignment when free is not null && Is(assignment.Target, word) && Equals(SpinLoop.ConstantOf(assignment.Value), free):
                _written.Add(word);
                break;
            case ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.And or BinaryOperatorKind.Subtract } changed when Is(changed.Target, word):
                _written.Add(word);
                break;
            case IIncrementOrDecrementOperation { Kind: OperationKind.Increment } counted when Is(counted.Target, word):
            case ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add } added when Is(added.Target, word):
                _counted.Add(word);
                break;
            case IInvocationOperation call when CountsUp(call) && Is(SpinLoop.Argument(call, 0), word):
                _counted.Add(word);
                break;
            case IInvocationOperation call when call.TargetMethod.ContainingType is { Name: "Interlocked" or "Volatile" or "Thread", ContainingNamespace.Name: "Threading" }:
                if (free is not null && Is(SpinLoop.Argument(call, 0), word) && (Equals(SpinLoop.ConstantOf(SpinLoop.Argument(call, 1)), free) || call.TargetMethod.Name is "Decrement" or "Add" or "And"))
                    _written.Add(word);
                break;
            case IInvocationOperation call:
                foreach (var argument in call.Arguments)
                {
                    if (argument.Parameter is { RefKind: RefKind.Ref, OriginalDefinition: var parameter } && SpinLoop.SymbolOf(argument.Value) is { } passed && !parameter.ContainingSymbol.DeclaringSyntaxReferences.IsEmpty
                        && (Same(passed, word) || Same(parameter, word)))
                    {
                        _passed.Add((passed.OriginalDefinition, parameter));
                    }
                }

                break;
        }
    }

    /// <summary>One more, by a number, or by an attempt to write what was seen and one more.</summary>
    private static bool CountsUp(IInvocationOperation call) => call.TargetMethod is { ContainingType: { Name: "Interlocked", ContainingNamespace.Name: "Threading" }, Name: var name } && name switch
    {
        "Increment" => true,
        "Add" => !IsNegative(SpinLoop.Argument(call, 1)),
        "CompareExchange" => SpinLoop.Argument(call, 1) is IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum
            && SymbolOf(SpinLoop.Argument(call, 2)) is { } seen && (Same(SymbolOf(sum.LeftOperand), seen) || Same(SymbolOf(sum.RightOperand), seen)),
        _ => false,
    };

    private static ISymbol? SymbolOf(IOperation? value) => value is ILocalReferenceOperation local ? local.Local : SpinLoop.SymbolOf(value);

    private static bool IsNegative(IOperation? value) => value is { ConstantValue: { HasValue: true, Value: int or long or short or sbyte } constant } ? Convert.ToInt64(constant.Value, System.Globalization.CultureInfo.InvariantCulture) < 0
        : value is IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus };

    public static bool Is(IOperation? place, ISymbol word) => Same(SpinLoop.SymbolOf(place), word);

    private static bool Same(ISymbol? a, ISymbol b) => SymbolEqualityComparer.Default.Equals(a?.OriginalDefinition, b);

    /// <summary>Numbers and flags that are declared to be locks need no loop to prove it.</summary>
    private IEnumerable<SpinWord> Confirmed()
    {
        foreach (var tree in _compilation.SyntaxTrees)
        {
            var index = IdentifierIndex.Of(tree);
            if (!index.MentionsAny(s_lockClass))
                continue;
            var root = tree.GetRoot();
            foreach (var position in index.PositionsOf(s_lockClass))
            {
                if (root.FindToken(position).Parent?.FirstAncestorOrSelf<AttributeSyntax>() is not { Parent.Parent: FieldDeclarationSyntax field } || _bodies.ModelOf(tree) is not { } model)
                    continue;
                foreach (var variable in field.Declaration.Variables)
                {
                    if (model.GetDeclaredSymbol(variable) is IFieldSymbol { IsConst: false } declared && IsNumber(declared.Type) && _knowledge.LockClassOf(declared, Model.LockTraits.Unclassified) != Model.LockTraits.Unclassified)
                        yield return new SpinWord(declared, 0UL, ByShape: false);
                }
            }
        }
    }

    private static bool IsNumber(ITypeSymbol type) => type.TypeKind == TypeKind.Enum
        || type.SpecialType is >= SpecialType.System_Boolean and <= SpecialType.System_UInt64 or SpecialType.System_IntPtr or SpecialType.System_UIntPtr;
}
