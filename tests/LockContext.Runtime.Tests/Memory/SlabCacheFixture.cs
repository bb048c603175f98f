using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>A small page allocator without a thread of its own, caches over it, and a check at the end that every page has come back.</summary>
public abstract unsafe class SlabCacheFixture : IDisposable
{
    private readonly List<SlabCache> _caches = [];
    private readonly PageAllocator _pages;

    private protected SlabCacheFixture(PageAllocatorOptions? options = null)
        => _pages = new PageAllocator(options ?? Small);

    private protected static PageAllocatorOptions Small { get; } = new()
    {
        Pages = 2048,
        CpuLists = 1,
        CpuListBatch = 8,
        MinFreePages = 64,
        ReclaimPatience = 20,
        BackgroundReclaim = false,
    };

    private protected PageAllocator Pages => _pages;

    private protected SlabCache Cache(int size, int alignment = 0) => Keep(new SlabCache("test", size, alignment, _pages));

    private protected SlabCache Cache(SlabCacheOptions options) => Keep(new SlabCache(options with { Pages = _pages, Name = "test" }));

    private protected SlabCache Keep(SlabCache cache)
    {
        _caches.Add(cache);
        return cache;
    }

    private protected static nint[] Take(SlabCache cache, int count, GfpFlags flags = GfpFlags.Kernel)
    {
        var items = new nint[count];
        for (int i = 0; i < count; i++) items[i] = (nint)cache.Alloc(flags);
        return items;
    }

    private protected static void OnNewThread(Action body)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        })
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "the thread hangs");
        if (failure is not null) throw new InvalidOperationException("on the other thread", failure);
    }

    public void Dispose()
    {
        foreach (SlabCache cache in _caches) cache.Dispose();
        _pages.Drain();
        Assert.Equal(_pages.GetStatistics().PresentPages, _pages.GetStatistics().FreePages);
        _pages.Dispose();
        GC.SuppressFinalize(this);
    }
}
