using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

internal enum TermKind
{
    This,
    Parameter,
    Local,
    Static,
    Field,
    Property,
    Element,
    Call,
    Constant,
    Operator,
    Any,
    Opaque,
}

/// <summary>
/// A symbolic value: an access path (<c>this._node.Lock</c>, <c>locks[i]</c>), or a pure expression over such paths. Equal terms denote the same value at one
/// point of one path, which is what must-alias asks; it is the identity of locks and the key of what branches have shown.
/// </summary>
/// <remarks>
/// A local or parameter stands for its <em>current</em> value; whoever assigns to it first removes or renames every term that mentions it (see <c>State.Assign</c>).
/// An <see cref="TermKind.Opaque"/> term is "whatever this operation produced"; it and calls are <see cref="IsWeak"/>: equal weak terms may still be different values, in a
/// loop for instance, so rules that need must-alias leave them alone.
/// </remarks>
internal sealed class Term : IEquatable<Term>
{
    /// <summary>Deeper expressions become opaque: no lock is reached by a longer path, and it bounds every recursion over terms.</summary>
    private const int MaxDepth = 8;

    private readonly int _hash;

    private bool? _canChange;
    private Value? _value;

    /// <summary>A bit for each symbol in the term, some sharing one: most questions after a symbol are answered by it.</summary>
    private readonly ulong _mentioned;

    private Term(TermKind kind, ISymbol? symbol, object? data, ImmutableArray<Term> children)
    {
        Kind = kind;
        Symbol = symbol;
        Data = data;
        Children = children;
        var hash = ((int)kind * 397) ^ (symbol is null ? 0 : SymbolEqualityComparer.Default.GetHashCode(symbol)) ^ (data?.GetHashCode() ?? 0) * 31;
        foreach (var child in children)
        {
            hash = unchecked((hash * (IsCommutative ? 1 : 31)) + child._hash);
            Depth = Math.Max(Depth, child.Depth);
            IsWeak |= child.IsWeak;
            IsMany |= child.IsMany;
            _mentioned |= child._mentioned;
        }

        _mentioned |= symbol is null ? 0 : BitOf(symbol);

        Depth++;
        IsMany |= kind == TermKind.Any;
        IsWeak |= kind is TermKind.Opaque or TermKind.Call or TermKind.Any;
        _hash = hash;
    }

    public TermKind Kind { get; }

    public ISymbol? Symbol { get; }

    /// <summary>The constant, the operator's name, or what makes an opaque term unique.</summary>
    public object? Data { get; }

    public ImmutableArray<Term> Children { get; }

    public bool IsWeak { get; }

    /// <summary>The value that goes by this term and of which nothing else is known.</summary>
    public Value Value => _value ??= new Value(this);

    /// <summary>Whether other code can change what the term stands for: it reads memory that is not fixed.</summary>
    public bool CanChange => _canChange ??= IsMemoryThatChanges || Children.Any(c => c.CanChange);

    /// <summary>The same, of the last step alone.</summary>
    public bool IsMemoryThatChanges => Kind switch
    {
        TermKind.Field => Symbol is IFieldSymbol memory && !FixedMemory.IsFixed(memory),
        TermKind.Property => !FixedMemory.IsFixed(Symbol!),
        TermKind.Element => true,
        _ => false,
    };

    /// <summary>It stands for any number of values, the locks of all elements of an array for one (see <c>Walk.Loops</c>).</summary>
    public bool IsMany { get; }

    private int Depth { get; }

    /// <summary>In whatever order the operands stand, it is the same.</summary>
    private bool IsCommutative => Kind == TermKind.Operator && Data is "==" or "and" or "or" or "&" or "|" or "^" or "Add" or "Multiply";

    /// <summary>Whichever value it may be: <c>locks[any]</c> are all locks of an array.</summary>
    public static readonly Term Any = new(TermKind.Any, null, null, ImmutableArray<Term>.Empty);

    public static readonly Term This = new(TermKind.This, null, null, ImmutableArray<Term>.Empty);

    public static Term Parameter(IParameterSymbol parameter) => new(TermKind.Parameter, parameter, null, ImmutableArray<Term>.Empty);

    public static Term Local(ILocalSymbol local) => new(TermKind.Local, local, null, ImmutableArray<Term>.Empty);

    public static Term Static(INamedTypeSymbol type) => new(TermKind.Static, type.OriginalDefinition, null, ImmutableArray<Term>.Empty);

    /// <summary>The object that reflection has for a type: one for each.</summary>
    public static Term TypeOf(INamedTypeSymbol type) => new(TermKind.Constant, null, new TypeObject(type), ImmutableArray<Term>.Empty);

    internal sealed record TypeObject(ITypeSymbol Type)
    {
        public bool Equals(TypeObject? other) => other is not null && SymbolEqualityComparer.Default.Equals(Type, other.Type);

