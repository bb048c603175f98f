using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>One lock class is taken while another is held: an edge of the order of locks.</summary>
/// <param name="Held">The class of what is held.</param>
/// <param name="Taken">The class of what is taken.</param>
/// <param name="HeldAt">Where the first was taken.</param>
/// <param name="Site">Where the second is, and by way of what.</param>
/// <param name="Gates">The classes of whatever else is held there: two orders under one of these never meet.</param>
internal sealed record LockEdge(ISymbol Held, ISymbol Taken, Location HeldAt, EffectSite Site, ImmutableArray<ISymbol> Gates);
