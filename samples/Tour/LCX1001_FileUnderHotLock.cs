using System.Collections.Generic;
using System.IO;
using System.Threading;
using LockContext;

namespace Tour;

/// <summary>No spin lock is needed: this is an ordinary lock, of which somebody has said that nothing may block while it is held. From then on it is checked.</summary>
class FileUnderHotLock
{
    [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hot = new();
    private readonly Dictionary<int, string> _names = [];

    string Wrong(int id)
    {
        lock (_hot)
        {
            if (!_names.TryGetValue(id, out string? name))
                _names[id] = name = Load(id); // LCX1001: can sleep while
            return name;
        }
    }

    string Right(int id)
    {
        lock (_hot)
        {
            if (_names.TryGetValue(id, out string? known))
                return known;
        }

        string name = Load(id);
        lock (_hot)
            _names.TryAdd(id, name);
        return name;
    }

    private static string Load(int id) => File.ReadAllText($"{id}.txt");
}
