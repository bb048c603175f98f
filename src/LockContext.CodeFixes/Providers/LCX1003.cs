using System.Composition;
using LockContext.CodeFixes.Families;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Providers;

/// <summary>An allocation or free takes a lock or reclaims memory where a raw lock is held.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(LCX1003)), Shared]
public sealed class LCX1003 : BestFixProvider
{
    public LCX1003()
        : base("LCX1003", new UseNoLocks())
    {
    }
}
