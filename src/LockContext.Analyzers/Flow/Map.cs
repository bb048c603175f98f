using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// An immutable map for a handful of entries: an array, copied when it changes, and searched from the front. That is what nearly all states of the simulation have, and there it costs a
/// fraction of a balanced tree in time and memory. A map that outgrows it becomes one.
/// </summary>
internal sealed class Map<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    private const int MostEntries = 24;

    private readonly IEqualityComparer<TKey> _comparer;
    private readonly Entry[] _entries;
    private readonly ImmutableDictionary<TKey, TValue>? _tree;
    private readonly Map<TKey, TValue> _empty;

    public Map(IEqualityComparer<TKey> comparer)
    {
        _comparer = comparer;
        _entries = Array.Empty<Entry>();
        _empty = this;
    }

    private Map(Map<TKey, TValue> empty, Entry[] entries)
    {
        _comparer = empty._comparer;
        _entries = entries;
        _empty = empty;
    }

    private Map(Map<TKey, TValue> empty, ImmutableDictionary<TKey, TValue> tree)
    {
        _comparer = empty._comparer;
        _entries = empty._entries;
        _tree = tree;
        _empty = empty;
    }

    private struct Entry
    {
        public int Hash;
        public TKey Key;
        public TValue Value;
    }

    public int Count => _tree is null ? _entries.Length : _tree.Count;

    public bool IsEmpty => Count == 0;

    /// <summary>Its entries are in the order in which they were added; those of a tree are in none.</summary>
    public bool IsSmall => _tree is null;

    public IEnumerable<TKey> Keys
    {
        get
        {
            foreach (var pair in this)
                yield return pair.Key;
        }
    }

    public bool TryGetValue(TKey key, out TValue value)
    {
        if (_tree is not null)
            return _tree.TryGetValue(key, out value!);
        var index = IndexOf(key);
        value = index < 0 ? default! : _entries[index].Value;
        return index >= 0;
    }

    public bool ContainsKey(TKey key) => _tree?.ContainsKey(key) ?? IndexOf(key) >= 0;

    /// <returns>The map itself if it has that already.</returns>
    public Map<TKey, TValue> SetItem(TKey key, TValue value)
    {
        if (_tree is not null)
            return _tree.SetItem(key, value) is var changed && ReferenceEquals(changed, _tree) ? this : new Map<TKey, TValue>(_empty, changed);
        var index = IndexOf(key);
        if (index < 0)
            return Append(key, value);
        if (EqualityComparer<TValue>.Default.Equals(_entries[index].Value, value))
            return this;
        var entries = (Entry[])_entries.Clone();
        entries[index].Value = value;
        return new Map<TKey, TValue>(_empty, entries);
    }

    public Map<TKey, TValue> Add(TKey key, TValue value) => SetItem(key, value);

    public Map<TKey, TValue> Remove(TKey key)
    {
        if (_tree is not null)
            return Small(_tree.Remove(key));
        var index = IndexOf(key);
        if (index < 0)
            return this;
        if (_entries.Length == 1)
            return _empty;
        var entries = new Entry[_entries.Length - 1];
        Array.Copy(_entries, entries, index);
        Array.Copy(_entries, index + 1, entries, index, entries.Length - index);
        return new Map<TKey, TValue>(_empty, entries);
    }

    /// <summary>Removes the entries that a condition holds for, which is asked once for each.</summary>
    public Map<TKey, TValue> RemoveWhere<TArgument>(Func<TKey, TValue, TArgument, bool> condition, TArgument argument)
    {
        if (_tree is not null)
        {
            var smaller = _tree;
            foreach (var pair in _tree)
            {
                if (condition(pair.Key, pair.Value, argument))
                    smaller = smaller.Remove(pair.Key);
            }

            return Small(smaller);
        }

        Entry[]? kept = null;
        var count = 0;
        for (var i = 0; i < _entries.Length; i++)
        {
            if (condition(_entries[i].Key, _entries[i].Value, argument))
            {
                if (kept is null)
                {
                    kept = new Entry[_entries.Length - 1];
                    Array.Copy(_entries, kept, i);
                    count = i;
                }
            }
            else if (kept is not null)
            {
                kept[count++] = _entries[i];
            }
        }

        if (kept is null)
            return this;
        if (count == 0)
            return _empty;
        if (count < kept.Length)
            Array.Resize(ref kept, count);
        return new Map<TKey, TValue>(_empty, kept);
    }

    public Enumerator GetEnumerator() => new(this);

    IEnumerator<KeyValuePair<TKey, TValue>> IEnumerable<KeyValuePair<TKey, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(TKey key)
    {
        var entries = _entries;
        if (entries.Length == 0)
            return -1;
        var hash = _comparer.GetHashCode(key);
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Hash == hash && _comparer.Equals(entries[i].Key, key))
                return i;
        }

        return -1;
    }

    private Map<TKey, TValue> Append(TKey key, TValue value)
    {
        if (_entries.Length == MostEntries)
        {
            var tree = ImmutableDictionary.CreateBuilder<TKey, TValue>(_comparer);
            foreach (var pair in this)
                tree.Add(pair.Key, pair.Value);
            tree.Add(key, value);
            return new Map<TKey, TValue>(_empty, tree.ToImmutable());
        }

        var entries = new Entry[_entries.Length + 1];
        Array.Copy(_entries, entries, _entries.Length);
        entries[_entries.Length] = new Entry { Hash = _comparer.GetHashCode(key), Key = key, Value = value };
        return new Map<TKey, TValue>(_empty, entries);
    }

    /// <summary>A tree that has shrunk, as an array again; not before half of what an array holds, so that nothing goes to and fro.</summary>
    private Map<TKey, TValue> Small(ImmutableDictionary<TKey, TValue> tree)
    {
        if (ReferenceEquals(tree, _tree))
            return this;
        if (tree.Count > MostEntries / 2)
            return new Map<TKey, TValue>(_empty, tree);
        if (tree.IsEmpty)
            return _empty;
        var entries = new Entry[tree.Count];
        var next = 0;
        foreach (var pair in tree)
            entries[next++] = new Entry { Hash = _comparer.GetHashCode(pair.Key), Key = pair.Key, Value = pair.Value };
        return new Map<TKey, TValue>(_empty, entries);
    }

    public struct Enumerator : IEnumerator<KeyValuePair<TKey, TValue>>
    {
        private readonly Entry[] _entries;
        private readonly bool _isTree;
        private ImmutableDictionary<TKey, TValue>.Enumerator _tree;
        private int _index;

        public Enumerator(Map<TKey, TValue> map)
        {
            _entries = map._entries;
            _index = -1;
            _isTree = map._tree is not null;
            _tree = map._tree is null ? default : map._tree.GetEnumerator();
        }

        public readonly KeyValuePair<TKey, TValue> Current => _isTree ? _tree.Current : new(_entries[_index].Key, _entries[_index].Value);

        readonly object IEnumerator.Current => Current;

        public bool MoveNext() => _isTree ? _tree.MoveNext() : ++_index < _entries.Length;

        public void Reset() => throw new NotSupportedException();

        public void Dispose()
        {
            if (_isTree)
                _tree.Dispose();
        }
    }
}
