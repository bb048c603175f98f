using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class SequenceCountTests
{
    private SequenceCount _sequence;

    [Fact]
    public void An_undisturbed_read_is_valid()
    {
        Assert.True(_sequence.TryBeginRead(out uint sequence));
        Assert.True(_sequence.Validate(sequence));
    }

    [Fact]
    public void A_write_meanwhile_makes_it_invalid()
    {
        Assert.True(_sequence.TryBeginRead(out uint sequence));
        _sequence.BeginWrite();
        Assert.False(_sequence.Validate(sequence));
        _sequence.EndWrite();
        Assert.False(_sequence.Validate(sequence));
    }

    [Fact]
    public void No_read_begins_while_somebody_writes()
    {
        _sequence.BeginWrite();
        Assert.False(_sequence.TryBeginRead(out _));
        _sequence.EndWrite();
        Assert.True(_sequence.TryBeginRead(out _));
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<SynchronizationLockException>(_sequence.EndWrite);
        _sequence.BeginWrite();
        Assert.Throws<SynchronizationLockException>(_sequence.BeginWrite);
        _sequence.EndWrite();
        Assert.True(_sequence.TryBeginRead(out _));
    }
}
