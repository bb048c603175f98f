using System;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>One body with what the walk over it has found, as the rules see it.</summary>
internal sealed record Member(Body Body, Findings Findings, Solver Solver, CompilationAnalysis Analysis, Action<Diagnostic> Report)
{
    public KnowledgeBase Knowledge => Analysis.Knowledge;
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
