using System;
using System.Collections.Generic;
using System.Text;

namespace LockContext.Analyzers.Tests.Sources;

/// <summary>
/// A program that makes no sense and has everything that summaries are made of: members that call each other in any direction and take, try, release and hand on locks, under switches, by
/// flags, through delegates, interfaces, overrides and guards. What an analysis makes of it must not depend on where it begins.
/// </summary>
internal sealed class RandomProgram
{
    private readonly Random _random;
    private readonly int _files;
    private readonly int _members;
    private int _current;

    private RandomProgram(int seed, int files, int members)
    {
        _random = new Random(seed);
        _files = files;
        _members = members;
    }

    /// <summary>The files of the program; with <see cref="RuntimeSource"/> they compile.</summary>
    public static IEnumerable<(string Path, string Text)> Files(int seed, int files = 3, int members = 5)
    {
        var program = new RandomProgram(seed, files, members);
        yield return ("/Runtime/Locks.cs", RuntimeSource.Locks);
        yield return ("/Runtime/Memory.cs", RuntimeSource.Memory);
        for (int i = 0; i < files; i++)
            yield return ($"/Web{i}.cs", program.File(i));
    }

    private string File(int i)
    {
        var text = new StringBuilder($$"""
            using LockContext.Runtime;

            internal interface IPart{{i}} { bool Go(bool a, GfpFlags f, Action? d); }

            internal abstract class Base{{i}} { public abstract bool Do(bool a, GfpFlags f, Action? d); public virtual bool May(bool a, GfpFlags f, Action? d) => a; }

            internal unsafe partial class Web
            {
                private SpinLock _l{{i}} = new(false);
                private RawSpinLock _r{{i}};
                private readonly SleepingLock _s{{i}} = new();
                private readonly object _g{{i}} = new();
                private bool _b{{i}};
                private int _w{{i}}, _n{{i}};
                private IPart{{i}} _part{{i}} = null!;
                private Base{{i}} _base{{i}} = null!;

                private void Take{{i}}(bool a) { bool t = false; if (a) _l{{i}}.Enter(ref t); else _r{{i}}.Enter(); }
                private void Give{{i}}(bool a) { if (a) _l{{i}}.Exit(); else _r{{i}}.Exit(); }
                private bool Try{{i}}() { bool t = false; _l{{i}}.TryEnter(ref t); return t; }
                private Guard{{i}} Open{{i}}() => new(this);
                private void Under{{i}}(Action d) { _r{{i}}.Enter(); try { d(); } finally { _r{{i}}.Exit(); } }
                private void Spin{{i}}() { while (Interlocked.CompareExchange(ref _w{{i}}, 1, 0) != 0) Thread.SpinWait(1); }
                private void Unspin{{i}}() => Volatile.Write(ref _w{{i}}, 0);

                private readonly ref struct Guard{{i}}
                {
                    private readonly Web _web;
                    public Guard{{i}}(Web web) { _web = web; _web._r{{i}}.Enter(); }
                    public void Dispose() => _web._r{{i}}.Exit();
                }


            """);
        for (int j = 0; j < _members; j++)
        {
            text.Append($"    {(_random.Next(12) == 0 ? "[RawAtomic] " : _random.Next(12) == 0 ? "[NoReclaim] " : "")}internal bool M{i}_{j}(bool a, GfpFlags f, Action? d)\n    {{\n");
            _current = (i * _members) + j;
            Statements(text, 2, 1 + _random.Next(4), 0);
            text.Append($"        return {Condition()};\n    }}\n\n");
        }

        text.Append("}\n\n");
        for (int k = 0; k < 3; k++)
        {
            text.Append($"internal unsafe sealed class Part{i}_{k} : Base{_random.Next(_files)}, IPart{i}\n{{\n    private readonly Web _web = new();\n");
            text.Append($"    public bool Go(bool a, GfpFlags f, Action? d) => _web.{Call()};\n");
            text.Append($"    public override bool Do(bool a, GfpFlags f, Action? d) => _web.{Call()};\n");
            if (_random.Next(2) == 0)
                text.Append($"    public override bool May(bool a, GfpFlags f, Action? d) {{ if (a) Thread.Sleep(1); return _web.{Call()}; }}\n");
            text.Append("}\n\n");
        }

        return text.ToString();
    }

    private void Statements(StringBuilder text, int indent, int count, int depth)
    {
        for (int i = 0; i < count; i++)
            Statement(text, indent, depth);
    }

