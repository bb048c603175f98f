using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>
/// The attributes by name. They are matched by full name wherever they are declared, so a project may carry its own copy, public or internal.
/// </summary>
internal static class Vocabulary
{
    public const string Namespace = "LockContext";

    /// <summary>Attribute names without the suffix, as they are written in code.</summary>
    public static readonly ImmutableHashSet<string> Names = ImmutableHashSet.Create(
        "RawAtomic", "Sleepable", "NoReclaim", "ContextLimit", "Trusted", "WaitsForGracePeriod", "NoGracePeriodWait", "RunsForeignCode", "DefersFree", "ReadProtected", "BeginsSpeculation", "ValidatesSpeculation",
        "LockClass", "ReadSection", "Acquires", "Releases", "RequiresLock", "AssertsHeld", "LockTaken", "Timeout",
        "RunsHere", "RunsLater", "AllocationFlags", "AllocationFlag", "Allocates", "Frees", "AllocationOrder", "MasksAllocations");

    /// <summary>The short name of an attribute of the vocabulary, or <see langword="null"/> for any other.</summary>
    public static string? NameOf(AttributeData attribute)
    {
        const string suffix = "Attribute";
        if (attribute.AttributeClass is not { ContainingNamespace: { Name: Namespace, ContainingNamespace.IsGlobalNamespace: true } } type
            || !type.Name.EndsWith(suffix, System.StringComparison.Ordinal))
        {
            return null;
        }

        var name = type.Name.Substring(0, type.Name.Length - suffix.Length);
        return Names.Contains(name) ? name : null;
    }

    /// <summary>The value of a named argument of an enum, integer or bool type; 0 where it is missing or in error.</summary>
    public static int Named(AttributeData attribute, string name)
    {
        foreach (var pair in attribute.NamedArguments)
        {
            if (pair.Key == name)
                return ToInt(pair.Value);
        }

        return 0;
    }

    public static int Positional(AttributeData attribute, int index) =>
        attribute.ConstructorArguments.Length > index ? ToInt(attribute.ConstructorArguments[index]) : 0;

    public static string? PositionalText(AttributeData attribute, int index) =>
        attribute.ConstructorArguments.Length > index && attribute.ConstructorArguments[index] is { Kind: TypedConstantKind.Primitive, Value: string text }
            ? text
            : null;

    private static int ToInt(TypedConstant constant) => constant.Kind is TypedConstantKind.Primitive or TypedConstantKind.Enum
        ? constant.Value switch { bool b => b ? 1 : 0, int i => i, byte b => b, short s => s, long l => (int)l, uint u => (int)u, _ => 0 }
        : 0;
}
