using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2004 in code: an existing lock struct is assigned, captured by value or boxed. A fresh value that is initialised or returned is a move.</summary>
internal sealed class LockStructCopy : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.LockStructCopied;

    public void Check(Member member)
    {
        foreach (var block in member.Body.Graph.Blocks)
        {
            foreach (var code in member.Body.CodeOf(block))
                Check(code, member);
            if (member.Body.BranchOf(block) is { } branch)
            {
                Check(branch, member);

                // Handing out a local is a move; handing out what lives on elsewhere is not.
                if (block.FallThroughSuccessor is { Semantics: ControlFlowBranchSemantics.Return } && !member.Body.Method.ReturnsByRef && !member.Body.Method.ReturnsByRefReadonly
                    && branch.Root is not ILocalReferenceOperation && IsPlace(branch.Root) && LockStructs.IsLockStruct(branch.Root.Type, member.Knowledge))
                {
                    Report(member, branch.Root, "returned by value");
                }
            }
        }
    }

    private void Check(Code code, Member member)
    {
        foreach (var operation in code.Operations)
        {
            if (!IsPlace(operation) || !LockStructs.IsLockStruct(operation.Type, member.Knowledge))
                continue;
            switch (operation.Parent)
            {
                case ISimpleAssignmentOperation { IsRef: false } assignment when ReferenceEquals(assignment.Value, operation):
                    Report(member, operation, "copied");
                    break;
                case IArgumentOperation { Parameter.RefKind: RefKind.None }:
                    Report(member, operation, "passed by value");
                    break;
                case IArgumentOperation { Parameter: { RefKind: RefKind.In or RefKind.RefReadOnlyParameter, ContainingType.Name: not "Unsafe" } }:
                    Report(member, operation, "passed read-only: every call works on a copy");
                    break;
                case IConversionOperation { Type.IsReferenceType: true }:
                    Report(member, operation, "boxed");
                    break;
            }
        }
    }

    private static bool IsPlace(IOperation operation) => operation is ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IArrayElementReferenceOperation;

    private void Report(Member member, IOperation operation, string how) =>
        member.Report(Diagnostic.Create(Descriptor, operation.Syntax.GetLocation(), $"{operation.Type!.Name} '{operation.Syntax}' is {how}", "use it in place, or through a 'ref'"));
}
