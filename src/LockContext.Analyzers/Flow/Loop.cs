using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>A loop of a body, whatever it is written with: the blocks from its head to the last that leads back there.</summary>
internal sealed class Loop
{
    private Loop(int first, int last, ImmutableHashSet<ISymbol> assigned)
    {
        First = first;
        Last = last;
        Assigned = assigned;
    }

    /// <summary>The block that every further round begins with.</summary>
    public int First { get; }

    public int Last { get; }

    /// <summary>The variables, fields and properties that are given a value inside, those declared there among them.</summary>
    public ImmutableHashSet<ISymbol> Assigned { get; }

    public bool Contains(int block) => block >= First && block <= Last;

    /// <summary>All loops, the outer before the inner.</summary>
    public static ImmutableArray<Loop> Of(Body body)
    {
        var last = new SortedDictionary<int, int>();
        foreach (var block in body.Graph.Blocks)
        {
            Note(block, block.ConditionalSuccessor?.Destination);
            Note(block, block.FallThroughSuccessor?.Destination);
        }

        return last.Select(l => new Loop(l.Key, l.Value, AssignedIn(body, l.Key, l.Value))).OrderBy(l => l.First).ThenByDescending(l => l.Last).ToImmutableArray();

        void Note(BasicBlock from, BasicBlock? to)
        {
            if (to is not null && to.Ordinal <= from.Ordinal && (!last.TryGetValue(to.Ordinal, out var known) || known < from.Ordinal))
                last[to.Ordinal] = from.Ordinal;
        }
    }

    private static ImmutableHashSet<ISymbol> AssignedIn(Body body, int first, int last)
    {
        var assigned = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        for (var i = first; i <= last; i++)
        {
            var block = body.Graph.Blocks[i];
            foreach (var code in body.BranchOf(block) is { } branch ? body.CodeOf(block).Append(branch) : body.CodeOf(block))
            {
                foreach (var operation in code.Operations)
                {
                    assigned.UnionWith(body.AssignedBy(operation));
                    if (Member(operation) is { } member)
                        assigned.Add(member.OriginalDefinition);
                }
            }
        }

        return assigned.ToImmutable();

        ISymbol? Member(IOperation operation) => operation switch
        {
            IAssignmentOperation assignment => (body.PlaceOf(assignment.Target) as IMemberReferenceOperation)?.Member,
            IIncrementOrDecrementOperation increment => (body.PlaceOf(increment.Target) as IMemberReferenceOperation)?.Member,
            IDeclarationPatternOperation pattern => pattern.DeclaredSymbol,
            IRecursivePatternOperation pattern => pattern.DeclaredSymbol,
            _ => null,
        };
    }
}
