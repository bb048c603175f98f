using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Rules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers;

/// <summary>
/// The one analyzer of the package: one walk over a body serves all rules. It registers code-block and symbol actions only; asking the driver for operations would make it build the operation tree of
/// every body in the compilation.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockContextAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableArray<IBodyRule> s_bodyRules = ImmutableArray.Create<IBodyRule>(
        new CallMaySleepInRawContext(), new SleepingLockInRawContext(), new AllocationInRawContext(), new CallMayBlockInReadSection(),
        new SuspensionWhileHeld(), new CallMayBlockUnderConfigLimit(), new LockStillHeldOnExit(), new ReleaseOfNotHeld(), new TakenAgainByHolder(),
        new LockStructCopy(), new TooLargeToAnalyse());

    private static readonly ImmutableArray<IDeclarationRule> s_declarationRules = ImmutableArray.Create<IDeclarationRule>(new LockStructDeclaration(), new MalformedAnnotation());

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        s_bodyRules.Select(r => r.Descriptor).Concat(s_declarationRules.Select(r => r.Descriptor)).Distinct().ToImmutableArray();

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            var analysis = new CompilationAnalysis(start.Compilation);
            start.RegisterCodeBlockAction(block => AnalyseBlock(block, analysis));
            start.RegisterSymbolAction(symbol => AnalyseDeclaration(symbol, analysis), SymbolKind.NamedType, SymbolKind.Method, SymbolKind.Field, SymbolKind.Property, SymbolKind.Event);
        });
    }

    private static void AnalyseDeclaration(SymbolAnalysisContext context, CompilationAnalysis analysis)
    {
        foreach (var reference in context.Symbol.DeclaringSyntaxReferences)
        {
            if (!analysis.MayDeclare(reference.SyntaxTree))
                continue;
            foreach (var rule in s_declarationRules)
                rule.Check(context.Symbol, analysis.Knowledge, context.ReportDiagnostic);
            return;
        }
    }

    private static void AnalyseBlock(CodeBlockAnalysisContext context, CompilationAnalysis analysis)
    {
        if (!analysis.IsInteresting(context.OwningSymbol, context.CodeBlock))
            return;
        var solver = analysis.NewSolver(context.CancellationToken);
        foreach (var body in BodiesOf(context, analysis))
        {
            Check(body);
            foreach (var nested in body.AllNested)
                Check(nested);
        }

        void Check(Body body)
        {
            // Generated code is looked into like any other, but nobody can repair it: it is reported only where an attribute asks for it.
            if (context.IsGeneratedCode && !analysis.Knowledge.FactsOf(body.Method).RestrictsBody)
                return;
            var member = new Member(body, solver.Analyse(body), solver, analysis, context.ReportDiagnostic);
            foreach (var rule in s_bodyRules)
                rule.Check(member);
            foreach (var rule in s_declarationRules)
            {
                if (body.Method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction)
                    rule.Check(body.Method, analysis.Knowledge, context.ReportDiagnostic);
            }
        }
    }

    private static IEnumerable<Body> BodiesOf(CodeBlockAnalysisContext context, CompilationAnalysis analysis)
    {
        if (context.OwningSymbol is IMethodSymbol method)
        {
            // Of a partial method the part without the body is a block of its own.
            if (method is { IsPartialDefinition: true, PartialImplementationPart: not null })
                yield break;
            if (analysis.Bodies.Of(method) is { } body)
                yield return body;
            else if (analysis.Bodies.Failure(method) is { } why)
                context.ReportDiagnostic(TooLargeToAnalyse.Create(method, why));
            yield break;
        }

        var initialiser = context.OwningSymbol.DeclaringSyntaxReferences.FirstOrDefault(r => r.SyntaxTree == context.CodeBlock.SyntaxTree)?.GetSyntax(context.CancellationToken) switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer,
            PropertyDeclarationSyntax property => property.Initializer,
            _ => null,
        };
        if (initialiser is not null && context.OwningSymbol.ContainingType is { } type
            && (context.OwningSymbol.IsStatic ? type.StaticConstructors : type.InstanceConstructors).FirstOrDefault() is { } constructor
            && analysis.Bodies.OfInitialiser(KnowledgeBase.Canonical(constructor), initialiser) is { } initialised)
        {
            yield return initialised;
        }
    }
}
