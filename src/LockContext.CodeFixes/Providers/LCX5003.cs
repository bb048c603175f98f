using System.Composition;
using LockContext.CodeFixes.Families;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Providers;

/// <summary>Somebody waits for all readers only to free something.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(LCX5003)), Shared]
public sealed class LCX5003 : BestFixProvider
{
    public LCX5003()
        : base("LCX5003", new DeferInsteadOfWaiting())
    {
    }
}
