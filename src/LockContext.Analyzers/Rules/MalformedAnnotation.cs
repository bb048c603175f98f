using System;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3001: annotations of one declaration that contradict each other, or that say nothing because something in them is missing or misspelt.</summary>
internal sealed class MalformedAnnotation : IDeclarationRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.MalformedAnnotation;

    public void Check(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        var attributes = declaration.GetAttributes();
        var parameters = ((declaration as INamedTypeSymbol)?.DelegateInvokeMethod ?? declaration as IMethodSymbol)?.Parameters ?? ImmutableArray<IParameterSymbol>.Empty;
        if (KnowledgeBase.HasVocabulary(attributes) || parameters.Any(static p => KnowledgeBase.HasVocabulary(p.GetAttributes())))
            CheckAnnotated(declaration, attributes, parameters, knowledge, report);
    }

    private void CheckAnnotated(ISymbol declaration, ImmutableArray<AttributeData> attributes, ImmutableArray<IParameterSymbol> parameters, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        var names = attributes.Select(a => (Name: Vocabulary.NameOf(a), Attribute: a)).Where(a => a.Name is not null).ToImmutableArray();
        if ((declaration as IMethodSymbol ?? (declaration as IPropertySymbol)?.GetMethod) is { } method)
            CheckMethod(method, names, knowledge, Report);
        foreach (var parameter in parameters)
            CheckParameter(parameter, Report);

        Contradiction("RawAtomic", "Sleepable", "[RawAtomic] forbids sleeping and [Sleepable] announces it; keep one of them");
        Contradiction("RawAtomic", "WaitsForGracePeriod", "[RawAtomic] forbids sleeping and [WaitsForGracePeriod] announces it; keep one of them");
        if (Find("DefersFree") is { } deferred && Vocabulary.Named(deferred, "MightSleep") != 0)
            Contradiction("RawAtomic", "DefersFree", "[RawAtomic] forbids sleeping and [DefersFree(MightSleep = true)] announces it; keep one of them");
        Contradiction("WaitsForGracePeriod", "NoGracePeriodWait", "[WaitsForGracePeriod] and [NoGracePeriodWait] contradict each other; keep one of them");
        Contradiction("LockClass", "ReadSection", "a type is either a lock class or a read section; keep one of the attributes");
        if (Find("ContextLimit") is { } limit && (WaitClass)Vocabulary.Positional(limit, 0) is > WaitClass.None and < WaitClass.Sleep)
            Contradiction("ContextLimit", "Sleepable", "[ContextLimit] forbids sleeping and [Sleepable] announces it; keep one of them");
        if (Find("ContextLimit") is { } bad && (WaitClass)Vocabulary.Positional(bad, 0) is not (WaitClass.Free or WaitClass.Spin or WaitClass.Config or WaitClass.Sleep))
            Report(bad, "[ContextLimit] needs one of the wait classes, for example [ContextLimit(WaitClass.Config)]");
        if (Find("Trusted") is { } trusted && string.IsNullOrWhiteSpace(Vocabulary.PositionalText(trusted, 0)))
            Report(trusted, "[Trusted] needs a reason: say why the declaration is right although the body does not show it");
        if (Find("LockClass") is { } lockClass)
            CheckLockClass(declaration, lockClass, knowledge, Report);
        if (declaration is IFieldSymbol or IPropertySymbol or IEventSymbol && TypeOf(declaration) is { TypeKind: not (TypeKind.Delegate or TypeKind.Error or TypeKind.TypeParameter) } && declaration is not IPropertySymbol)
        {
            foreach (var contract in names.Where(a => a.Name is "RawAtomic" or "Sleepable" or "NoReclaim"))
                Report(contract.Attribute, $"[{contract.Name}] on a field speaks of the delegates in it, but its type is no delegate; put it on a method or a type");
        }

        // The later of the two is the one to look at: what stands first was there before.
        void Contradiction(string first, string second, string message)
        {
            if (Find(first) is { } a && Find(second) is { } b)
                Report((a.ApplicationSyntaxReference?.Span.Start ?? 0) > (b.ApplicationSyntaxReference?.Span.Start ?? 0) ? a : b, message);
        }

        AttributeData? Find(string name) => names.FirstOrDefault(a => a.Name == name).Attribute;

        void Report(AttributeData attribute, string message)
        {
            // Both parts of a partial method have the attributes of both; each reports its own.
            if (declaration is IMethodSymbol { IsPartialDefinition: true } or IMethodSymbol { PartialDefinitionPart: not null } && attribute.ApplicationSyntaxReference is { } at
                && !declaration.DeclaringSyntaxReferences.Any(r => r.SyntaxTree == at.SyntaxTree && r.Span.Contains(at.Span)))
            {
                return;
            }

            var location = attribute.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : declaration.Locations.FirstOrDefault();
            if (location is not null)
                report(Diagnostic.Create(Descriptor, location, message));
        }
    }

    private static ITypeSymbol? TypeOf(ISymbol declaration) => declaration switch
    {
        IFieldSymbol field => field.Type,
        IEventSymbol @event => @event.Type,
        IParameterSymbol parameter => parameter.Type,
        _ => null,
    };

    private static void CheckMethod(IMethodSymbol method, ImmutableArray<(string? Name, AttributeData Attribute)> names, KnowledgeBase knowledge, Action<AttributeData, string> report)
    {
        CheckTargets(method, names, report);
        foreach (var (name, attribute) in names)
        {
            switch (name)
            {
                case "RawAtomic" when CanBeSuspended(method) is { } what:
                    report(attribute, $"[RawAtomic] cannot stand on {what}: it goes on later, on whatever thread; take the part that must be atomic into a method of its own");
                    break;
                case "Acquires" when Vocabulary.Named(attribute, "Try") != 0 && method.ReturnsVoid && !method.Parameters.Any(p => Has(p, "LockTaken")):
                    report(attribute, "[Acquires(Try = true)] needs a way to say that it failed: return a bool (or null), or mark a 'ref bool' parameter [LockTaken]");
                    break;
                case "Acquires" when Vocabulary.Named(attribute, "Scope") != 0 && method.ReturnsVoid:
                    report(attribute, "[Acquires(Scope = true)] needs a returned object whose Dispose releases the lock");
                    break;
                case "Frees" when FreeForms.WithoutLocks(attribute) is { } without && !FreeForms.Beside(method, without).Any():
                    report(attribute, $"[Frees(WithoutLocks = ...)] names '{without}', which is no method of '{method.ContainingType.Name}' with the same parameters");
                    break;
                case "Frees" when FreeForms.DeferredBy(attribute) is { } type && !FreeForms.Deferring(type).Any():
                    report(attribute, $"[Frees(DeferredBy = ...)] names '{type.Name}', which has no method marked [DefersFree] that does not wait");
                    break;
                case "Allocates" when !method.Parameters.Any(p => knowledge.FlagsOf(p.Type) is not null):
                    report(attribute, "[Allocates] needs a parameter whose type is an enum marked [AllocationFlags]");
                    break;
            }
        }
    }

    private static string? CanBeSuspended(IMethodSymbol method)
    {
        if (method.IsAsync)
            return "an async method";
        return method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } node && Body.HasYield(node, method) ? "an iterator" : null;
    }

    private static void CheckTargets(IMethodSymbol method, ImmutableArray<(string? Name, AttributeData Attribute)> names, Action<AttributeData, string> report)
    {
        foreach (var (name, attribute) in names)
        {
            if (name is "Acquires" or "Releases" or "RequiresLock" or "AssertsHeld" && attribute.ConstructorArguments.Length == 1
                && Vocabulary.PositionalText(attribute, 0) is var target && (target is null || Walk.Resolve(target, method) is null))
            {
                report(attribute, $"[{name}] names '{target}', which is neither a parameter nor a field or property that can be reached from '{method.ContainingType?.Name}'");
            }
        }
    }

    private static void CheckParameter(IParameterSymbol parameter, Action<AttributeData, string> report)
    {
        AttributeData? later = null;
        foreach (var attribute in parameter.GetAttributes())
        {
            var contradicts = Vocabulary.NameOf(attribute) is "RawAtomic" or "Sleepable" && later is not null && Vocabulary.NameOf(later) != Vocabulary.NameOf(attribute);
            if (Vocabulary.NameOf(attribute) is "RawAtomic" or "Sleepable")
                later = attribute;
            var problem = Vocabulary.NameOf(attribute) switch
            {
                "LockTaken" when parameter.Type.SpecialType != SpecialType.System_Boolean || parameter.RefKind is not (RefKind.Ref or RefKind.Out) => "[LockTaken] belongs on a 'ref bool' or 'out bool' parameter",
                "Timeout" when !IsTimeout(parameter.Type) => "[Timeout] belongs on an integer or a TimeSpan",
                "AllocationOrder" when parameter.Type.SpecialType is not (SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Byte) => "[AllocationOrder] belongs on an integer",
                "RunsHere" when Has(parameter, "RunsLater") => "[RunsHere] and [RunsLater] contradict each other; keep one of them",
                "RunsHere" or "RunsLater" when parameter.Type.TypeKind is not (TypeKind.Delegate or TypeKind.FunctionPointer or TypeKind.TypeParameter or TypeKind.Error) => $"[{Vocabulary.NameOf(attribute)}] belongs on a delegate",
                "RawAtomic" or "Sleepable" when contradicts => "[RawAtomic] forbids sleeping and [Sleepable] announces it; keep one of them",
                "RawAtomic" or "Sleepable" or "NoReclaim" when parameter.Type.TypeKind is not (TypeKind.Delegate or TypeKind.FunctionPointer or TypeKind.TypeParameter or TypeKind.Error) =>
                    $"[{Vocabulary.NameOf(attribute)}] on a parameter speaks of the delegate in it, but its type is no delegate",
                _ => null,
            };
            if (problem is not null)
                report(attribute, problem);
        }
    }

    private static bool IsTimeout(ITypeSymbol type) => type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_UInt32 or SpecialType.System_UInt64
        || type is { Name: "TimeSpan" } or { TypeKind: TypeKind.Error };

    private static bool Has(IParameterSymbol parameter, string name) => parameter.GetAttributes().Any(a => Vocabulary.NameOf(a) == name);

    private static void CheckLockClass(ISymbol declaration, AttributeData attribute, KnowledgeBase knowledge, Action<AttributeData, string> report)
    {
        var outer = attribute.NamedArguments.Any(a => a.Key == "Outer");
        var inner = attribute.NamedArguments.Any(a => a.Key == "Inner");
        if (declaration is INamedTypeSymbol && !outer)
            report(attribute, "[LockClass] on a type needs Outer: what taking the lock needs, for example [LockClass(Outer = WaitClass.Spin)]");
        else if (declaration is not INamedTypeSymbol && !outer && !inner)
            report(attribute, "[LockClass] on a field says nothing without Outer or Inner, for example [LockClass(Inner = WaitClass.Spin)]");
    }
}
