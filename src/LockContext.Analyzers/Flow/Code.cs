using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>One statement of a block as the list of its operations in the order they are evaluated, operands first. Iterative, so the depth of an expression costs no stack.</summary>
internal sealed class Code
{
    [ThreadStatic]
    private static Stack<(IOperation Operation, bool Expanded)>? t_pending;

    [ThreadStatic]
    private static List<IOperation>? t_operations;

    private Value?[]? _values;
    private Term?[]? _terms;
    private OperationNotes[]? _notes;

    private Code(IOperation root, IOperation[] operations)
    {
        Root = root;
        Operations = operations;
    }

    public IOperation Root { get; }

    public IOperation[] Operations { get; }

    /// <summary>What the walk has noted of each operation, once for all its visits. Threads may note the same twice.</summary>
    public OperationNotes[] Notes => _notes ??= new OperationNotes[Operations.Length];

    /// <summary>What an operation yields as far as its text says: a constant, or "whatever this operation yields".</summary>
    public Value ValueAt(int index) => (_values ??= new Value?[Operations.Length])[index] ??= Operations[index].ConstantValue is { HasValue: true } constant
        ? Walk.Constant(constant.Value)
        : new Value(Walk.OpaqueOf(Operations[index]));

    /// <summary>The term that an operation had when it was last evaluated, or somebody else's evaluation of it on another thread.</summary>
    public ref Term? TermAt(int index) => ref (_terms ??= new Term?[Operations.Length])[index];

    public static Code Of(IOperation root)
    {
        var result = t_operations ??= new List<IOperation>();
        var pending = t_pending ??= new Stack<(IOperation, bool)>();
        result.Clear();
        pending.Clear();
        pending.Push((root, false));
        while (pending.Count > 0)
        {
            var (operation, expanded) = pending.Pop();
            if (expanded)
            {
                result.Add(operation);
                continue;
            }

            if (Conditional.IsLeftOut(operation))
                continue;
            pending.Push((operation, true));
            if (operation is IFlowAnonymousFunctionOperation or ILocalFunctionOperation or INameOfOperation or ITypeOfOperation or ISizeOfOperation)
                continue;
            foreach (var child in operation.ChildOperations.Reverse())
                pending.Push((child, false));
        }

        // What stayed in the list of a thread would keep its compilation in memory for as long as the thread lives.
        var operations = result.ToArray();
        result.Clear();
        return new Code(root, operations);
    }
}

/// <summary>The statements of a control-flow graph, block by block.</summary>
internal sealed class Codes
{
    private readonly Code[][] _blocks;
    private readonly Code?[] _branches;

    public Codes(ControlFlowGraph graph)
    {
        _blocks = new Code[graph.Blocks.Length][];
        _branches = new Code?[graph.Blocks.Length];
        var count = 0;
        foreach (var block in graph.Blocks)
        {
            var codes = block.Operations.IsEmpty ? Array.Empty<Code>() : new Code[block.Operations.Length];
            for (var i = 0; i < codes.Length; i++)
            {
                codes[i] = Code.Of(block.Operations[i]);
                count += codes[i].Operations.Length;
            }

            _blocks[block.Ordinal] = codes;
            if (block.BranchValue is null)
                continue;
            _branches[block.Ordinal] = Code.Of(block.BranchValue);
            count += _branches[block.Ordinal]!.Operations.Length;
        }

        Operations = new IOperation[count];
        var next = 0;
        for (var i = 0; i < _blocks.Length; i++)
        {
            foreach (var code in _blocks[i])
                Add(code);
            if (_branches[i] is { } branch)
                Add(branch);
        }

        void Add(Code code)
        {
            code.Operations.CopyTo(Operations, next);
            next += code.Operations.Length;
        }
    }

    /// <summary>Every operation, those of nested functions aside.</summary>
    public IOperation[] Operations { get; }

    public Code[] Of(BasicBlock block) => _blocks[block.Ordinal];

    /// <summary>The value that the block ends with.</summary>
    public Code? BranchOf(BasicBlock block) => _branches[block.Ordinal];
}

/// <summary>What of an operation does not depend on the state it is evaluated in.</summary>
[System.Flags]
internal enum OperationNotes : byte
{
    None = 0,
    Noted = 1,

    /// <summary>It has a constant value, or only reads a local or a parameter: nothing can happen there.</summary>
    Plain = 2,

    CanThrow = 4,

    /// <summary>It is bound at run time.</summary>
    LateBound = 8,
}
