using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// The contexts that a member is called in, by all the calls that there are. The answer is "nobody holds a raw lock" or "unknown": whatever cannot be followed to its end (a delegate, a virtual member, a
/// constructor, a lambda, reflection, code of other assemblies) makes it unknown, and so does a raw lock.
/// </summary>
/// <remarks>Calls are found by name in the index of each file, so that a file which does not mention the member is not bound.</remarks>
internal sealed class CallerContexts
{
    /// <summary>Members on the way up from one; beyond, nobody would follow the reasoning either.</summary>
    private const int MaxMembers = 60;

    private readonly Compilation _compilation;
    private readonly Bodies _bodies;
    private readonly KnowledgeBase _knowledge;
    private readonly ConcurrentDictionary<IMethodSymbol, Callers> _callers = new(SymbolEqualityComparer.Default);

    public CallerContexts(Compilation compilation, Bodies bodies, KnowledgeBase knowledge)
    {
        _compilation = compilation;
        _bodies = bodies;
        _knowledge = knowledge;
    }

    /// <summary>Who calls a member outside of every raw lock; <see langword="null"/> for the list if not all is known, or somebody holds one.</summary>
    private sealed record Callers(ImmutableArray<IMethodSymbol>? Members);

    /// <summary>Whether all calls of a member that only this compilation can call surely happen where no raw lock is held, up to members that have no context of their own.</summary>
    public bool NobodyHoldsRawLock(IMethodSymbol method, Solver solver, CancellationToken cancellation)
    {
        method = KnowledgeBase.Canonical(method);
        if (Hierarchy.IsOpenToAll(method) || !CanBeFollowed(method) || HasContext(method))
            return false;
        var seen = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default) { method };
        var pending = new Queue<IMethodSymbol>(seen);
        while (pending.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var member = pending.Dequeue();
            if (!_callers.TryGetValue(member, out var callers))
                callers = _callers.GetOrAdd(member, FindCallers(member, solver, cancellation));
            if (callers.Members is not { } members)
                return false;

            // Nobody calls it: it is dead, or called by means that are not seen. A public member of a program is there to be called.
            if (members.IsEmpty && !(Hierarchy.IsOpenToAll(member) && !member.Equals(method, SymbolEqualityComparer.Default)))
                return false;
            foreach (var caller in members)
            {
                if (!seen.Add(caller) || HasContext(caller) || IsEntryPoint(caller))
                    continue;
                if (!CanBeFollowed(caller) || seen.Count > MaxMembers)
                    return false;
                pending.Enqueue(caller);
            }
        }

        return true;
    }

    /// <summary>Whether the member itself says in which context it runs, so that its callers need not be asked.</summary>
    private bool HasContext(IMethodSymbol method) => _knowledge.FactsOf(method) is
        { RawAtomic: true } or { Sleepable: true } or { WaitsForGracePeriod: true } or { ContextLimit: not WaitClass.None } or { Allocates: true } or { Frees: true };

    private bool IsEntryPoint(IMethodSymbol method) => method.Equals(_compilation.GetEntryPoint(CancellationToken.None), SymbolEqualityComparer.Default)
        || method.Name == WellKnownMemberNames.TopLevelStatementsEntryPointMethodName;

    /// <summary>Whether every call of the member is one that names it, in this compilation.</summary>
    private bool CanBeFollowed(IMethodSymbol method)
    {
        if (method is not { MethodKind: MethodKind.Ordinary, IsVirtual: false, IsAbstract: false, IsOverride: false, IsExtern: false } || _knowledge.StoodFor(method).Any() || _knowledge.FactsOf(method).Trusted
            || _bodies.Of(method) is not { IsIterator: false } || method.GetAttributes().Any(a => a.AttributeClass?.Name == "UnmanagedCallersOnlyAttribute"))
        {
            return false;
        }

        for (ISymbol? symbol = method; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility == Accessibility.Private)
                return true;
            if (symbol.DeclaredAccessibility is Accessibility.Internal or Accessibility.ProtectedAndInternal)
                return !_bodies.Hierarchy.HasFriends;
        }

        return _compilation.Options.OutputKind is not (OutputKind.DynamicallyLinkedLibrary or OutputKind.NetModule);
    }

    private Callers FindCallers(IMethodSymbol method, Solver solver, CancellationToken cancellation)
    {
        var unknown = new Callers((ImmutableArray<IMethodSymbol>?)null);
        var names = new HashSet<int> { IdentifierIndex.Hash(method.Name) };
        var calls = new Dictionary<IMethodSymbol, List<SyntaxNode>>(SymbolEqualityComparer.Default);
        foreach (var tree in _compilation.SyntaxTrees)
        {
            if (!IdentifierIndex.Of(tree).MentionsAny(names))
                continue;
            var root = tree.GetRoot(cancellation);
            foreach (var position in IdentifierIndex.Of(tree).PositionsOf(names))
            {
                var token = root.FindToken(position);
                if (!token.Span.Contains(position))
                    continue;
                if (token.IsKind(SyntaxKind.StringLiteralToken) && token.ValueText == method.Name)
                    return unknown;
                if (!token.IsKind(SyntaxKind.IdentifierToken) || token.Parent is not SimpleNameSyntax name || _bodies.ModelOf(tree) is not { } model)
                    continue;
                var info = model.GetSymbolInfo(name, cancellation);
                if (info.Symbol is null)
                    return unknown;
                if (info.Symbol is not IMethodSymbol named || !KnowledgeBase.Canonical(named).Equals(method, SymbolEqualityComparer.Default))
                    continue;
                if (CallOf(name) is not { } call || CallerOf(call, model) is not { } caller)
                    return unknown;
                if (!calls.TryGetValue(caller, out var list))
                    calls.Add(caller, list = new List<SyntaxNode>());
                list.Add(call);
            }
        }

        foreach (var caller in calls)
        {
            if (_bodies.Of(caller.Key) is not { IsIterator: false } body)
                return unknown;
            var findings = solver.Analyse(body, watched: method);
            if (findings.GivenUp is not null || findings.WatchedCalls.Any(c => c.IsRaw) || caller.Value.Any(c => findings.WatchedCalls.All(w => w.Call != c)))
                return unknown;
        }

        return new Callers(calls.Keys.ToImmutableArray());
    }

    /// <summary>The call that a name is the target of; <see langword="null"/> if it is a method group.</summary>
    private static InvocationExpressionSyntax? CallOf(SimpleNameSyntax name)
    {
        ExpressionSyntax target = name;
        if (target.Parent is MemberAccessExpressionSyntax access && access.Name == name)
            target = access;
        else if (target.Parent is MemberBindingExpressionSyntax binding)
            target = binding;
        return target.Parent is InvocationExpressionSyntax call && call.Expression == target ? call : null;
    }

    /// <summary>The method around a call, if nothing stands between them that runs at a time of its own.</summary>
    private static IMethodSymbol? CallerOf(SyntaxNode call, SemanticModel model) =>
        call.Ancestors().FirstOrDefault(n => n is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax) switch
        {
            MethodDeclarationSyntax method => model.GetDeclaredSymbol(method) is { } symbol ? KnowledgeBase.Canonical(symbol) : null,
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => model.GetDeclaredSymbol(unit),
            _ => null,
        };
}