    private void Statement(StringBuilder text, int indent, int depth)
    {
        string margin = new(' ', indent * 4);
        int n = _random.Next(_files);
        switch (_random.Next(depth < 3 ? 22 : 10))
        {
            case 0 or 1 or 2:
                text.Append($"{margin}_ = {Call()};\n");
                break;
            case 3:
                text.Append(margin).Append(_random.Next(7) switch
                {
                    0 => "Thread.Sleep(1);",
                    1 => $"lock (_g{n}) {{ }}",
                    2 => "Rcu.Synchronize();",
                    3 => $"_ = PageAllocator.Shared.AllocPages({Flags()}, 0);",
                    4 => "_ = new object();",
                    5 => $"_s{n}.Enter(); _s{n}.Exit();",
                    _ => "d?.Invoke();",
                }).Append('\n');
                break;
            case 4:
                text.Append($"{margin}if ({Condition()}) return {Condition()};\n");
                break;
            case 5:
                text.Append($"{margin}_b{n} = {Condition()};\n");
                break;
            case 6:
                text.Append($"{margin}_ = _part{n}.Go({Condition()}, {Flags()}, d);\n");
                break;
            case 7:
                text.Append($"{margin}_ = _base{n}.{(_random.Next(2) == 0 ? "Do" : "May")}({Condition()}, {Flags()}, d);\n");
                break;
            case 8:
                text.Append($"{margin}if ({Condition()}) throw new InvalidOperationException();\n");
                break;
            case 9:
                text.Append(margin).Append(_random.Next(6) switch { 0 => $"Take{n}({Condition()});", 1 => $"Give{n}({Condition()});", 2 => $"Spin{n}();", 3 => $"Unspin{n}();", 4 => $"_r{n}.Enter();", _ => $"_r{n}.Exit();" }).Append('\n');
                break;
            case 10 or 11:
                Block($"if ({Condition()})");
                if (_random.Next(2) == 0)
                    Block("else");
                break;
            case 12:
                Block($"while ({Condition()})");
                break;
            case 13:
                text.Append($"{margin}_r{n}.Enter();\n");
                Block("try");
                text.Append($"{margin}finally {{ _r{n}.Exit(); }}\n");
                break;
            case 14:
                bool same = _random.Next(3) == 0;
                string a = Condition();
                text.Append($"{margin}Take{n}({a});\n");
                Statements(text, indent, 1 + _random.Next(2), depth + 1);
                text.Append($"{margin}Give{n}({(same ? a : Condition())});\n");
                break;
            case 15:
                Block($"if (Try{n}())", $"_l{n}.Exit();");
                break;
            case 16:
                Block($"using (Open{n}())");
                break;
            case 17:
                Block($"Under{n}(() =>", after: ");", isLambda: true);
                break;
            case 18:
                Block("using (Rcu.Read())");
                break;
            case 19:
                text.Append($"{margin}Spin{n}();\n");
                Statements(text, indent, 1 + _random.Next(2), depth + 1);
                text.Append($"{margin}Unspin{n}();\n");
                break;
            case 20:
                Block($"_ = {Member()}({Condition()}, {Flags()}, () =>", after: ");", isLambda: true);
                break;
            default:
                Block("using (GfpScope.NoReclaim())");
                break;
        }

        void Block(string head, string? last = null, string after = "", bool isLambda = false)
        {
            text.Append($"{margin}{head}\n{margin}{{\n");
            if (isLambda)
                text.Append($"{margin}    _ = {Call()};\n{margin}    {(_random.Next(3) == 0 ? "Thread.Sleep(1);" : $"_n{n}++;")}\n");
            else
                Statements(text, indent + 1, 1 + _random.Next(3), depth + 1);
            if (last is not null)
                text.Append($"{margin}    {last}\n");
            text.Append($"{margin}}}{after}\n");
        }
    }

    // Mostly members that come later, so that there are groups of any size and not one of all.
    private string Call() => $"{Member()}({Constant()}, {Flags()}, {(_random.Next(3) == 0 ? "null" : "d")})";

    private string Member()
    {
        int target = _random.Next(8) == 0 ? _random.Next(_files * _members) : Math.Min((_files * _members) - 1, _current + _random.Next(1, 8));
        return $"M{target / _members}_{target % _members}";
    }

    private string Constant() => _random.Next(5) switch { 0 => "true", 1 => "false", 2 => "!a", _ => "a" };

    private string Condition() => _random.Next(6) switch { 0 => "a", 1 => "!a", 2 => "f.HasFlag(GfpFlags.DirectReclaim)", 3 => "true", _ => $"_b{_random.Next(2)}" };

    private string Flags() => _random.Next(7) switch { 0 => "GfpFlags.Kernel", 1 => "GfpFlags.NoWait", 2 => "GfpFlags.Atomic", 3 => "f & ~GfpFlags.DirectReclaim", 4 => "f | GfpFlags.NoWarn", 5 => "GfpFlags.NoLocks", _ => "f" };
}
