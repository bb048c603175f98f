using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Marks code that has to run as if preemption were off: nothing in it may sleep, or take a lock that could. Sections nest.</summary>
/// <remarks>
/// <para>A process cannot turn preemption off, so this is a promise and not a means: the analyzer and <see cref="Lockdep"/> hold the code to it, which is what keeps it short.</para>
/// <para><b>Wait class</b>: outer <see cref="WaitClass.Free"/>, so it may be entered anywhere; inner <see cref="WaitClass.Spin"/>.</para>
/// <para><b>Costs</b>: a counter of the thread. No managed allocation, except for a thread's first section.</para>
/// <para><b>Thread-safety</b>: each thread has sections of its own.</para>
/// </remarks>
/// <example><code>
/// using (AtomicSection.EnterScope())
/// {
///     Publish(sample);
/// }
/// </code></example>
[LockClass(Outer = WaitClass.Free, Inner = WaitClass.Spin, Reentrant = true)]
[Trusted("this is the section itself: a counter of the thread")]
public static class AtomicSection
{
    [ThreadStatic]
    private static int t_depth;

    /// <summary>Whether this thread is in a section.</summary>
    public static bool IsInside => t_depth != 0;

    /// <summary>Enters a section.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public static void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        t_depth++;
        Lockdep.BeginContext(LockdepContext.PreemptOff, file, line);
    }

    /// <summary>Leaves the section entered last.</summary>
    /// <exception cref="SynchronizationLockException">This thread is in no section.</exception>
    [Releases]
    public static void Exit()
    {
        Lockdep.EndContext(LockdepContext.PreemptOff);
        if (t_depth == 0) LockMisuse.ThrowNotHeld();
        t_depth--;
    }

    /// <summary>Enters a section and returns a scope whose disposal leaves it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/> on the same thread.</returns>
    [Acquires(Scope = true)]
    public static Scope EnterScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Enter(file, line);
        return new Scope(isInside: true);
    }

    /// <summary>A section that ends when this is disposed.</summary>
    public ref struct Scope
    {
        private bool _isInside;

        internal Scope(bool isInside) => _isInside = isInside;

        /// <summary>Leaves the section; a second call on the same variable does nothing.</summary>
        [Releases]
        [Trusted("this is the section itself")]
        public void Dispose()
        {
            if (!_isInside) return;
            _isInside = false;
            AtomicSection.Exit();
        }
    }
}
