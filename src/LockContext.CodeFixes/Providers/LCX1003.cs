using System.Composition;
using LockContext.CodeFixes.Families;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Providers;

/// <summary>An allocation or free takes a lock or reclaims memory where a raw lock is held.</summary>
/// <remarks>A free is deferred where its object has been made for that, with a head for it; else it takes no lock.</remarks>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(LCX1003)), Shared]
public sealed class LCX1003 : BestFixProvider
{
    public LCX1003()
        : base("LCX1003", new UseNoLocks(), new DeferFree(), new FreeWithoutLocks())
    {
    }
}
