using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Finds the blocks from which every way ends in a throw. Failing is allowed to be slow: building the exception and its message under a raw lock is not what the rules
/// are after. The least such set, so an endless loop is not a throw path.
/// </summary>
internal static class ThrowPaths
{
    public static bool[] Of(Body body)
    {
        var blocks = body.Graph.Blocks;
        var doomed = new bool[blocks.Length];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = blocks.Length - 1; i >= 0; i--)
            {
                if (!doomed[i] && IsDoomed(body, blocks[i], doomed))
                    doomed[i] = changed = true;
            }
        }

        return doomed;
    }

    private static bool IsDoomed(Body body, BasicBlock block, bool[] doomed)
    {
        if (block.Kind != BasicBlockKind.Block)
            return false;
        if (block.Operations.Any(CallsWhatDoesNotReturn))
            return true;
        if (block.FallThroughSuccessor is not { } next)
            return false;
        return Leads(next, doomed) && (block.ConditionalSuccessor is not { } other || Leads(other, doomed));
    }

    private static bool Leads(ControlFlowBranch branch, bool[] doomed) => branch.Semantics switch
    {
        ControlFlowBranchSemantics.Throw or ControlFlowBranchSemantics.Rethrow => true,
        ControlFlowBranchSemantics.Regular => branch.Destination is { } to && doomed[to.Ordinal],
        _ => false,
    };

    private static bool CallsWhatDoesNotReturn(IOperation statement) =>
        statement is IExpressionStatementOperation { Operation: IInvocationOperation call } && DoesNotReturn(call.TargetMethod);

    public static bool DoesNotReturn(IMethodSymbol method)
    {
        foreach (var attribute in method.GetAttributes())
        {
            if (attribute.AttributeClass?.Name == "DoesNotReturnAttribute")
                return true;
        }

        return method is { Name: "Exit" or "FailFast", ContainingType: { Name: "Environment", ContainingNamespace.Name: "System" } };
    }
}
