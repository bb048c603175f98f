using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Calls of which nothing is known: through interfaces and virtual members that anybody may implement, into native code, by late binding; and calls of code that others have registered. A method of
/// another assembly is none of them, though its body is not seen, unless it belongs to an interface.
/// </summary>
internal sealed partial class Walk
{
    private const long RunContinuationsAsynchronously = 64;

    private Dictionary<CaptureId, IOperation>? _captured;

    /// <summary>The operation that a value was written as, looked for behind the graph's own temporaries.</summary>
    private IOperation? Origin(IOperation? value)
    {
        while (true)
        {
            switch (value)
            {
                case IConversionOperation { OperatorMethod: null } conversion:
                    value = conversion.Operand;
                    break;
                case IFlowCaptureReferenceOperation reference:
                    // One that several ways assign has no single origin, but all are alike where it matters: "x?.Invoke()".
                    _captured ??= _body.AllOperations().OfType<IFlowCaptureOperation>().GroupBy(c => c.Id).ToDictionary(g => g.Key, g => g.First().Value);
                    if (!_captured.TryGetValue(reference.Id, out var written) || ReferenceEquals(written, value))
                        return value;
                    value = written;
                    break;
                default:
                    return value;
            }
        }
    }

    /// <summary>What is promised of a delegate by the place that it comes from.</summary>
    private MethodFacts PromiseOf(IOperation? instance, Value value)
    {
        var symbol = HolderOf(Origin(instance)) ?? (value.Term.Kind is TermKind.Field or TermKind.Property or TermKind.Parameter ? value.Term.Symbol : null);
        return _knowledge.DelegateFactsOf(symbol, instance?.Type);
    }

    private void CallUnknown(State state, IOperation operation, IMethodSymbol callee)
    {
        if (!(_wantsEffects || IsRestricted(state)) || _inDoomedBlock || WhyUnknown(operation, callee) is not { } why)
            return;

        // With its type: "Run" of one interface is not that of another.
        var name = callee.AssociatedSymbol is IPropertySymbol { IsIndexer: true } ? CalleeName(callee) : callee.ContainingType.Name + "." + (callee.AssociatedSymbol ?? callee).Name;
        Emit(state, operation, new Effect(EffectKind.Unknown, WaitClass.None), new EffectSite(PlaceOf(operation), name, null, null) { Why = why });
    }

    /// <summary>Operations that are bound at run time, or call through a pointer.</summary>
    private static string? WhyLateBound(IOperation operation) => operation switch
    {
        IDynamicInvocationOperation or IDynamicIndexerAccessOperation or IDynamicObjectCreationOperation => "it is bound at run time",
        IDynamicMemberReferenceOperation { Parent: not IDynamicInvocationOperation } => "it is bound at run time",
        IFunctionPointerInvocationOperation => "it is called through a pointer",
        _ => null,
    };

    private void CallLateBound(State state, IOperation operation)
    {
        if (_inDoomedBlock || !(_wantsEffects || IsRestricted(state)))
            return;
        var name = operation.Syntax is InvocationExpressionSyntax call ? call.Expression.ToString() : operation.Syntax.ToString();
        Emit(state, operation, new Effect(EffectKind.Unknown, WaitClass.None), new EffectSite(PlaceOf(operation), name, null, null) { Why = WhyLateBound(operation) });
    }

    private void CallForeign(State state, IOperation operation, string name, string why)
    {
        if (!_inDoomedBlock && (_wantsEffects || IsRestricted(state)))
            Emit(state, operation, new Effect(EffectKind.ForeignCode, WaitClass.None), new EffectSite(PlaceOf(operation), name, null, null) { Why = why });
    }

    /// <summary>A delegate that nothing is known of. A parameter is the caller's to know, unless anybody may be the caller.</summary>
    private void CallUnknownDelegate(State state, IOperation operation, Value callee, EffectSite site)
    {
        if (callee.Term.Kind == TermKind.Constant)
            return;
        if (callee.Term is { Kind: TermKind.Parameter, Symbol: { } parameter })
        {
            if (_findings is null || !Same(parameter.ContainingSymbol, _method) || !Hierarchy.IsOpenToAll(_method))
                return;
        }

        CallForeign(state, operation, site.Name, "it is a delegate that others have made");
    }

    private string? WhyUnknown(IOperation operation, IMethodSymbol callee)
    {
        if (IsNative(callee))
            return "it is native code";
        if (callee.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction or MethodKind.Constructor || callee.ContainingType is not { } type
            || _bodies.Hierarchy.IsComplete(callee) || !IsDispatched(operation, callee))
        {
            return null;
        }

        if (type.TypeKind == TypeKind.Interface)
        {
            // The operators and constants of generic mathematics; and the loop that the compiler writes over an array or a string, whatever the graph shows.
            if (callee.IsStatic)
                return type.DeclaringSyntaxReferences.IsEmpty ? null : "anybody may implement it";
            return operation.IsImplicit && EnumeratesDirectly(operation) ? null : "anybody may implement it";
        }

        // "typeof(T).Name" and "EqualityComparer<T>.Default.Equals" are virtual calls as well.
        return callee.DeclaringSyntaxReferences.IsEmpty ? null : "anybody may override it";
    }

