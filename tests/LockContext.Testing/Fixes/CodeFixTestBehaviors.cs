using System;

namespace LockContext.Testing.Fixes;

/// <summary>Checks that a fix test leaves out.</summary>
[Flags]
public enum CodeFixTestBehaviors
{
    None = 0,

    /// <summary>Apply the fix to the first diagnostic only, singly and as FixAll; the expected text still has the others.</summary>
    FixOne = 1,

    SkipFixAllInDocumentCheck = 2,

    SkipFixAllInProjectCheck = 4,

    SkipFixAllInSolutionCheck = 8,

    /// <summary>The fix has no FixAll at all.</summary>
    SkipFixAllCheck = SkipFixAllInDocumentCheck | SkipFixAllInProjectCheck | SkipFixAllInSolutionCheck,

    /// <summary>A fix may leave new diagnostics behind until all steps are done, as one does that moves a finding to where the contract lies.</summary>
    AllowNewDiagnosticsBetweenSteps = 16,
}
