namespace LockContext.Runtime;

/// <summary>The slabs of a cache by how much of them is free. Guarded by the cache's lock.</summary>
/// <remarks>
/// Objects are taken from partly used slabs before empty ones, so that what is nearly empty has a chance to become so and go back to the page allocator. Slabs with nothing free are on no list: the free of
/// one of their objects finds them by the page map.
/// </remarks>
internal unsafe struct SlabLists
{
    internal const int None = 0;
    internal const int Partial = 1;
    internal const int Empty = 2;

    private Extent* _partial;
    private Extent* _empty;

    internal int Slabs { get; private set; }

    internal int EmptySlabs { get; private set; }

    /// <summary>Objects of all slabs together.</summary>
    internal long Objects { get; private set; }

    /// <summary>Of them, those in their slabs.</summary>
    internal long FreeObjects { get; private set; }

    internal long Pages { get; private set; }

    /// <summary>A slab with a free object, or <see langword="null"/>.</summary>
    internal readonly Extent* Best => _partial != null ? _partial : _empty;

    internal readonly Extent* AnEmptyOne => _empty;

    /// <summary>Adds a slab all of whose objects are free.</summary>
    internal void Add(Extent* slab)
    {
        Slabs++;
        Objects += slab->Count;
        FreeObjects += slab->Count;
        Pages += 1L << slab->Order;
        slab->List = None;
        Sort(slab);
    }

    /// <summary>Takes an empty slab out for good.</summary>
    internal void Remove(Extent* slab)
    {
        Unlink(slab);
        Slabs--;
        Objects -= slab->Count;
        FreeObjects -= slab->Count;
        Pages -= 1L << slab->Order;
    }

    /// <summary>Moves free objects into a magazine until it is full or the slab has no more.</summary>
    internal void Take(Extent* slab, Magazine* magazine)
    {
        int taken = 0;
        uint index = slab->Hint;
        FreeObject* entries = Magazine.Entries(magazine);
        int room = System.Math.Min(magazine->Capacity - magazine->Count, slab->Free);
        for (; taken < room; index++)
        {
            byte* state = Extent.State(slab, index);
            if ((*state & Extent.InSlab) == 0) continue;
            *state = (byte)(*state & ~Extent.InSlab);
            entries[magazine->Count + taken++] = new FreeObject { Entry = Magazine.Entry(slab, index), Item = Extent.Object(slab, index) };
        }

        // Highest first, so that the lowest address is handed out first: neighbours follow one another, and untouched pages stay so for longer.
        System.MemoryExtensions.Reverse(new System.Span<FreeObject>(entries + magazine->Count, taken));
        magazine->Count += taken;
        slab->Hint = (ushort)index;
        slab->Free -= taken;
        FreeObjects -= taken;
        Sort(slab);
    }

    /// <summary>Takes a single object.</summary>
    /// <returns>Its entry. Its state is that of one in a magazine.</returns>
    internal nuint TakeOne(Extent* slab)
    {
        uint index = slab->Hint;
        while ((*Extent.State(slab, index) & Extent.InSlab) == 0) index++;
        *Extent.State(slab, index) &= unchecked((byte)~Extent.InSlab);
        slab->Hint = (ushort)(index + 1);
        slab->Free--;
        FreeObjects--;
        Sort(slab);
        return Magazine.Entry(slab, index);
    }

    /// <summary>Puts an object back into its slab.</summary>
    /// <returns>Whether it was free and not in it already: a second copy of an object freed twice is refused.</returns>
    internal bool TryPut(nuint entry)
    {
        Extent* slab = Magazine.ExtentOf(entry);
        uint index = Magazine.IndexOf(entry);
        byte* state = Extent.State(slab, index);
        if ((*state & Extent.Whereabouts) != 0) return false;
        *state |= Extent.InSlab;
        if (index < slab->Hint) slab->Hint = (ushort)index;
        slab->Free++;
        FreeObjects++;
        Sort(slab);
        return true;
    }

    private void Sort(Extent* slab)
    {
        int list = slab->Free == 0 ? None : slab->Free == slab->Count ? Empty : Partial;
        if (list == slab->List) return;
        Unlink(slab);
        slab->List = list;
        if (list == None) return;

        ref Extent* head = ref _partial;
        if (list == Empty)
        {
            head = ref _empty;
            EmptySlabs++;
        }

        slab->Previous = null;
        slab->Next = head;
        if (head != null) head->Previous = slab;
        head = slab;
    }

    private void Unlink(Extent* slab)
    {
        if (slab->List == None) return;
        if (slab->List == Empty) EmptySlabs--;
        if (slab->Next != null) slab->Next->Previous = slab->Previous;
        if (slab->Previous != null) slab->Previous->Next = slab->Next;
        else if (slab->List == Partial) _partial = slab->Next;
        else _empty = slab->Next;
        slab->List = None;
    }
}
