using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Tour;

/// <summary>After an await the method may go on in another thread. A lock that belongs to its thread cannot come along.</summary>
class AwaitUnderLock
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly SemaphoreSlim _turn = new(1);
    private byte[] _data = [];

    async Task Wrong(Stream stream)
    {
        _lock.EnterReadLock();
        try
        {
            await stream.WriteAsync(_data); // LCX1008: suspends the method while
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    async Task Right(Stream stream)
    {
        byte[] data;
        _lock.EnterReadLock();
        try
        {
            data = _data;
        }
        finally
        {
            _lock.ExitReadLock();
        }

        await stream.WriteAsync(data);
    }

    /// <summary>A semaphore belongs to nobody.</summary>
    async Task RightAsWell(Stream stream)
    {
        await _turn.WaitAsync();
        try
        {
            await stream.WriteAsync(_data);
        }
        finally
        {
            _turn.Release();
        }
    }
}
