using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Delegates on their way to a place that promises something of them. What is known to be worse is recorded; a delegate that nothing is known of is not, and neither is a lambda written in place, whose
/// body is checked against the promise instead.
/// </summary>
internal sealed partial class Walk
{
    private void CheckDelegate(Frame frame, IOperation operation)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        switch (operation)
        {
            case IDelegateCreationOperation { Parent: IEventAssignmentOperation { Adds: false } }:
                break;
            case IDelegateCreationOperation creation:
                CheckDelegate(frame, creation, creation.Target, Bodies.HolderOf(creation), creation.Type);
                break;
            case IArgumentOperation { Parameter: { } parameter } argument:
                CheckMovedDelegate(frame, argument.Value, parameter);
                break;
            case ISimpleAssignmentOperation { Target: IFieldReferenceOperation or IPropertyReferenceOperation or IEventReferenceOperation } assignment:
                CheckMovedDelegate(frame, assignment.Value, HolderOf(assignment.Target));
                break;
            case IEventAssignmentOperation { Adds: true } assignment:
                CheckMovedDelegate(frame, assignment.HandlerValue, HolderOf(assignment.EventReference));
                break;
        }
    }

    /// <summary>A delegate that exists already. One that is made in place is looked at when it is made.</summary>
    private void CheckMovedDelegate(Frame frame, IOperation value, ISymbol? holder)
    {
        if (value.Type?.TypeKind == TypeKind.Delegate && Unwrapped(value) is not IDelegateCreationOperation)
            CheckDelegate(frame, value, Unwrapped(value), holder, value.Type);
    }

    private void CheckDelegate(Frame frame, IOperation site, IOperation source, ISymbol? holder, ITypeSymbol? type)
    {
        var promise = _knowledge.DelegatePromiseOf(holder, type);
        var limit = Contracts.Limit(promise);
        if (limit == WaitClass.None && !promise.NoReclaim && !promise.NoGracePeriodWait)
            return;
        var place = holder is null || !KnowledgeBase.HasVocabulary(holder.OriginalDefinition.GetAttributes()) ? $"'{type?.Name}'"
            : holder is IParameterSymbol ? $"parameter '{holder.Name}' of '{holder.ContainingSymbol.Name}'"
            : $"'{holder.Name}'";
        var value = frame[source];
        var known = source switch
        {
            IFlowAnonymousFunctionOperation lambda => _knowledge.FactsOf(lambda.Symbol),
            IMethodReferenceOperation method => _knowledge.FactsOf(method.Method),
            _ => _knowledge.DelegatePromiseOf(HolderOf(source) ?? value.Term.Symbol, source.Type),
        };
        var name = source switch
        {
            IFlowAnonymousFunctionOperation => "lambda",
            IMethodReferenceOperation method => CalleeName(method.Method),
            _ => value.Functions.Length == 1 ? CalleeName(value.Functions[0].Method) : HolderOf(source)?.Name ?? source.Syntax.ToString(),
        };
        if (Contracts.Needs(known) != WaitClass.None)
        {
            if (!WaitLimit.Allows(limit, Contracts.Needs(known)) || (promise.NoGracePeriodWait && known.WaitsForGracePeriod))
                _findings!.Delegates.Add(new DelegateFinding(site, name, place, promise, known, null, null));
            return;
        }

        if (known.Trusted || known.FromTable || source is IFlowAnonymousFunctionOperation)
            return;
        foreach (var function in value.Functions)
        {
            var callee = function.Method;
            foreach (var effect in _summaries.Of(callee, function.Types, withEffects: true, promise.NoReclaim && !known.NoReclaim).Effects.Keys)
            {
                if (IsWorse(effect, limit, promise))
                    _findings!.Delegates.Add(new DelegateFinding(site, CalleeName(callee), place, promise, null, effect, new EffectSite(PlaceOf(site), CalleeName(callee), callee, effect) { Types = function.Types }));
            }
        }
    }

    /// <summary>Whether an effect breaks a promise. Nobody knows what the delegate will be called with, so flags in its parameters are given the benefit of the doubt.</summary>
    private static bool IsWorse(Effect effect, WaitClass limit, MethodFacts promise)
    {
        if (effect.Kind == EffectKind.Retry || effect.Guards.Any(g => g.Type?.TypeKind == TypeKind.Enum))
            return false;
        var needs = effect.FlagsType is { } flags ? flags.Needs(effect.Flags.WithoutParameter()) : effect.Needs;
        if (effect.FlagsType is not null && effect.Flags.Inherited != 0)
            needs = WaitClass.None;
        return effect.Kind switch
        {
            EffectKind.ManagedAllocation => promise.NoReclaim,
            EffectKind.GracePeriodWait when promise.NoGracePeriodWait => true,
            _ => limit != WaitClass.None && !WaitLimit.Allows(limit, needs),
        };
    }

    private static IOperation Unwrapped(IOperation value)
    {
        while (value is IConversionOperation { OperatorMethod: null } or IParenthesizedOperation)
            value = value is IConversionOperation conversion ? conversion.Operand : ((IParenthesizedOperation)value).Operand;
        return value;
    }
}
