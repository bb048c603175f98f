using System.Composition;
using LockContext.CodeFixes.Families;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Providers;

/// <summary>A deferred free that may wait is called where nothing may wait.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(LCX5001)), Shared]
public sealed class LCX5001 : BestFixProvider
{
    public LCX5001()
        : base("LCX5001", new DeferFree())
    {
    }
}
