// Compiler support types that netstandard2.0 lacks.
namespace System;

/// <summary>List patterns ask for it although they use plain indices.</summary>
internal readonly struct Index(int value, bool fromEnd = false)
{
    public int GetOffset(int length) => fromEnd ? length - value : value;
}
