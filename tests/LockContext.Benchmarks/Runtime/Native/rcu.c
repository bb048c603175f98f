/* liburcu, measured by itself: commands on the standard input, a number of nanoseconds per operation for each on the standard output. Built with -DRCU_MEMBARRIER or -DRCU_QSBR. */
#define _GNU_SOURCE
#define _LGPL_SOURCE
#ifdef RCU_QSBR
#include <urcu-qsbr.h>
#else
#include <urcu.h>
#endif
#include <urcu-call-rcu.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct object {
    struct rcu_head head;
    long more[6];
};

static int value = 1;
static int *published = &value;
static volatile int stop;
static volatile int reading;
static volatile long sum;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void count(struct rcu_head *head) { sum++; }

static double read_pairs(long n)
{
    long total = 0;
    double start = now();
    for (long i = 0; i < n; i++) {
        rcu_read_lock();
        total += *rcu_dereference(published);
        rcu_read_unlock();
#ifdef RCU_QSBR
        if ((i & 1023) == 0) rcu_quiescent_state();
#endif
    }
    double end = now();
    sum += total;
    return (end - start) / n;
}

static double synchronize(long n)
{
    double start = now();
    for (long i = 0; i < n; i++) synchronize_rcu();
    return (now() - start) / n;
}

// On a processor of its own: on one and the same, a reader that does not run need not be told anything, and there is nothing to measure.
static void run_on(int first)
{
    cpu_set_t allowed, one;
    sched_getaffinity(0, sizeof allowed, &allowed);
    CPU_ZERO(&one);
    for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && (first ? seen++ == 0 : seen++ > 0)) CPU_SET(cpu, &one);
    }
    if (CPU_COUNT(&one)) sched_setaffinity(0, sizeof one, &one);
}

static void *busy(void *unused)
{
    run_on(0);
    rcu_register_thread();
    while (!stop) {
        read_pairs(1000);
        reading = 1;
    }
    rcu_unregister_thread();
    return 0;
}

static double synchronize_busy(long n)
{
    pthread_t thread;
    stop = 0;
    reading = 0;
    pthread_create(&thread, 0, busy, 0);
    while (!reading) { }
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    run_on(1);
    double result = synchronize(n);
    sched_setaffinity(0, sizeof before, &before);
    stop = 1;
#ifdef RCU_QSBR
    rcu_thread_offline();
#endif
    pthread_join(thread, 0);
#ifdef RCU_QSBR
    rcu_thread_online();
#endif
    return result;
}

static double call(struct object *objects, long n, int barrier)
{
    double start = now();
    for (long i = 0; i < n; i++) call_rcu(&objects[i].head, count);
    double end = now();
    rcu_barrier();
    if (barrier) end = now();
    return (end - start) / n;
}

int main(void)
{
    char command[32];
    long n = 500000;
    struct object *objects = calloc(n, sizeof *objects);
    rcu_register_thread();
    while (scanf("%31s", command) == 1) {
        double result = -1;
        if (!strcmp(command, "read")) result = read_pairs(4000000);
        if (!strcmp(command, "synchronize")) result = synchronize(10000);
        if (!strcmp(command, "busy")) result = synchronize_busy(2000);
        if (!strcmp(command, "call")) result = call(objects, n, 0);
        if (!strcmp(command, "barrier")) result = call(objects, n, 1);
        printf("%f\n", result);
        fflush(stdout);
    }
    rcu_unregister_thread();
    return 0;
}
