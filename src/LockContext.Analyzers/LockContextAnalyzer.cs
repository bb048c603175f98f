using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Rules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers;

/// <summary>
/// The one analyzer of the package: one walk over a body serves all rules. It asks the driver for files and declared symbols only and finds the bodies worth a look itself. Asking for operations
/// would make the driver build the operation tree of every body in the compilation, and asking for code blocks would make it look for each of them (<c>AnalyzerCost</c> among the
/// benchmarks measures both).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockContextAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableArray<IBodyRule> s_bodyRules = ImmutableArray.Create<IBodyRule>(
        new CallMaySleepInRawContext(),
        new SleepingLockInRawContext(),
        new AllocationInRawContext(),
        new CallMayBlockInReadSection(),
        new GracePeriodWaitForItself(),
        new ReclaimInNoReclaim(),
        new ReservesInNoReclaim(),
        new SuspensionWhileHeld(),
        new ManagedAllocationInNoReclaim(),
        new UnknownCall(),
        new CallMayBlockUnderConfigLimit(),
        new ForeignCodeUnderRawLock(),
        new ManagedAllocationInRawAtomic(),
        new LockStillHeldOnExit(),
        new ReleaseOfNotHeld(),
        new TakenAgainByHolder(),
        new LockStructCopy(),
        new RequiredLockNotHeld(),
        new DelegatePromisesLess(),
        new TooLargeToAnalyse(),
        new UndeclaredEffects(),
        new AllocationNotChecked(),
        new NoLocksForSeveralPages(),
        new ContradictoryFlags(),
        new RetryWithoutLeaving(),
        new StrongerFlagsPassedDown(),
        new NeedlessNoLocks(),
        new SpeculativeMaskIncomplete(),
        new DeferredFreeMayWait(),
        new ProtectedPointerOutlivesSection(),
        new WaitBeforeFreeCanBeDeferred(),
        new SpeculationNotValidated());

    private static readonly ImmutableArray<IDeclarationRule> s_declarationRules = ImmutableArray.Create<IDeclarationRule>(
        new LockStructDeclaration(),
        new LockByShape(),
        new MalformedAnnotation(),
        new OverridePromisesLess());

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        s_bodyRules.Select(r => r.Descriptor).Concat(s_declarationRules.Select(r => r.Descriptor)).Append(Descriptors.ModelFileProblem).Append(Descriptors.InvalidOption).Append(LockOrderInversion.Descriptor).Distinct().ToImmutableArray();

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterAdditionalFileAction(static file => ModelFileProblems.Check(file));
        context.RegisterCompilationAction(static end =>
        {
            InvalidOption.Check(end);

            // Lock statements need no context to be in each other's way.
            var analysis = new CompilationAnalysis(end.Compilation, end.Options, end.CancellationToken);
            if (!analysis.HasContexts(end.CancellationToken))
                LockOrderInversion.Check(end, analysis);
        });
        context.RegisterCompilationStartAction(static start =>
        {
            // While there is any action that a start has registered the driver binds a file at every keystroke in it, whether the action does anything or not.
            var analysis = new CompilationAnalysis(start.Compilation, start.Options, start.CancellationToken);
            if (!analysis.HasContexts(start.CancellationToken))
                return;
            start.RegisterSemanticModelAction(file => AnalyseFile(file, analysis));
            start.RegisterCompilationEndAction(end => LockOrderInversion.Check(end, analysis));
        });
    }

    /// <summary>So many members of a file are shared among threads.</summary>
    private const int WorthSharing = 8;

    private static void CheckDeclarations(SemanticModelAnalysisContext context, CompilationAnalysis analysis)
    {
        var tree = context.SemanticModel.SyntaxTree;
        var reported = new HashSet<(string, Location, string)>();
        foreach (var node in analysis.DeclarationsToCheck(tree, context.FilterSpan, context.CancellationToken))
        {
            if (context.SemanticModel.GetDeclaredSymbol(node, context.CancellationToken) is not { } declared)
                continue;
            Check(declared);
            switch (declared)
            {
                case IPropertySymbol property:
                    Check(property.GetMethod);
                    Check(property.SetMethod);
                    break;
                case IEventSymbol @event:
                    Check(@event.AddMethod);
                    Check(@event.RemoveMethod);
                    break;
                case INamedTypeSymbol type when node is TypeDeclarationSyntax { ParameterList: not null }:
                    // What a primary constructor declares stands in the type's own declaration.
                    foreach (var member in type.GetMembers().Where(m => m is IPropertySymbol or IMethodSymbol { MethodKind: MethodKind.Constructor }))
                        Check(member);
                    break;
            }
        }

        void Check(ISymbol? symbol)
        {
            if (symbol is null)
                return;
            foreach (var rule in s_declarationRules)
                rule.Check(symbol, analysis.Knowledge, Report);
        }

        // A partial type or method is checked in each of its files, and says in each what belongs there.
        void Report(Diagnostic diagnostic)
        {
            if (diagnostic.Location.SourceTree == tree && reported.Add((diagnostic.Id, diagnostic.Location, diagnostic.GetMessage(CultureInfo.InvariantCulture))))
                context.ReportDiagnostic(Promotion.Apply(diagnostic, analysis.Knowledge.Options));
        }
    }

    /// <summary>
    /// Walks what a file has to walk. The driver gives each file to one thread, and a file can be most of a program (or all that is analysed again at a keystroke), so its members are shared
    /// among several; what they report is reported in the order of the file.
    /// </summary>
    private static void AnalyseFile(SemanticModelAnalysisContext context, CompilationAnalysis analysis)
    {
        CheckDeclarations(context, analysis);
        var nodes = analysis.CodeToCheck(context.SemanticModel.SyntaxTree, context.FilterSpan, context.CancellationToken).ToArray();
        if (nodes.Length == 0)
            return;
        var reports = new List<Diagnostic>?[nodes.Length];
        try
        {
            var one = nodes.Length < WorthSharing || !context.SemanticModel.Compilation.Options.ConcurrentBuild;
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, nodes.Length), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = context.CancellationToken, MaxDegreeOfParallelism = one ? 1 : -1 },
                () => analysis.NewSolver(context.CancellationToken),
                (i, _, solver) => AnalyseNext(i, solver),
                _ => { });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Capture(e.InnerExceptions[0]).Throw();
        }
        finally
        {
            foreach (var diagnostic in reports.Where(r => r is not null).SelectMany(r => r!))
                context.ReportDiagnostic(diagnostic);
        }

        Solver AnalyseNext(int i, Solver solver)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            AnalyseNode(nodes[i], solver, diagnostic => (reports[i] ??= new()).Add(Promotion.Apply(diagnostic, analysis.Knowledge.Options)));
            return solver;
        }

        void AnalyseNode(SyntaxNode node, Solver solver, Action<Diagnostic> report)
        {
            if (context.SemanticModel.GetDeclaredSymbol(node is ArrowExpressionClauseSyntax { Parent: { } property } ? property : node, context.CancellationToken) is not { } declared)
                return;
            if (BodyOf(node, declared, analysis) is { } body)
            {
                var order = new List<LockEdge>();
                var isComplete = Check(body, solver, report, order);
                foreach (var nested in body.AllNested)
                {
                    isComplete &= Check(nested, solver, report, order);
                    foreach (var rule in s_declarationRules)
                        rule.Check(nested.Method, analysis.Knowledge, report);
                }

                if (isComplete)
                    analysis.Orders[node] = order;
            }
            else if (declared is IMethodSymbol method && analysis.Bodies.Failure(method) is { } why)
            {
                report(TooLargeToAnalyse.Create(method, why));
            }
        }

        bool Check(Body body, Solver solver, Action<Diagnostic> report, List<LockEdge> order)
        {
            // Generated code is looked into like any other, but nobody can repair it: it is reported only where an attribute asks for it.
            if ((context.IsGeneratedCode || IsGenerated(body.Method)) && !analysis.Knowledge.FactsOf(body.Method).RestrictsBody)
                return false;
            var findings = solver.Analyse(body, collectsOrder: true);
            order.AddRange(findings.Order);
            var member = new Member(body, findings, solver, analysis, report);
            foreach (var rule in s_bodyRules)
                rule.Check(member);
            return true;
        }
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

    private static Body? BodyOf(SyntaxNode node, ISymbol declared, CompilationAnalysis analysis)
    {
        switch (declared)
        {
            case IPropertySymbol { GetMethod: { } getter } when node is ArrowExpressionClauseSyntax:
                return analysis.Bodies.Of(getter);

            // Of a partial method the part without the body is a declaration of its own.
            case IMethodSymbol { IsPartialDefinition: true, PartialImplementationPart: not null }:
                return null;
            case IMethodSymbol method:
                return analysis.Bodies.Of(method);
        }

        var initialiser = node switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer,
            PropertyDeclarationSyntax property => property.Initializer,
            _ => null,
        };
        return initialiser is not null && declared.ContainingType is { } type
            && (declared.IsStatic ? type.StaticConstructors : type.InstanceConstructors).FirstOrDefault() is { } constructor
                ? analysis.Bodies.OfInitialiser(KnowledgeBase.Canonical(constructor), initialiser)
                : null;
    }
}
