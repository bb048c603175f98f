using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Testing;

/// <summary>The project of a test: before the fix, or as it should be after it.</summary>
public sealed class SolutionState
{
    public SourceFileList Sources { get; } = [];

    public List<(string FileName, string Content)> AdditionalFiles { get; } = [];

    /// <summary>The <c>.editorconfig</c> and <c>.globalconfig</c> files; <c>/.editorconfig</c> governs all unnamed sources.</summary>
    public List<(string FileName, string Content)> AnalyzerConfigFiles { get; } = [];

    public List<MetadataReference> AdditionalReferences { get; } = [];

    /// <summary>Diagnostics expected beside those that the sources mark.</summary>
    public List<DiagnosticResult> ExpectedDiagnostics { get; } = [];

    /// <summary>Files that a state after the fix does not mention are those from before it, and so is what is expected of them.</summary>
    internal SolutionState InheritFrom(SolutionState earlier)
    {
        var state = new SolutionState();
        state.Sources.AddRange(Sources.Count > 0 ? Sources : earlier.Sources);
        state.AdditionalFiles.AddRange(AdditionalFiles.Count > 0 ? AdditionalFiles : earlier.AdditionalFiles);
        state.AnalyzerConfigFiles.AddRange(AnalyzerConfigFiles.Count > 0 ? AnalyzerConfigFiles : earlier.AnalyzerConfigFiles);
        state.AdditionalReferences.AddRange(AdditionalReferences.Count > 0 ? AdditionalReferences : earlier.AdditionalReferences);
        bool unchanged = Sources.Count == 0 || Sources.SequenceEqual(earlier.Sources);
        state.ExpectedDiagnostics.AddRange(ExpectedDiagnostics.Count == 0 && unchanged ? earlier.ExpectedDiagnostics : ExpectedDiagnostics);
        return state;
    }
}
