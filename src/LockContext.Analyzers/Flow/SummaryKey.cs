using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>A member, what its type parameters are known to be, whether its effects were asked for, and whether its managed allocations are to be among them.</summary>
internal readonly record struct SummaryKey(IMethodSymbol Method, TypeArguments Types, bool WithEffects, bool WithManaged = false)
{
    public SummaryKey WithoutEffects => new(Method, Types, WithEffects: false);

    /// <summary>The order of the program's text, which is that of nobody's questions.</summary>
    public static IComparer<SummaryKey> Order { get; } = Comparer<SummaryKey>.Create((a, b) =>
    {
        var order = LocationOrder.Instance.Compare(a.Method.Locations.FirstOrDefault(), b.Method.Locations.FirstOrDefault());
        if (order == 0)
            order = string.CompareOrdinal(a.Method.GetDocumentationCommentId(), b.Method.GetDocumentationCommentId());
        if (order == 0)
            order = ((int)a.Method.MethodKind).CompareTo((int)b.Method.MethodKind);
        if (order == 0)
            order = string.CompareOrdinal(a.Types.ToString(), b.Types.ToString());
        if (order == 0)
            order = a.WithEffects.CompareTo(b.WithEffects);
        return order != 0 ? order : a.WithManaged.CompareTo(b.WithManaged);
    });

    public bool Equals(SummaryKey other) => WithEffects == other.WithEffects && WithManaged == other.WithManaged && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Types.Equals(other.Types);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method) ^ (WithEffects ? 1 : 0) ^ (WithManaged ? 2 : 0) ^ Types.GetHashCode();
}
