using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.CodeFixes.Flags;

/// <summary>What the bits of an <c>[AllocationFlags]</c> enum mean, as far as rewriting them needs to know.</summary>
internal sealed class FlagsEnum
{
    private readonly ImmutableArray<(IFieldSymbol Member, ulong Value)> _members;

    private FlagsEnum(INamedTypeSymbol type, ImmutableArray<(IFieldSymbol Member, ulong Value)> members, IFieldSymbol noLocks, ulong reclaim, ulong noFail, ulong moot)
    {
        Type = type;
        NoLocks = noLocks;
        NoLocksBits = ToBits(noLocks.ConstantValue);
        Reclaim = reclaim;
        Contradicting = reclaim | noFail;
        Moot = moot;
        _members = members;
    }

    public INamedTypeSymbol Type { get; }

    /// <summary>The member that means "take no lock".</summary>
    public IFieldSymbol NoLocks { get; }

    public ulong NoLocksBits { get; }

    /// <summary>Direct and background reclaim.</summary>
    public ulong Reclaim { get; }

    /// <summary>Reclaim, and what cannot be promised without it.</summary>
    public ulong Contradicting { get; }

    /// <summary>What has nothing left to say once reclaim is gone: not worth spelling out when it came with a composite member.</summary>
    public ulong Moot { get; }

    /// <summary>Null if the type is no flags enum or has no member that means "take no lock".</summary>
    public static FlagsEnum? From(ITypeSymbol? type)
    {
        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Enum } enumType || Declared.Find(enumType, "AllocationFlags") is null)
            return null;

        IFieldSymbol? noLocks = null;
        ulong reclaim = 0, noFail = 0, moot = 0;
        var members = ImmutableArray.CreateBuilder<(IFieldSymbol Member, ulong Value)>();
        foreach (var member in enumType.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue))
        {
            var bits = ToBits(member.ConstantValue);
            members.Add((member, bits));
            switch (BehaviorOf(member))
            {
                case AllocationBehavior.NoLocks:
                    noLocks ??= member;
                    break;
                case AllocationBehavior.DirectReclaim or AllocationBehavior.BackgroundReclaim:
                    reclaim |= bits;
                    break;
                case AllocationBehavior.NoFail:
                    noFail |= bits;
                    break;
                case AllocationBehavior.Reserve or AllocationBehavior.AllReserves or AllocationBehavior.NoReserves or AllocationBehavior.MayFail or AllocationBehavior.NoWarn:
                    moot |= bits;
                    break;
                // What reclaim may do has no behaviour of its own in the vocabulary; every kernel-like allocator calls it by these names.
                case AllocationBehavior.None when member.Name is "Io" or "IO" or "Fs" or "FS":
                    moot |= bits;
                    break;
            }
        }

        return noLocks is null ? null : new FlagsEnum(enumType, members.ToImmutable(), noLocks, reclaim, noFail, moot);
    }

    /// <summary>The members that together make up exactly these bits, as few as possible; null if some bit has no name.</summary>
    public ImmutableArray<IFieldSymbol>? NamesOf(ulong bits)
    {
        var names = ImmutableArray.CreateBuilder<IFieldSymbol>();
        foreach (var (member, value) in _members.Where(m => m.Value != 0 && (m.Value & ~bits) == 0).OrderByDescending(m => Count(m.Value)).ToList())
        {
            if ((value & bits) != value)
                continue;

            names.Add(member);
            bits &= ~value;
        }

        return bits == 0 ? names.ToImmutable() : null;
    }

    public bool IsMember(ISymbol? symbol) => symbol is IFieldSymbol field && SymbolEqualityComparer.Default.Equals(field.ContainingType, Type) && field.HasConstantValue;

    public static ulong ToBits(object? constant) => constant switch
    {
        ulong u => u,
        null => 0,
        IConvertible c => unchecked((ulong)c.ToInt64(null)),
        _ => 0,
    };

    private static AllocationBehavior BehaviorOf(IFieldSymbol member) =>
        Declared.Find(member, "AllocationFlag") is { } attribute ? (AllocationBehavior)Vocabulary.Positional(attribute, 0) : AllocationBehavior.None;

    private static int Count(ulong bits)
    {
        var count = 0;
        for (; bits != 0; bits &= bits - 1)
            count++;
        return count;
    }
}
