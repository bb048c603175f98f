using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>What a lambda takes from around it: the object it is in, and a variable (the first in the order of the text).</summary>
internal sealed record Captures(bool This, ISymbol? Variable)
{
    private static readonly Captures s_none = new(false, null);

    public static Captures Of(IMethodSymbol function, Bodies bodies)
    {
        var result = s_none;
        var seen = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
        var pending = new Queue<IMethodSymbol>();
        pending.Enqueue(function);
        while (pending.Count > 0)
        {
            var next = KnowledgeBase.Canonical(pending.Dequeue());
            if (!seen.Add(next) || bodies.Of(next) is not { } body)
                continue;

            // What belongs to a function inside is not captured; a function outside that is used brings what it captures itself.
            var inside = new HashSet<ISymbol>(body.AllNested.Select(n => n.Method).Append(next).Append(function), SymbolEqualityComparer.Default);
            foreach (var operation in body.AllNested.Prepend(body).SelectMany(b => b.AllOperations()))
            {
                if (operation.ConstantValue.HasValue)
                    continue;
                switch (operation)
                {
                    case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }:
                        result = result with { This = true };
                        break;
                    case ILocalReferenceOperation { Local: var local } when !inside.Contains(local.ContainingSymbol) && !local.IsStatic:
                        return result with { Variable = local };
                    case IParameterReferenceOperation { Parameter: var parameter } when !inside.Contains(parameter.ContainingSymbol):
                        return result with { Variable = parameter };
                    case IInvocationOperation { TargetMethod: { MethodKind: MethodKind.LocalFunction } target } when !inside.Contains(target.OriginalDefinition):
                        pending.Enqueue(target);
                        break;
                    case IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } target } when !inside.Contains(target.OriginalDefinition):
                        pending.Enqueue(target);
                        break;
                }
            }
        }

        return result;
    }
}
