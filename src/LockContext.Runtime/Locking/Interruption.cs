using System.Threading;

namespace LockContext.Runtime;

/// <summary><see cref="Thread.Interrupt"/> for code that cannot give up half-way.</summary>
internal static class Interruption
{
    /// <summary>Makes this thread's next interruptible wait throw, after an interruption has been swallowed.</summary>
    internal static void Postpone() => Thread.CurrentThread.Interrupt();
}
