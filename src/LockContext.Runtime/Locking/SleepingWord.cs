using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The lock inside of a <see cref="SleepingLock"/> and of each slot of a <see cref="LocalLock"/>: spins for a moment and then sleeps.</summary>
/// <remarks>The three-state mutex of U. Drepper, "Futexes are tricky", 2011 (mutex3), over a monitor in place of a futex. Never copied.</remarks>
[Trusted("this is the sleeping lock itself: spinning first and then parking is what the wait class Config means")]
internal struct SleepingWord
{
    private const int Free = 0;
    private const int Held = 1;
    private const int HeldWithSleepers = 2;

    /// <summary>
    /// The most looks at the lock before sleeping. Parking and waking costs about 5-10 µs, one look about 20-30 ns with its pause: spinning for longer than
    /// about the price of a sleep can never win back more than it spends.
    /// </summary>
    private const int MostSpins = 200;

    /// <summary>The fewest: enough to notice that sections have become short again after a time of long ones.</summary>
    private const int FewestSpins = 8;

    // Free (0): nobody holds it.
    // Held (1): held, and nobody has gone to sleep since it was last free.
    // HeldWithSleepers (2): held, and somebody may be asleep, so the release has to wake one. May be stale (nobody asleep), never missing.
    private int _state;

    // A hint, read and written without synchronisation: any value of it is right.
    private int _spinBudget = MostSpins / 4;

    private readonly Parking _parking = new();

    /// <summary>Makes a free lock.</summary>
    public SleepingWord()
    {
    }

    internal readonly bool IsHeld => Volatile.Read(in _state) != Free;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter()
    {
        // Acquire: a full fence that reads what the previous holder's exchange in Exit (a full fence too) wrote.
        if (Interlocked.CompareExchange(ref _state, Held, Free) != Free) EnterContended();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryEnter() => Volatile.Read(ref _state) == Free && Interlocked.CompareExchange(ref _state, Held, Free) == Free;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Exit()
    {
        // Release: pairs with the atomic operations that take the lock. The exchange frees the lock and learns whether somebody may be asleep in one step;
        // with a read and a write, a thread that went to sleep in between would be forgotten.
        int previous = Interlocked.Exchange(ref _state, Free);
        if (previous != Held) ExitRarely(previous);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterContended()
    {
        if (TrySpin()) return;

        // From here on the lock is taken as HeldWithSleepers, although we may have been the last sleeper: we cannot know, and a needless wake-up is cheap.
        //
        // No wake-up is lost. We store 2 and then sleep only if, under the parking monitor, the word is still 2. The holder's Exit first takes the word to 0
        // and then pulses under that monitor. If its exchange came before our look, we see a value other than 2, or a 2 stored by a later sleeper whose holder
        // will pulse; if it came after, it read 2, and its pulse waits for the monitor that we give up only by sleeping.
        bool interrupted = false;
        while (Interlocked.Exchange(ref _state, HeldWithSleepers) != Free)
        {
            interrupted |= _parking.SleepWhile(ref _state, HeldWithSleepers);
        }

        if (interrupted) Interruption.Postpone();
    }

    private bool TrySpin()
    {
        if (Environment.ProcessorCount == 1) return false;

        int budget = _spinBudget;
        for (int spins = 0; spins < budget; spins++)
        {
            if (TryEnter())
            {
                // Move an eighth of the way towards twice what it took this time, so that a lock whose sections are short keeps a budget that covers them.
                _spinBudget = Math.Clamp(budget + (2 * spins - budget) / 8, FewestSpins, MostSpins);
                return true;
            }

            // An interval that is not quite constant keeps two waiters from looking in lockstep.
            Thread.SpinWait(1 + (spins & 3));
        }

        // Spinning bought nothing: try a little less next time, but sometimes more, or a budget that has once become too small would stay so.
        _spinBudget = budget > FewestSpins ? Math.Max(FewestSpins, budget - budget / 8 - 1) : MostSpins / 4;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExitRarely(int previous)
    {
        if (previous == Free) LockMisuse.ThrowNotHeld();
        _parking.WakeOne();
    }
}
