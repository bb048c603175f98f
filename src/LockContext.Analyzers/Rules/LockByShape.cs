using System;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3008: a field that is taken to be a lock because some loop spins on it, and that nobody has declared to be one.</summary>
internal sealed class LockByShape : IDeclarationRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.LockByShape;

    public void Check(ISymbol symbol, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        if (symbol is IFieldSymbol field && (knowledge.SpinWords.Find(field) is { ByShape: true } || knowledge.SpinWords.BitsOf(field).Any(b => b.ByShape)) && field.Locations.FirstOrDefault() is { IsInSource: true } at)
            report(Diagnostic.Create(Descriptor, at, field.Name));
    }
}
