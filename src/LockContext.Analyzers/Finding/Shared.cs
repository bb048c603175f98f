using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// A value that is made once, when it is first asked for. Whoever asks for it meanwhile does not only wait but takes a share of the work that the making hands out: a compiler runs
/// analyzers on as many threads as there are processors, and all of them ask at once.
/// </summary>
/// <param name="make">Makes the value. It is given a loop whose rounds may run on several threads, in any order; the loop returns when all of them are done.</param>
internal sealed class Shared<T>(Func<Action<int, Action<int>>, T> make)
    where T : class
{
    private readonly TaskCompletionSource<bool> _made = new();
    private int _begun;
    private Loop? _loop;
    private T? _value;
    private ExceptionDispatchInfo? _failure;

    public T Value
    {
        get
        {
            if (Volatile.Read(ref _value) is { } value)
                return value;
            if (Interlocked.Exchange(ref _begun, 1) == 0)
                Make();
            else
                Help();
            _failure?.Throw();
            return _value!;
        }
    }

    private void Make()
    {
        try
        {
            Volatile.Write(ref _value, make(ForAll));
        }
        catch (Exception e)
        {
            // Everybody who waits for the value is told, here and below.
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _made.SetResult(true);
        }
    }

    private void Help()
    {
        // Between two loops there is nothing to do but to look again after a while.
        while (!_made.Task.IsCompleted)
        {
            if (Volatile.Read(ref _loop) is not { } loop || !loop.Run())
                _made.Task.Wait(1);
        }
    }

    private void ForAll(int count, Action<int> body)
    {
        var loop = new Loop(count, body);
        Volatile.Write(ref _loop, loop);
        loop.Run();
        loop.Wait();
        Volatile.Write(ref _loop, null);
    }

    private sealed class Loop
    {
        private readonly int _count;
        private readonly Action<int> _body;
        private readonly TaskCompletionSource<bool> _done = new();
        private int _left;
        private int _next;
        private ExceptionDispatchInfo? _failure;

        public Loop(int count, Action<int> body) => (_count, _left, _body) = (count, count, body);

        /// <summary>Takes rounds until none is left; false if there was none.</summary>
        public bool Run()
        {
            var any = false;
            while (Interlocked.Increment(ref _next) - 1 is var round && round < _count)
            {
                any = true;
                try
                {
                    _body(round);
                }
                catch (Exception e)
                {
                    _failure = ExceptionDispatchInfo.Capture(e);
                }
                finally
                {
                    if (Interlocked.Decrement(ref _left) == 0)
                        _done.SetResult(true);
                }
            }

            return any;
        }

        public void Wait()
        {
            if (_count > 0)
                _done.Task.Wait();
            _failure?.Throw();
        }
    }
}
