using System.Linq;
using System.Threading;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Whatever a member is said to do, some member on a path from it does: members that call each other in a circle give nobody an effect that none of them has.</summary>
[Trait("Policy", "Summaries")]
public class CausesOfEffects
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(23)]
    public void Every_effect_has_a_cause(int seed)
    {
        CSharpCompilation program = Checkout.Compile("Program", RandomProgram.Files(seed));
        var analysis = new CompilationAnalysis(program, new AnalyzerOptions([]), default);
        Solver solver = analysis.NewSolver(CancellationToken.None);
        int effects = 0;
        foreach (SyntaxTree tree in program.SyntaxTrees)
        {
            SemanticModel model = program.GetSemanticModel(tree);
            foreach (MethodDeclarationSyntax declaration in tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
            {
                IMethodSymbol method = model.GetDeclaredSymbol(declaration)!;
                foreach (Effect effect in solver.Solve(method, withEffects: true).Effects.Keys)
                {
                    effects++;
                    var path = CausePaths.From(new EffectSite(declaration.GetLocation(), method.Name, method, effect), solver);
                    Assert.True(path.Last().Callee is null, $"{method.Name}: {effect.Kind}");
                }
            }
        }

        Assert.True(effects > 100);
    }
}
