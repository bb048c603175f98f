using System.Runtime.CompilerServices;
using LockContext.Runtime;

namespace LockContext.Lockdep.Tests;

/// <summary>What tests look at and users do not.</summary>
internal static class Peek
{
    internal static LockIdentity IdentityOf(SleepingLock of) => Identity(of);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_identity")]
    private static extern ref readonly LockIdentity Identity(SleepingLock of);
}
