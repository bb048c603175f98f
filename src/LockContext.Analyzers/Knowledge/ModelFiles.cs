using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>The project's own model files: additional files called <c>*.lockcontext.txt</c>.</summary>
internal static class ModelFiles
{
    public static bool IsModel(AdditionalText file) => file.Path.EndsWith(".lockcontext.txt", StringComparison.OrdinalIgnoreCase);

    /// <summary>All of them in one table; what cannot be read is left out, and LCX3004 speaks of it.</summary>
    public static ModelTable Table(ImmutableArray<AdditionalText> files, CancellationToken cancellation)
    {
        var entries = from file in files
                      where IsModel(file)
                      orderby file.Path
                      let text = file.GetText(cancellation)
                      where text is not null
                      from line in ModelText.Read(text)
                      where line.Entry is not null
                      select line.Entry;
        return ModelTable.Of(entries);
    }
}
