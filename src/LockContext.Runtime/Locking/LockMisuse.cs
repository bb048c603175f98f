using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What misusing a lock throws, kept out of line so that the fast paths stay small enough to inline.</summary>
internal static class LockMisuse
{
    [DoesNotReturn]
    internal static void ThrowAlreadyTaken()
        => throw new ArgumentException("The variable that reports whether the lock was taken has to be false before the call.", "taken");

    [DoesNotReturn]
    internal static void ThrowNotHeld() => throw new SynchronizationLockException("The lock is released but nobody holds it.");

    [DoesNotReturn]
    internal static void ThrowAlreadyWriting() => throw new SynchronizationLockException("A write section is begun inside another one: writers have to keep each other out.");
}
