using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Calls that the compiler leaves out, arguments and all, because their <c>[Conditional]</c> symbol is not defined; and assertions, which are failure paths.</summary>
internal static class Conditional
{
    public static bool IsLeftOut(IOperation operation)
    {
        if (operation is not IInvocationOperation { TargetMethod: { ReturnsVoid: true } method })
            return false;
        if (method is { ContainingType: { Name: "Debug" or "Trace", ContainingNamespace: { Name: "Diagnostics", ContainingNamespace.Name: "System" } }, Name: "Assert" or "Fail" })
            return true;
        if (method is { IsPartialDefinition: true, PartialImplementationPart: null })
            return true;
        var conditional = false;
        foreach (var attribute in method.GetAttributes())
        {
            if (attribute.AttributeClass is not { Name: "ConditionalAttribute", ContainingNamespace.Name: "Diagnostics" } || attribute.ConstructorArguments.Length != 1)
                continue;
            conditional = true;
            if (attribute.ConstructorArguments[0].Value is string symbol && IsDefined(operation.Syntax.SyntaxTree, symbol))
                return false;
        }

        return conditional;
    }

    private static bool IsDefined(SyntaxTree tree, string symbol)
    {
        var defined = (tree.Options as CSharpParseOptions)?.PreprocessorSymbolNames.Contains(symbol) == true;
        if (!tree.GetRoot().ContainsDirectives)
            return defined;

        // #define and #undef stand before the first token.
        foreach (var trivia in tree.GetRoot().GetFirstToken(includeZeroWidth: true).LeadingTrivia)
        {
            defined = trivia.GetStructure() switch
            {
                DefineDirectiveTriviaSyntax define when define.Name.ValueText == symbol => true,
                UndefDirectiveTriviaSyntax undef when undef.Name.ValueText == symbol => false,
                _ => defined,
            };
        }

        return defined;
    }
}