    private static bool IsNative(IMethodSymbol callee)
    {
        if (!callee.IsExtern && callee.GetDllImportData() is null && !HasAttribute(callee, "LibraryImportAttribute"))
            return false;

        // Native code that is called without leaving the mode of managed code must not wait, or the process stops.
        return (callee.GetDllImportData() is not null || HasAttribute(callee, "LibraryImportAttribute")) && !HasAttribute(callee, "SuppressGCTransitionAttribute");

        static bool HasAttribute(IMethodSymbol method, string name) =>
            method.GetAttributes().Concat(method.PartialDefinitionPart?.GetAttributes() ?? ImmutableArray<AttributeData>.Empty).Any(a => a.AttributeClass?.Name == name);
    }

    /// <summary>Whether the target is looked up at run time: not for "base.M()", a sealed type, or an object made just before.</summary>
    private bool IsDispatched(IOperation operation, IMethodSymbol callee)
    {
        if (!(callee.IsVirtual || callee.IsAbstract || callee.IsOverride) || callee.IsSealed || callee.ContainingType is { IsSealed: true, TypeKind: not TypeKind.Interface })
            return false;
        var instance = operation switch
        {
            IInvocationOperation invocation => invocation.Instance,
            IPropertyReferenceOperation property => property.Instance,
            IEventAssignmentOperation { EventReference: IEventReferenceOperation reference } => reference.Instance,
            _ => null,
        };
        if (operation is IInvocationOperation { IsVirtual: false, Instance: not null } && callee.ContainingType.TypeKind != TypeKind.Interface)
            return false;
        instance = Origin(instance);
        return instance is not (IObjectCreationOperation or IInstanceReferenceOperation { Syntax: BaseExpressionSyntax }) && instance?.Type is not { IsSealed: true, TypeKind: TypeKind.Class or TypeKind.Struct };
    }

    private bool EnumeratesDirectly(IOperation operation)
    {
        var loop = operation.Syntax.FirstAncestorOrSelf<CommonForEachStatementSyntax>();
        return loop is not null && _bodies.ModelOf(loop.SyntaxTree)?.GetTypeInfo(loop.Expression).Type is IArrayTypeSymbol or { SpecialType: SpecialType.System_String };
    }

    /// <summary>
    /// Whether a task's continuations, which completing it runs, are known to run elsewhere, or nothing is known of how the source was made. It is looked for where it is
    /// made: as a value here, or in what its field is given.
    /// </summary>
    private bool MayRunContinuationsElsewhere(IOperation operation)
    {
        if (operation is not IInvocationOperation { Instance: { } instance, TargetMethod.ContainingType.Name: "TaskCompletionSource" })
            return false;
        var origin = Origin(instance);
        var made = origin switch
        {
            IFieldReferenceOperation field => CreationsOf(field.Field),
            IPropertyReferenceOperation property => CreationsOf(property.Property),
            ILocalReferenceOperation local => CreationsOf(local.Local),
            IObjectCreationOperation creation => new[] { creation.Syntax },
            _ => Enumerable.Empty<SyntaxNode>(),
        };
        return made.All(IsAsynchronous);

        bool IsAsynchronous(SyntaxNode creation) => (creation as BaseObjectCreationExpressionSyntax)?.ArgumentList?.Arguments.Any(argument =>
            _bodies.ModelOf(creation.SyntaxTree)?.GetConstantValue(argument.Expression) is { HasValue: true, Value: int options }
                ? (options & RunContinuationsAsynchronously) != 0
                : argument.Expression.DescendantNodesAndSelf().Any(n => n is IdentifierNameSyntax { Identifier.ValueText: nameof(RunContinuationsAsynchronously) })) == true;
    }

    /// <summary>The objects that are made for a variable, in its initialiser or in assignments within its type or member.</summary>
    private static IEnumerable<SyntaxNode> CreationsOf(ISymbol variable)
    {
        foreach (var reference in variable.DeclaringSyntaxReferences)
        {
            var scope = reference.GetSyntax().FirstAncestorOrSelf<SyntaxNode>(n => variable is ILocalSymbol ? n is MemberDeclarationSyntax : n is BaseTypeDeclarationSyntax);
            foreach (var node in scope?.DescendantNodes() ?? Enumerable.Empty<SyntaxNode>())
            {
                var value = node switch
                {
                    VariableDeclaratorSyntax { Initializer.Value: { } initial } declarator when declarator.Identifier.ValueText == variable.Name => initial,
                    PropertyDeclarationSyntax { Initializer.Value: { } initial } property when property.Identifier.ValueText == variable.Name => initial,
                    AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: var name }, Right: { } right } when name == variable.Name => right,
                    AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name }, Right: { } right } when name == variable.Name => right,
                    _ => null,
                };
                if (value is BaseObjectCreationExpressionSyntax)
                    yield return value;
            }
        }
    }

    private void CheckUnknown(State state, IOperation operation, Effect effect, EffectSite site)
    {
        var option = _knowledge.Options.Get(Options.UnknownCalls, operation.Syntax.SyntaxTree);
        ContextEntry? strictest = null;
        foreach (var entry in ContextsOf(state, effect.Released))
        {
            // Foreign code under a raw lock is a matter of its own, which has nothing to do with that option.
            var isAsked = entry.Limits.IsRawAtomic
                ? option != UnknownCalls.Off || (effect.Kind == EffectKind.ForeignCode && entry.IsLock)
                : option == UnknownCalls.All && entry.Limits != Limits.None;
            if (isAsked && (strictest is null || entry.Limits.Limit <= strictest.Limits.Limit))
                strictest = entry;
        }

        if (strictest is not null)
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, strictest));
    }
}
