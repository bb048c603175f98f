namespace LockContext.Testing;

/// <summary>Which of the compiler's own diagnostics a test has to expect.</summary>
public enum CompilerDiagnostics
{
    /// <summary>None: the source of the test is broken on purpose.</summary>
    None,

    Errors,

    Warnings,
}