        public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Type);
    }

    public static Term Constant(object? value) => new(TermKind.Constant, null, value ?? "null", ImmutableArray<Term>.Empty);

    public static Term Opaque(object unique) => new(TermKind.Opaque, null, unique, ImmutableArray<Term>.Empty);

    public static Term Field(Term instance, ISymbol field) => Compose(TermKind.Field, field.OriginalDefinition, null, instance);

    public static Term Property(Term instance, IPropertySymbol property) => Compose(TermKind.Property, property.OriginalDefinition, null, instance);

    public static Term Element(Term array, IEnumerable<Term> indices) => Compose(TermKind.Element, null, null, new[] { array }.Concat(indices).ToArray());

    public static Term Call(IMethodSymbol method, IEnumerable<Term> arguments) => Compose(TermKind.Call, method.OriginalDefinition, null, arguments.ToArray());

    /// <summary>The name of the operator that makes a lock of one bit of a word.</summary>
    public const string Bit = "bit";

    /// <summary>Whether a value, if there is one, is of a type.</summary>
    public static Term TypeTest(Term value, ITypeSymbol type) => Compose(TermKind.Operator, null, new TypeObject(type), value);

    public static Term Operator(string name, params Term[] operands) => Compose(TermKind.Operator, null, name, operands);

    public bool Mentions(ISymbol symbol) => (_mentioned & BitOf(symbol)) != 0 && Finds(symbol);

    private static ulong BitOf(ISymbol symbol) => 1UL << (SymbolEqualityComparer.Default.GetHashCode(symbol) & 63);

    private bool Finds(ISymbol symbol)
    {
        if (Symbol is not null && SymbolEqualityComparer.Default.Equals(Symbol, symbol))
            return true;
        foreach (var child in Children)
        {
            if (child.Finds(symbol))
                return true;
        }

        return false;
    }

    public bool Mentions(Term term)
    {
        if (Equals(term))
            return true;
        foreach (var child in Children)
        {
            if (child.Mentions(term))
                return true;
        }

        return false;
    }

    /// <summary>The term with every occurrence of a variable replaced; the term itself if there is none.</summary>
    public Term Replace(ISymbol variable, Term by)
    {
        if (!Mentions(variable))
            return this;
        return Children.IsEmpty ? by : With(Children.Select(c => c.Replace(variable, by)).ToImmutableArray());
    }

    /// <summary>The term with every occurrence of another replaced.</summary>
    public Term Replace(Term part, Term by)
    {
        if (Equals(part))
            return by;
        return Children.IsEmpty || !Mentions(part) ? this : With(Children.Select(c => c.Replace(part, by)).ToImmutableArray());
    }

    /// <summary>Whether any part satisfies the predicate.</summary>
    public bool HasPart(Func<Term, bool> predicate)
    {
        if (predicate(this))
            return true;
        foreach (var child in Children)
        {
            if (child.HasPart(predicate))
                return true;
        }

        return false;
    }

    /// <summary>The same term over other operands.</summary>
    public Term With(ImmutableArray<Term> children) => Kind is TermKind.Field or TermKind.Property or TermKind.Element or TermKind.Call or TermKind.Operator
        ? Compose(Kind, Symbol, Data, children.ToArray())
        : this;

    private static Term Compose(TermKind kind, ISymbol? symbol, object? data, params Term[] children)
    {
        foreach (var child in children)
        {
            if (child.Depth >= MaxDepth)
                return Opaque((kind, symbol?.Name, data, string.Join(",", children.Select(c => c._hash))));
        }

        return new Term(kind, symbol, data, ImmutableCollectionsMarshal.AsImmutableArray(children));
    }

    public bool Equals(Term? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || _hash != other._hash || Kind != other.Kind || Children.Length != other.Children.Length
            || !SymbolEqualityComparer.Default.Equals(Symbol, other.Symbol) || !Equals(Data, other.Data))
        {
            return false;
        }

        for (var i = 0; i < Children.Length; i++)
        {
            if (!Children[i].Equals(other.Children[i]))
                return IsCommutative && HasSameOperands(other);
        }

        return true;
    }

    private bool HasSameOperands(Term other)
    {
        var left = new List<Term>(other.Children);
        foreach (var child in Children)
        {
            if (!left.Remove(child))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as Term);

    public override int GetHashCode() => _hash;

    /// <summary>How a person would write it, shortest form: the name of the last step.</summary>
    public string DisplayName => Kind switch
    {
        TermKind.This => "this",
        TermKind.Element => Children[0].DisplayName + "[...]",
        TermKind.Operator when Equals(Data, Bit) => Children[0].DisplayName,
        TermKind.Constant when Data is TypeObject { Type.Name: var name } => $"typeof({name})",
        TermKind.Any or TermKind.Opaque or TermKind.Operator or TermKind.Constant => "",
        _ => Symbol?.Name ?? "",
    };

    public override string ToString() => Kind switch
    {
        TermKind.This => "this",
        TermKind.Any => "*",
        TermKind.Constant => Data!.ToString(),
        TermKind.Opaque => "?" + Data,
        TermKind.Field or TermKind.Property => Children[0] + "." + Symbol!.Name,
        TermKind.Element => Children[0] + "[" + string.Join(",", Children.Skip(1)) + "]",
        TermKind.Operator or TermKind.Call => (Symbol?.Name ?? Data) + "(" + string.Join(",", Children) + ")",
        _ => Symbol!.Name,
    };
}
