using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Waits for a grace period whose only visible purpose is the free right after them.</summary>
internal sealed partial class Walk
{
    private void NoteWaitsBeforeFrees(BasicBlock block)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        for (var i = 0; i + 1 < block.Operations.Length; i++)
        {
            if (Called(block.Operations[i]) is not { } wait || Called(block.Operations[i + 1]) is not { } free
                || _knowledge.FactsOf(wait.TargetMethod) is not { WaitsForGracePeriod: true, WaitsForCallbacks: false, DefersFree: false }
                || _knowledge.FactsOf(free.TargetMethod) is not ({ Frees: true } or { FreesToSystem: true }))
            {
                continue;
            }

            var deferred = wait.TargetMethod.ContainingType.GetMembers().OfType<IMethodSymbol>()
                .Where(m => _knowledge.FactsOf(m).DefersFree).Select(m => m.Name).OrderBy(n => n, System.StringComparer.Ordinal).FirstOrDefault();
            _findings.WaitsBeforeFrees.Add(new WaitBeforeFree(wait, free, deferred));
        }
    }

    private static IInvocationOperation? Called(IOperation statement) => statement is IExpressionStatementOperation { Operation: IInvocationOperation call } ? call : null;
}
