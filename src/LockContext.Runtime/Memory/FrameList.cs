namespace LockContext.Runtime;

/// <summary>A doubly linked list of frames, linked through the frame table. Not synchronised: its owner's lock is.</summary>
internal struct FrameList
{
    private int _head;
    private int _tail;

    internal int Count { get; private set; }

    internal readonly int Newest => _head;

    internal static FrameList Empty => new() { _head = PageFrames.None, _tail = PageFrames.None };

    internal void Push(PageFrames frames, int frame)
    {
        ref PageFrame entry = ref frames[frame];
        entry.Previous = PageFrames.None;
        entry.Next = _head;
        if (_head != PageFrames.None) frames[_head].Previous = frame;
        else _tail = frame;
        _head = frame;
        Count++;
    }

    /// <summary>Puts a frame where the oldest is, so that it is taken last.</summary>
    internal void PushOldest(PageFrames frames, int frame)
    {
        ref PageFrame entry = ref frames[frame];
        entry.Previous = _tail;
        entry.Next = PageFrames.None;
        if (Count == 0) _head = frame;
        else frames[_tail].Next = frame;
        _tail = frame;
        Count++;
    }

    /// <summary>Takes the frame that came last, whose page is the likeliest to be in the cache.</summary>
    internal int Pop(PageFrames frames)
    {
        int frame = _head;
        if (frame == PageFrames.None) return PageFrames.None;

        // The new head's link back is left as it is: nobody follows a link back beyond the head, because Count says when to stop.
        _head = frames[frame].Next;
        if (_head == PageFrames.None) _tail = PageFrames.None;
        Count--;
        return frame;
    }

    /// <summary>Takes the frame that has been here longest.</summary>
    internal int PopOldest(PageFrames frames)
    {
        int frame = _tail;
        if (frame == PageFrames.None) return PageFrames.None;
        Count--;
        if (Count == 0)
        {
            _head = _tail = PageFrames.None;
        }
        else
        {
            _tail = frames[frame].Previous;
            frames[_tail].Next = PageFrames.None;
        }

        return frame;
    }

    internal void Remove(PageFrames frames, int frame)
    {
        ref PageFrame entry = ref frames[frame];
        if (frame == _head)
        {
            Pop(frames);
            return;
        }

        // Not the head, so the link back is a real one.
        frames[entry.Previous].Next = entry.Next;
        if (entry.Next != PageFrames.None) frames[entry.Next].Previous = entry.Previous;
        else _tail = entry.Previous;
        Count--;
    }
}
