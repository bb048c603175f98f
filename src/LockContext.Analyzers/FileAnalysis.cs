using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Rules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers;

/// <summary>All rules over one file, or over the part of it that an editor asks for.</summary>
internal sealed class FileAnalysis
{
    private readonly SemanticModelAnalysisContext _context;
    private readonly CompilationAnalysis _analysis;

    public FileAnalysis(SemanticModelAnalysisContext context, CompilationAnalysis analysis)
    {
        _context = context;
        _analysis = analysis;
    }

    private SyntaxTree Tree => _context.SemanticModel.SyntaxTree;

    public void Run()
    {
        CheckDeclarations();
        CheckCode();
    }

    private void CheckDeclarations()
    {
        var reported = new HashSet<(string, Location, string)>();
        foreach (var node in _analysis.DeclarationsToCheck(Tree, _context.FilterSpan, _context.CancellationToken))
        {
            if (_context.SemanticModel.GetDeclaredSymbol(node, _context.CancellationToken) is not { } declared)
                continue;
            CheckDeclaration(declared, Report);
            switch (declared)
            {
                case IPropertySymbol property:
                    CheckDeclaration(property.GetMethod, Report);
                    CheckDeclaration(property.SetMethod, Report);
                    break;
                case IEventSymbol @event:
                    CheckDeclaration(@event.AddMethod, Report);
                    CheckDeclaration(@event.RemoveMethod, Report);
                    break;
                case INamedTypeSymbol type when node is TypeDeclarationSyntax { ParameterList: not null }:
                    // What a primary constructor declares stands in the type's own declaration.
                    foreach (var member in type.GetMembers().Where(m => m is IPropertySymbol or IMethodSymbol { MethodKind: MethodKind.Constructor }))
                        CheckDeclaration(member, Report);
                    break;
            }
        }

        // A partial type or method is checked in each of its files, and says in each what belongs there.
        void Report(Diagnostic diagnostic)
        {
            if (diagnostic.Location.SourceTree == Tree && reported.Add((diagnostic.Id, diagnostic.Location, diagnostic.GetMessage(CultureInfo.InvariantCulture))))
                _context.ReportDiagnostic(Promotion.Apply(diagnostic, _analysis.Knowledge.Options));
        }
    }

    private void CheckDeclaration(ISymbol? declared, Action<Diagnostic> report)
    {
        if (declared is null)
            return;
        foreach (var rule in AllRules.OfDeclarations)
            rule.Check(declared, _analysis.Knowledge, report);
    }

    /// <summary>
    /// Walks what the file has to walk. The driver gives each file to one thread, and a file can be most of a program (or all that is analysed again at a keystroke), so its members are shared
    /// among several; what they report is reported in the order of the file.
    /// </summary>
    private void CheckCode()
    {
        var nodes = _analysis.CodeToCheck(Tree, _context.FilterSpan, _context.CancellationToken).ToArray();
        var reports = new List<Diagnostic>?[nodes.Length];
        try
        {
            _analysis.ForEach(nodes.Length, (i, solver) => CheckMember(nodes[i], solver, diagnostic => (reports[i] ??= new()).Add(Promotion.Apply(diagnostic, _analysis.Knowledge.Options))), _context.CancellationToken);
        }
        finally
        {
            foreach (var diagnostic in reports.Where(r => r is not null).SelectMany(r => r!))
                _context.ReportDiagnostic(diagnostic);
        }
    }

    private void CheckMember(SyntaxNode node, Solver solver, Action<Diagnostic> report)
    {
        if (CompilationAnalysis.DeclaredBy(node, _context.SemanticModel, _context.CancellationToken) is not { } declared)
            return;
        if (_analysis.BodyOf(node, declared) is { } body)
        {
            var order = new List<LockEdge>();
            var isComplete = CheckBody(body, solver, report, order);
            foreach (var nested in body.AllNested)
            {
                isComplete &= CheckBody(nested, solver, report, order);
                CheckDeclaration(nested.Method, report);
            }

            if (isComplete)
                _analysis.Orders[node] = order;
        }
        else if (declared is IMethodSymbol method && _analysis.Bodies.Failure(method) is { } why)
        {
            report(TooLargeToAnalyse.Create(method, why));
        }
    }

    /// <summary>False if the body is none of our business.</summary>
    private bool CheckBody(Body body, Solver solver, Action<Diagnostic> report, List<LockEdge> order)
    {
        // Generated code is looked into like any other, but nobody can repair it: it is reported only where an attribute asks for it.
        if ((_context.IsGeneratedCode || IsGenerated(body.Method)) && !_analysis.Knowledge.FactsOf(body.Method).RestrictsBody)
            return false;
        var findings = solver.Analyse(body, collectsOrder: true);
        order.AddRange(findings.Order);
        var member = new Member(body, findings, solver, _analysis, report);
        foreach (var rule in AllRules.OfBodies)
            rule.Check(member);
        return true;
    }

    private static bool IsGenerated(ISymbol symbol)
    {
        for (ISymbol? owner = symbol; owner is not null and not INamespaceSymbol; owner = owner.ContainingSymbol)
        {
            if (owner.GetAttributes().Any(a => a.AttributeClass is { Name: "GeneratedCodeAttribute", ContainingNamespace: { Name: "Compiler", ContainingNamespace.Name: "CodeDom" } }))
                return true;
        }

        return false;
    }
}
