using System.Collections.Generic;

namespace LockContext.Testing;

/// <summary>Files of a test. One that is added without a name is called <c>/0/Test0.cs</c>, <c>/0/Test1.cs</c> and so on.</summary>
public sealed class SourceFileList : List<(string FileName, string Content)>
{
    public void Add(string content) => Add(($"/0/Test{Count}.cs", content));
}
