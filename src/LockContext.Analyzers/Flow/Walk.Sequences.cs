using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Sequences that are made of others and of functions: <c>It().Where(x => Slow(x))</c> runs nothing, and whoever enumerates it runs all of that. What enumerates is a loop, an operator that returns no
/// sequence (<c>ToList</c>, <c>Sum</c>, <c>First</c>), and whatever else of the class library is given a sequence and returns none.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>A call that is given sequences: what it returns is made of them, or it enumerates them here.</summary>
    private void UseSequences(Frame frame, IOperation operation, IMethodSymbol callee, ImmutableArray<Value> arguments, string name)
    {
        if (arguments.IsEmpty || !callee.DeclaringSyntaxReferences.IsEmpty)
            return;
        var isOperator = IsSequenceOperator(callee.ContainingType);
        if (isOperator && IsSequence(callee.ReturnType))
        {
            var parts = Iteration.Over(arguments);
            if (parts is not null)
                frame[operation] = frame[operation].WithIteration(parts).WithNotNull(true);
            return;
        }

        if (!IsWorthALook(frame.State) || !IsOfClassLibrary(callee.ContainingType) || IsSequence(callee.ReturnType))
            return;
        for (var i = 0; i < arguments.Length && i < callee.Parameters.Length; i++)
        {
            var argument = arguments[i];
            if (IsSequence(callee.Parameters[i].Type))
                EnumerateValue(frame.State, operation, argument, name);
            else if (isOperator && callee.Parameters[i].Type.TypeKind == TypeKind.Delegate && !argument.Functions.IsEmpty)
                RunFunctions(frame.State, ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == i)?.Value ?? operation, argument.Functions, name);
        }
    }

    /// <summary>Runs whatever enumerating a value runs. A parameter of this member is the caller's to know.</summary>
    private void EnumerateValue(State state, IOperation operation, Value sequence, string name)
    {
        if (sequence.Iteration is { } iteration)
            RunSteps(state, operation, iteration);
        else if (_wantsEffects && sequence.Term is { Kind: TermKind.Parameter, Symbol: IParameterSymbol parameter } && Same(parameter.ContainingSymbol, _method) && IsSequence(parameter.Type))
            NoteRun(state, sequence.Term, ImmutableArray<HeldLock>.Empty, ImmutableArray<Term>.Empty, GuardsOf(state), new EffectSite(PlaceOf(operation), name, null, null));
    }

    private void RunFunctions(State state, IOperation operation, ImmutableArray<FunctionReference> functions, string name)
    {
        RunDelegate(state, operation, new Value(OpaqueOf(operation)).WithFunctions(functions), ImmutableArray<HeldLock>.Empty, ImmutableArray<Term>.Empty, ImmutableArray<Guard>.Empty, new EffectSite(PlaceOf(operation), name, null, null));

        // "SelectMany(x => It())" enumerates what the function returns.
        foreach (var function in functions)
        {
            if (!IsSequence(function.Method.ReturnType))
                continue;
            foreach (var outcome in EffectsOf(state, function.Method, function.Types).Outcomes)
            {
                if (outcome.Return?.Iteration is { } returned)
                    RunSteps(state, operation, returned);
            }
        }
    }

    private static bool IsSequenceOperator(INamedTypeSymbol? type) => type is { Name: "Enumerable" or "AsyncEnumerable", ContainingNamespace: { Name: "Linq", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } };

    private static bool IsOfClassLibrary(INamedTypeSymbol? type)
    {
        var space = type?.ContainingNamespace;
        while (space is { ContainingNamespace: { IsGlobalNamespace: false } outer })
            space = outer;
        return space is { Name: "System" };
    }

    public static bool IsSequence(ITypeSymbol type) => type is INamedTypeSymbol
    {
        TypeKind: TypeKind.Interface,
        Name: "IEnumerable" or "IOrderedEnumerable" or "IAsyncEnumerable" or "IOrderedAsyncEnumerable" or "IEnumerator" or "IAsyncEnumerator" or "IQueryable" or "IOrderedQueryable",
    };
}
