using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>A state in the middle of a statement, with the values of the operands computed so far.</summary>
internal sealed class Frame
{
    private Code? _code;
    private Value?[] _values = Array.Empty<Value?>();

    /// <summary>Values of what is not part of the statement: operands of a place that an earlier block has computed.</summary>
    private Dictionary<IOperation, Value>? _others;

    public Frame(State state) => State = state;

    private Frame(State state, Frame from)
    {
        State = state;
        Next = from.Next;
        _code = from._code;
        _values = (Value?[])from._values.Clone();
        _others = from._others is null ? null : new Dictionary<IOperation, Value>(from._others);
    }

    public State State { get; set; }

    /// <summary>The next operation of the statement.</summary>
    public int Next { get; set; }

    public Value this[IOperation operation]
    {
        get => Known(operation) ?? AsWritten(operation);
        set
        {
            var index = IndexOf(operation);
            if (index >= 0)
                _values[index] = value;
            else
                (_others ??= new Dictionary<IOperation, Value>())[operation] = value;
        }
    }

    /// <summary>Replaces the operands that a function changes.</summary>
    public void Map(Func<Value, Value> change)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            if (_values[i] is { } value)
                _values[i] = change(value);
        }

        if (_others is null)
            return;
        foreach (var pair in new List<KeyValuePair<IOperation, Value>>(_others))
            _others[pair.Key] = change(pair.Value);
    }

    /// <summary>The value of an operation that has been evaluated.</summary>
    public Value? Known(IOperation operation)
    {
        var index = IndexOf(operation);
        return index >= 0 ? _values[index] : _others is not null && _others.TryGetValue(operation, out var value) ? value : null;
    }

    /// <summary>What an operation yields as far as its text says: a constant, or "whatever this operation yields".</summary>
    public Value AsWritten(IOperation operation)
    {
        var index = IndexOf(operation);
        return index >= 0 ? _code!.ValueAt(index) : new Value(Walk.OpaqueOf(operation));
    }

    /// <summary>The term of an operation that reads a variable, or a member of what the owner stands for: the same object for as long as it is the same term.</summary>
    public Term TermOf(IOperation operation, ISymbol symbol, Term? owner = null)
    {
        var index = IndexOf(operation);
        if (index < 0)
            return Make();
        ref var term = ref _code!.TermAt(index);
        if (term is { } known && (owner is null || (!known.Children.IsEmpty && known.Children[0].Equals(owner))))
            return known;
        return term = Make();

        Term Make() => symbol switch
        {
            ILocalSymbol local => Term.Local(local),
            IParameterSymbol parameter => Term.Parameter(parameter),
            IPropertySymbol property => Term.Property(owner!, property),
            _ => Term.Field(owner!, symbol),
        };
    }

    /// <summary>Goes on to a statement and forgets the operands of the one before; nothing refers to them from another.</summary>
    public void Begin(Code code)
    {
        Next = 0;
        _code = code;
        _others = null;
        if (_values.Length < code.Operations.Length)
            _values = new Value?[code.Operations.Length];
        else
            Array.Clear(_values, 0, _values.Length);
    }

    public Frame Fork(State state) => new(state, this);

    /// <summary>Where an operation stands in the statement, or -1. Operands stand just before what they are operands of.</summary>
    private int IndexOf(IOperation operation)
    {
        if (_code is null)
            return -1;
        var operations = _code.Operations;
        for (var i = Math.Min(Next, operations.Length) - 1; i >= 0; i--)
        {
            if (ReferenceEquals(operations[i], operation))
                return i;
        }

        for (var i = Next; i < operations.Length; i++)
        {
            if (ReferenceEquals(operations[i], operation))
                return i;
        }

        return -1;
    }
}
