using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>A state in the middle of a statement, with the values of the operands computed so far.</summary>
internal sealed class Frame
{
    private readonly Dictionary<IOperation, Value> _values;

    public Frame(State state)
        : this(state, new Dictionary<IOperation, Value>())
    {
    }

    private Frame(State state, Dictionary<IOperation, Value> values)
    {
        State = state;
        _values = values;
    }

    public State State { get; set; }

    /// <summary>The next operation of the statement.</summary>
    public int Next { get; set; }

    public Value this[IOperation operation]
    {
        get => _values.TryGetValue(operation, out var value) ? value : new Value(Walk.OpaqueOf(operation));
        set => _values[operation] = value;
    }

    /// <summary>Replaces the operands that a function changes.</summary>
    public void Map(System.Func<Value, Value> change)
    {
        foreach (var pair in new List<KeyValuePair<IOperation, Value>>(_values))
        {
            if (change(pair.Value) is var changed && !ReferenceEquals(changed, pair.Value))
                _values[pair.Key] = changed;
        }
    }

    /// <summary>The value of an operation that has been evaluated.</summary>
    public Value? Known(IOperation operation) => _values.TryGetValue(operation, out var value) ? value : null;

    /// <summary>Forgets the operands of the statement that has just been evaluated; nothing refers to them from another.</summary>
    public void Begin()
    {
        Next = 0;
        if (_values.Count > 0)
            _values.Clear();
    }

    public Frame Fork(State state) => new(state, new Dictionary<IOperation, Value>(_values)) { Next = Next };
}
