using System;
using System.Collections.Immutable;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>One body with what the walk over it has found, as the rules see it.</summary>
internal sealed record Member(Body Body, Findings Findings, Solver Solver, CompilationAnalysis Analysis, Action<Diagnostic> Report)
{
    private ImmutableArray<ContextReport>? _broken;

    public KnowledgeBase Knowledge => Analysis.Knowledge;

    /// <summary>The contexts that it breaks; several rules divide them among themselves.</summary>
    public ImmutableArray<ContextReport> Broken => _broken ??= Findings.Violations.Count == 0 ? ImmutableArray<ContextReport>.Empty : ContextReport.All(this).ToImmutableArray();
}

/// <summary>A rule that judges bodies. One rule, one file.</summary>
internal interface IBodyRule
{
    DiagnosticDescriptor Descriptor { get; }

    void Check(Member member);
}

/// <summary>A rule that judges declarations.</summary>
internal interface IDeclarationRule
{
    DiagnosticDescriptor Descriptor { get; }

    void Check(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report);
}
