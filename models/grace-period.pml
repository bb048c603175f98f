/*
 * The grace periods of src/LockContext.Runtime/Rcu/GracePeriods.cs, with readers whose processor executes out of order.
 *
 * A reader's section is a window of instructions, each of which takes effect in one step. They take effect in any order that their dependencies and the processor's rules allow:
 * a store may stay in the store buffer while later loads are executed. Bits of "done" say which have taken effect; their numbers are the program order.
 *
 *   L   link the record, so that grace periods look at it      (only in the first section)
 *   R1  load the clock
 *   R2  store it into the record                               needs R1: data
 *   R3  load the pointer                                       needs R1: acquire
 *   N   open and leave an inner section                        needs R2: same location
 *   R5  read through the pointer                               needs R3: address
 *   R4  store "no section"                                     needs R2, N: same location; L, R3, R5: release
 *
 * The process-wide barrier of a grace period takes effect on a reader when the instructions that have taken effect are exactly a beginning of the program order.
 *
 * Checked: nothing is read after it has been freed, no deadlock. Variants are chosen by macros; "check" runs them all.
 *
 *   good:  (none), FENCED, DIES
 *   bad:   NO_WAIT, NO_BARRIER, ONE_PHASE, BARRIER_FIRST, OLD_COOKIE, NO_ACQUIRE, NO_RELEASE, INNER_REFRESHES, LINKED_LATE, TAKEN_FOR_DEAD
 */

#ifndef READERS
#define READERS 2
#endif
#ifndef SECTIONS
#define SECTIONS 2
#endif
#ifndef UPDATERS
#define UPDATERS 2
#endif
#ifndef UPDATES
#define UPDATES 1
#endif
#define OBJECTS (UPDATERS * UPDATES + 1)

#ifdef LINKED_LATE
#define R1 1
#define R2 2
#define R3 4
#define L  8
#else
#define L  1
#define R1 2
#define R2 4
#define R3 8
#endif
#define N  16
#define R5 32
#define R4 64
#define ALL 127

#define DID(i)   ((done & (i)) != 0)
#define MAY(i)   ((done & (i)) == 0)
#define PREFIX   ((done & (done + 1)) == 0)

#ifdef NO_ACQUIRE
#define ACQUIRED true
#else
#define ACQUIRED DID(R1)
#endif

#ifdef FENCED
#define FENCE (DID(L) && DID(R2))
#else
#define FENCE true
#endif

#ifdef NO_RELEASE
#define RELEASED true
#else
#define RELEASED (DID(L) && DID(R3) && DID(R5))
#endif

/* What is shared. "started" is the clock; readers of the one-phase variant see its lowest bit only. */
byte started = 1;
byte completed = 1;
bit mutex;
byte current;
byte fresh = 1;
bit freed[OBJECTS];

bit linked[READERS];
bit alive[READERS];
bit inside[READERS];
byte number[READERS];
bit barrier[READERS];

#ifdef ONE_PHASE
#define CLOCK (started & 1)
#define PASSED(i, k) (number[i] == ((k) & 1))
#else
#define CLOCK started
#define PASSED(i, k) (number[i] >= (k))
#endif

#ifdef TAKEN_FOR_DEAD
#define DEAD(i) true
#else
#define DEAD(i) (!alive[i])
#endif

proctype Reader(byte me)
{
    byte section, done, clock, pointer;

    do
    :: section < SECTIONS ->
        atomic { done = (section == 0 -> 0 : L); }
        do
        :: MAY(L)                                          -> d_step { linked[me] = 1; done = done | L; }
        :: MAY(R1)                                         -> d_step { clock = CLOCK; done = done | R1; }
        :: MAY(R2) && DID(R1)                              -> d_step { number[me] = clock; inside[me] = 1; done = done | R2; }
        :: MAY(R3) && ACQUIRED && FENCE                    -> d_step { pointer = current; done = done | R3; }
#ifdef INNER_REFRESHES
        :: MAY(N) && DID(R2)                               -> d_step { number[me] = CLOCK; done = done | N; }
#else
        :: MAY(N) && DID(R2)                               -> d_step { done = done | N; }
#endif
        :: MAY(R5) && DID(R3)                              -> d_step { assert(!freed[pointer]); done = done | R5; }
        :: MAY(R4) && DID(R2) && DID(N) && RELEASED        -> d_step { inside[me] = 0; done = done | R4; }
        :: barrier[me] && PREFIX                           -> barrier[me] = 0
#ifdef DIES
        :: DID(R2) && MAY(R4)                              -> goto end
#endif
        :: done == ALL                                     -> break
        od;
        atomic { clock = 0; pointer = 0; section++; }
    :: else -> break
    od;

end:
    /* What has not taken effect by now takes effect before the thread is seen to have ended, and nothing of it does anything any more. */
    alive[me] = 0
}

inline Broadcast()
{
    skip;
#ifndef NO_BARRIER
#ifndef FENCED
    d_step { i = 0; do :: i < READERS -> barrier[i] = 1; i++ :: else -> break od; i = 0; }
    do
    :: i < READERS -> (!barrier[i] || !alive[i]); i++
    :: else -> break
    od;
#endif
#endif
}

inline GracePeriod()
{
#ifdef BARRIER_FIRST
    Broadcast();
    atomic { started++; k = started; }
#else
    d_step { started++; k = started; }
    Broadcast();
#endif
    i = 0;
    do
    :: i < READERS -> (!linked[i] || !inside[i] || PASSED(i, k) || DEAD(i)); i++
    :: else -> break
    od;
    completed = k;
}

proctype Updater()
{
    byte update, old, target, i, k;

    do
    :: update < UPDATES ->
        d_step { old = current; current = fresh; fresh++; }
#ifdef OLD_COOKIE
        target = started;
#else
        target = started + 1;
#endif
#ifndef NO_WAIT
        do
        :: completed >= target -> break
        :: completed < target ->
            atomic { mutex == 0 -> mutex = 1; }
            if
            :: completed < target -> GracePeriod()
            :: else -> skip
            fi;
            mutex = 0
        od;
#endif
        atomic { freed[old] = 1; old = 0; target = 0; i = 0; k = 0; update++; }
    :: else -> break
    od
}

init
{
    byte n;
    atomic
    {
        do :: n < READERS -> alive[n] = 1; run Reader(n); n++ :: else -> break od;
        n = 0;
        do :: n < UPDATERS -> run Updater(); n++ :: else -> break od;
    }
}
