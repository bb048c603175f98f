using System;
using System.IO;
using Xunit;

namespace LockContext.Package.Tests;

public class AnnotationsSourceTests
{
    /// <summary>With <c>LOCKCONTEXT_UPDATE=1</c> the file is written instead of compared.</summary>
    [Fact]
    public void The_source_in_the_package_is_made_from_the_annotations()
    {
        string file = Repository.PathTo("nuget", "LockContext", "buildTransitive", "LockContext.Annotations.cs");
        string expected = AnnotationsSource.Of(typeof(RawAtomicAttribute).Assembly);
        if (Environment.GetEnvironmentVariable("LOCKCONTEXT_UPDATE") == "1")
            File.WriteAllText(file, expected);

        Assert.Equal(expected, File.ReadAllText(file).ReplaceLineEndings("\n"));
    }
}
