using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Knowledge;

/// <summary>The locks and waits of the .NET class library: <c>Framework.lockcontext.txt</c>, an embedded resource.</summary>
internal static class FrameworkTable
{
    public static readonly ModelTable Instance = Load();

    private static ModelTable Load()
    {
        using var stream = typeof(FrameworkTable).Assembly.GetManifestResourceStream("LockContext.Analyzers.Knowledge.Framework.lockcontext.txt")!;
        using var reader = new StreamReader(stream);
        return ModelTable.Of(ModelText.Read(SourceText.From(reader.ReadToEnd())).Select(l => l.Entry!));
    }
}
