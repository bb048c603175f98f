namespace LockContext.Analyzers.Knowledge;

/// <summary>Compile-time constants as bits.</summary>
internal static class Constants
{
    /// <summary>The two's complement bits of an integral, <c>char</c> or <c>bool</c> constant, sign-extended to 64; <see langword="null"/> for anything else.</summary>
    public static ulong? Bits(object? constant) => constant switch
    {
        bool b => b ? 1UL : 0UL,
        char c => c,
        sbyte v => unchecked((ulong)v),
        byte v => v,
        short v => unchecked((ulong)v),
        ushort v => v,
        int v => unchecked((ulong)v),
        uint v => v,
        long v => unchecked((ulong)v),
        ulong v => v,
        _ => null,
    };
}
