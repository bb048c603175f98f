using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// What type parameters are known to be at a call, so that what is called through them is known: <c>where TWait : struct, IWait</c> makes a copy of the code for each <c>TWait</c>, and each is a
/// member of its own. Only structs and sealed classes are of interest; of another type there may be others derived.
/// </summary>
internal sealed class TypeArguments : IEquatable<TypeArguments>
{
    public static readonly TypeArguments None = new(ImmutableArray<(ITypeParameterSymbol, INamedTypeSymbol)>.Empty);

    /// <summary>How deep arguments may be nested: <c>F&lt;T&gt;</c> that calls <c>F&lt;Twice&lt;T&gt;&gt;</c> would make ever new ones.</summary>
    private const int MaxDepth = 4;

    private readonly ImmutableArray<(ITypeParameterSymbol Parameter, INamedTypeSymbol Type)> _known;

    private TypeArguments(ImmutableArray<(ITypeParameterSymbol Parameter, INamedTypeSymbol Type)> known) => _known = known;

    public bool IsEmpty => _known.IsEmpty;

    /// <summary>What is known within the callee of a call.</summary>
    /// <param name="called">The callee as it is named there.</param>
    /// <param name="within">What is known where it is called.</param>
    /// <param name="bodies">Where to see whether the callee makes any use of it.</param>
    public static TypeArguments Of(IMethodSymbol called, TypeArguments within, Bodies bodies)
    {
        if (called.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction)
            return called.IsGenericMethod ? new TypeArguments(Known(called.OriginalDefinition.TypeParameters, called.TypeArguments, within, within._known)) : within;
        if (called.ContainingAssembly is not ISourceAssemblySymbol)
            return None;
        var known = None._known;
        for (var type = called.ContainingType; type is { IsGenericType: true }; type = type.ContainingType)
            known = Known(type.OriginalDefinition.TypeParameters, type.TypeArguments, within, known);
        if (called.IsGenericMethod)
            known = Known(called.OriginalDefinition.TypeParameters, called.TypeArguments, within, known);
        return known.IsEmpty || bodies.Of(called)?.CallsThroughTypeParameters != true ? None : new TypeArguments(known);
    }

    private static ImmutableArray<(ITypeParameterSymbol, INamedTypeSymbol)> Known(ImmutableArray<ITypeParameterSymbol> parameters, ImmutableArray<ITypeSymbol> arguments, TypeArguments within, ImmutableArray<(ITypeParameterSymbol, INamedTypeSymbol)> known)
    {
        for (var i = 0; i < parameters.Length && i < arguments.Length; i++)
        {
            if (IsCalledThrough(parameters[i]) && within.Substituted(arguments[i]) is INamedTypeSymbol { IsSealed: true, TypeKind: TypeKind.Struct or TypeKind.Class, AllInterfaces.IsEmpty: false } type && Depth(type) <= MaxDepth)
                known = known.Add((parameters[i], type));
        }

        return known;
    }

    /// <summary>Whether a type parameter has members other than those of every object.</summary>
    public static bool IsCalledThrough(ITypeParameterSymbol parameter) => !parameter.ConstraintTypes.IsEmpty;

    /// <summary>The implementation that a call through a type parameter reaches, or <see langword="null"/> if it is not known.</summary>
    /// <param name="through">The type that it is called on.</param>
    public IMethodSymbol? Implementation(IMethodSymbol method, ITypeSymbol? through)
    {
        if (IsEmpty || through is not ITypeParameterSymbol parameter || Find(parameter) is not { } type)
            return null;
        if (method.ContainingType.TypeKind != TypeKind.Interface)
            return Overriding(method, type);
        var contracts = type.AllInterfaces.Where(i => SymbolEqualityComparer.Default.Equals(i.OriginalDefinition, method.ContainingType.OriginalDefinition)).ToImmutableArray();
        var contract = contracts.Length == 1 ? contracts[0] : contracts.FirstOrDefault(i => SymbolEqualityComparer.Default.Equals(i, Substituted(method.ContainingType)));
        var member = contract?.GetMembers(method.Name).OfType<IMethodSymbol>().FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(m.OriginalDefinition, method.OriginalDefinition));

        // What the interface does itself may be done otherwise by others, and is looked up with them.
        if (member is null || type.FindImplementationForInterfaceMember(member) is not IMethodSymbol { ContainingType.TypeKind: not TypeKind.Interface } found)
            return null;
        return found.IsGenericMethod && found.Arity == method.Arity ? found.Construct(method.TypeArguments.ToArray()) : found;
    }

    private static IMethodSymbol? Overriding(IMethodSymbol method, INamedTypeSymbol type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var member in at.GetMembers(method.Name).OfType<IMethodSymbol>())
            {
                for (var overridden = member; overridden is not null; overridden = overridden.OverriddenMethod)
                {
                    if (SymbolEqualityComparer.Default.Equals(overridden.OriginalDefinition, method.OriginalDefinition))
                        return member;
                }
            }
        }

        return null;
    }

    private INamedTypeSymbol? Find(ITypeParameterSymbol parameter)
    {
        foreach (var known in _known)
        {
            if (SymbolEqualityComparer.Default.Equals(known.Parameter, parameter))
                return known.Type;
        }

        return null;
    }

    /// <summary>A type with what is known put in.</summary>
    private ITypeSymbol Substituted(ITypeSymbol type)
    {
        if (IsEmpty)
            return type;
        if (type is ITypeParameterSymbol parameter)
            return Find(parameter) ?? type;
        if (type is not INamedTypeSymbol { IsGenericType: true, ContainingType: null, IsTupleType: false } named)
            return type;
        var arguments = named.TypeArguments.Select(Substituted).ToArray();
        return arguments.SequenceEqual(named.TypeArguments, SymbolEqualityComparer.Default) ? named : named.ConstructedFrom.Construct(arguments);
    }

    // A type inside of a generic one counts as generic, and may have no arguments of its own.
    private static int Depth(ITypeSymbol type) => type is INamedTypeSymbol { TypeArguments: { IsEmpty: false } arguments } ? 1 + arguments.Max(Depth) : 0;

    public bool Equals(TypeArguments? other) => other is not null && (ReferenceEquals(this, other) || (_known.Length == other._known.Length
        && _known.Zip(other._known, static (a, b) => SymbolEqualityComparer.Default.Equals(a.Parameter, b.Parameter) && SymbolEqualityComparer.Default.Equals(a.Type, b.Type)).All(static same => same)));

    public override bool Equals(object? obj) => Equals(obj as TypeArguments);

    public override int GetHashCode()
    {
        var hash = 0;
        foreach (var known in _known)
            hash = (hash * 31) ^ SymbolEqualityComparer.Default.GetHashCode(known.Type);
        return hash;
    }

    /// <summary>The same for the same types in every run.</summary>
    public override string ToString() => string.Join(",", _known.Select(static k => k.Parameter.Name + "=" + k.Type.ToDisplayString()));
}
