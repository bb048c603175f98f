using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Benchmarks;

/// <summary>Programs of any size that look like programs: classes that call each other, with loops, collections, text and asynchronous methods.</summary>
internal static class GeneratedProgram
{
    /// <summary>Files of about a hundred lines. Every n-th method works under a spin lock, or none.</summary>
    /// <param name="contextEvery">0 for no contexts at all.</param>
    public static List<(string Path, SourceText Text)> Of(int files, int contextEvery = 0)
    {
        var result = new List<(string, SourceText)>();
        var method = 0;
        for (var file = 0; file < files; file++)
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $$"""
                using System;
                using System.Collections.Generic;
                using System.Linq;
                using System.Threading;
                using System.Threading.Tasks;

                namespace Generated.Part{{file % 40}};

                public class Service{{file}}
                {
                    private readonly Dictionary<string, int> _counts = new();
                    private readonly List<string> _names = new();
                    {{(contextEvery > 0 ? "private SpinLock _spin = new(enableThreadOwnerTracking: false);" : "")}}
                    private int _total;

                    public int Total => _total;

                """);
            for (var i = 0; i < 6; i++, method++)
            {
                var next = (file + 1 + i) % files;
                var inContext = contextEvery > 0 && method % contextEvery == 0;
                var (enter, leave) = inContext ? ("bool taken = false; try { _spin.Enter(ref taken);", "} finally { if (taken) _spin.Exit(); }") : ("", "");
                text.Append(CultureInfo.InvariantCulture, $$"""
                        public int Compute{{i}}(int value, string name)
                        {
                            var sum = 0;
                            {{enter}}
                            for (var k = 0; k < value; k++)
                            {
                                if (k % 3 == 0)
                                    sum += name.Length * k;
                                else if (_counts.TryGetValue(name, out var count))
                                    sum -= count;
                            }
                            {{leave}}
                            _counts[name] = sum;
                            _total += sum > 0 ? new Part{{next % 40}}.Service{{next}}().Measure(sum) : Measure(value);
                            return _names.Where(n => n.Length > value).Select(n => n.Length).DefaultIfEmpty(sum).Max();
                        }

                    """);
            }

            text.Append(CultureInfo.InvariantCulture, $$"""
                    public int Measure(int value) => value switch { 0 => 1, < 0 => -value, > 1000 => value / 2, _ => value };

                    public async Task<string> DescribeAsync(string name)
                    {
                        await Task.Delay(1);
                        foreach (var other in _names)
                        {
                            if (string.Equals(other, name, StringComparison.Ordinal))
                                return $"{name}: {_total}";
                        }

                        _names.Add(name);
                        return string.Join(", ", _names);
                    }

                    public override string ToString() => nameof(Service{{file}}) + _total;
                }

                """);
            result.Add(($"Service{file}.cs", SourceText.From(text.ToString())));
        }

        return result;
    }

    /// <summary>Chains of calls a thousand deep under a spin lock, trees of calls, and a ring in which everything reaches everything.</summary>
    public static List<(string Path, SourceText Text)> DeepCalls()
    {
        var text = new StringBuilder("using System.Threading;\nclass Deep\n{\n    private SpinLock _lock = new(false);\n    private int _n;\n");
        const int depth = 1000;
        for (var chain = 0; chain < 10; chain++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    void Start{chain}() {{ bool t = false; _lock.Enter(ref t); Chain{chain}_0(); _lock.Exit(); }}\n");
            for (var i = 0; i < depth; i++)
                text.Append(CultureInfo.InvariantCulture, $"    void Chain{chain}_{i}() {{ if (_n > {i}) Chain{chain}_{i + 1}(); else _n++; }}\n");
            text.Append(CultureInfo.InvariantCulture, $"    void Chain{chain}_{depth}() => _n--;\n");
        }

        text.Append("    void StartTree() { bool t = false; _lock.Enter(ref t); Tree_1(); _lock.Exit(); }\n");
        for (var i = 1; i < 2048; i++)
        {
            var body = i < 1024 ? $"{{ Tree_{2 * i}(); Tree_{(2 * i) + 1}(); }}" : $"=> _n += {i};";
            text.Append(CultureInfo.InvariantCulture, $"    void Tree_{i}() {body}\n");
        }

        text.Append("    void StartRing() { bool t = false; _lock.Enter(ref t); Ring_0(3); _lock.Exit(); }\n");
        for (var i = 0; i < 300; i++)
            text.Append(CultureInfo.InvariantCulture, $"    void Ring_{i}(int k) {{ if (k > 0) {{ Ring_{(i + 1) % 300}(k - 1); Ring_{i * 7 % 300}(k - 1); }} }}\n");
        text.Append("}\n");
        return [("Deep.cs", SourceText.From(text.ToString()))];
    }
}
