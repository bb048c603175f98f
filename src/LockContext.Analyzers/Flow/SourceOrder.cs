using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>Places in the order of a report: by file, then by position.</summary>
internal sealed class LocationOrder : IComparer<Location?>
{
    public static readonly LocationOrder Instance = new();

    public int Compare(Location? x, Location? y)
    {
        var order = string.CompareOrdinal(x?.SourceTree?.FilePath, y?.SourceTree?.FilePath);
        return order != 0 ? order : (x?.SourceSpan ?? default).CompareTo(y?.SourceSpan ?? default);
    }
}

/// <summary>Symbols in the order of their declarations: by file, then by position; those of other assemblies by name.</summary>
internal sealed class DeclarationOrder : IComparer<ISymbol>
{
    public static readonly DeclarationOrder Instance = new();

    public int Compare(ISymbol x, ISymbol y)
    {
        var order = LocationOrder.Instance.Compare(x.Locations.FirstOrDefault(), y.Locations.FirstOrDefault());
        return order != 0 ? order : string.CompareOrdinal(x.Name, y.Name);
    }
}
