/*
 * How deferred frees hand over blocks of pointers: producers append under a raw lock, the worker takes the blocks, waits for a grace period, frees what they hold and gives the blocks back.
 *
 * Grace periods are abstract here: one has passed for a reader that was outside, or has left since (grace-period.pml has the real ones). Memory is sequentially consistent: everything shared
 * is under the lock, but for what readers do.
 *
 * Checked: nothing is freed while a reader has it, nothing is freed twice, everything is freed in the end, no deadlock.
 *
 *   good:  (none), NO_SPARES (every block allocation fails: all go by their heads)
 *   bad:   COOKIE_AT_OPEN, NO_COOKIE, EARLY_REUSE, NO_LOCK, LOST_REST
 */

#define PRODUCERS 2
#define EACH      2
#define OBJECTS   (PRODUCERS * EACH)
#define READERS   1
#define SECTIONS  1
#define BLOCKS    2
#define SLOTS     3
#define NONE      255

bit lock;
bit removed[OBJECTS];
bit freed[OBJECTS];
byte section[READERS];

/* Blocks: what they hold, how much of it, since when they are filled, and whether they are spare. */
byte slot[BLOCKS * SLOTS];
byte used[BLOCKS];
byte since[BLOCKS * READERS];
bit spare[BLOCKS];
byte open = NONE;

/* Full blocks, and the objects that found no block, as sets. */
bit filled[BLOCKS];
bit linked[OBJECTS];

byte producing = PRODUCERS;

#ifdef NO_LOCK
#define LOCK skip
#define UNLOCK skip
#else
#define LOCK atomic { lock == 0 -> lock = 1; }
#define UNLOCK lock = 0
#endif

proctype Reader(byte me)
{
    byte n, has;
    do
    :: n < SECTIONS ->
        section[me]++;
        has = NONE;
        if
        :: d_step { !removed[0] -> has = 0; }
        :: d_step { !removed[EACH] -> has = EACH; }
        :: d_step { !removed[OBJECTS - 1] -> has = OBJECTS - 1; }
        :: skip
        fi;
        d_step { assert(has == NONE || !freed[has]); }
        section[me]++;
        n++
    :: else -> break
    od
}

inline TakeSpare()
{
    d_step
    {
        open = NONE;
        b = 0;
        do
#ifndef NO_SPARES
        :: b < BLOCKS && spare[b] -> spare[b] = 0; used[b] = 0; open = b; break
        :: b < BLOCKS && !spare[b] -> b++
#else
        :: b < BLOCKS -> b++
#endif
        :: b == BLOCKS -> break
        od;
        /* Only the variant with this mistake looks at it. */
        r = 0;
        do
        :: r < READERS && open != NONE -> since[open * READERS + r] = section[r]; r++
        :: else -> break
        od;
        b = 0; r = 0;
    }
}

proctype Producer(byte me)
{
    byte n, object, b, r, at;
    do
    :: n < EACH ->
        object = me * EACH + n;
        removed[object] = 1;
        LOCK;
        if
        :: open == NONE -> TakeSpare()
        :: else -> skip
        fi;
        if
        :: open == NONE -> linked[object] = 1
        :: else ->
            at = used[open];
            slot[open * SLOTS + at] = object;
            used[open] = at + 1;
            if
            :: used[open] >= SLOTS -> filled[open] = 1; open = NONE
            :: else -> skip
            fi
        fi;
        UNLOCK;
        n++
    :: else -> break
    od;
    producing--
}

inline WaitForReaders()
{
    skip;
#ifndef NO_COOKIE
    r = 0;
    do
    :: r < READERS ->
        ((before[r] & 1) == 0 || section[r] != before[r]);
        r++
    :: else -> break
    od;
#endif
}

inline FreeObject(which)
{
    d_step { assert(!freed[which]); freed[which] = 1; }
}

proctype Worker()
{
    byte b, r, i, turns;
    bit taken[BLOCKS];
    bit heads[OBJECTS];
    byte before[READERS];
    bool last;

    do
    :: true ->
        last = (producing == 0);
        LOCK;
        d_step
        {
            b = 0;
            do
            :: b < BLOCKS ->
                taken[b] = filled[b]; filled[b] = 0;
                b++
            :: else -> break
            od;
#ifdef LOST_REST
            open = (last -> NONE : open);
#else
            /* Also the one that is being filled. */
            if
            :: open != NONE -> taken[open] = 1; open = NONE
            :: else -> skip
            fi;
#endif
            i = 0;
            do
            :: i < OBJECTS -> heads[i] = linked[i]; linked[i] = 0; i++
            :: else -> break
            od;
            b = 0; i = 0;
        }
        UNLOCK;

#ifdef EARLY_REUSE
        d_step { b = 0; do :: b < BLOCKS && taken[b] -> spare[b] = 1; b++ :: b < BLOCKS && !taken[b] -> b++ :: b == BLOCKS -> break od; b = 0; }
#endif

        /* The cookie: taken after the blocks were. */
        d_step { r = 0; do :: r < READERS -> before[r] = section[r]; r++ :: else -> break od; r = 0; }
#ifdef COOKIE_AT_OPEN
        d_step
        {
            b = 0;
            do
            :: b < BLOCKS && taken[b] -> r = 0; do :: r < READERS -> before[r] = since[b * READERS + r]; r++ :: else -> break od; b++
            :: b < BLOCKS && !taken[b] -> b++
            :: b == BLOCKS -> break
            od;
            b = 0; r = 0;
        }
#endif
        WaitForReaders();

        b = 0;
        do
        :: b < BLOCKS && taken[b] ->
            i = 0;
            do
            :: i < used[b] -> FreeObject(slot[b * SLOTS + i]); i++
            :: else -> break
            od;
            LOCK;
            d_step { spare[b] = 1; taken[b] = 0; }
            UNLOCK;
            b++
        :: b < BLOCKS && !taken[b] -> b++
        :: b == BLOCKS -> break
        od;
        i = 0;
        do
        :: i < OBJECTS && heads[i] -> FreeObject(i); heads[i] = 0; i++
        :: i < OBJECTS && !heads[i] -> i++
        :: i == OBJECTS -> break
        od;

        if
        :: last -> break
        :: else -> turns++; if :: turns >= 4 -> (producing == 0) :: else -> skip fi
        fi
    od;

    atomic
    {
        i = 0;
        do
        :: i < OBJECTS -> assert(freed[i]); i++
        :: else -> break
        od
    }
}

init
{
    byte n;
    atomic
    {
        do :: n < BLOCKS -> spare[n] = 1; n++ :: else -> break od;
        n = 0;
        do :: n < READERS -> run Reader(n); n++ :: else -> break od;
        n = 0;
        do :: n < PRODUCERS -> run Producer(n); n++ :: else -> break od;
        run Worker()
    }
}
