using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace LockContext.Benchmarks.Runtime;

/// <summary>liburcu in a child process: <c>Native/rcu.c</c>, compiled here if there is a compiler and the library's development package. Measures itself, so that nothing but itself is measured.</summary>
internal sealed class Liburcu
{
    private static readonly (string Name, string Define, string Library)[] s_flavors = [("liburcu memb", "RCU_MEMBARRIER", "urcu-memb"), ("liburcu qsbr", "RCU_QSBR", "urcu-qsbr")];

    private readonly Process _child;

    private Liburcu(string name, Process child)
    {
        Name = name;
        _child = child;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _child.StandardInput.Close();
    }

    /// <summary>The flavors that can be had on this machine.</summary>
    public static IReadOnlyList<Liburcu> All { get; } = OperatingSystem.IsLinux() ? [.. s_flavors.Select(f => TryStart(f.Name, f.Define, f.Library)).OfType<Liburcu>()] : [];

    public string Name { get; }

    /// <returns>Nanoseconds per operation.</returns>
    public double Measure(string command)
    {
        _child.StandardInput.WriteLine(command);
        _child.StandardInput.Flush();
        return double.Parse(_child.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    private static Liburcu? TryStart(string name, string define, string library)
    {
        string program = Path.Combine(Directory.CreateTempSubdirectory("lockcontext-urcu").FullName, library);
        string source = Path.Combine(AppContext.BaseDirectory, "Native", "rcu.c");
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-O2", $"-D{define}", source, "-o", program, $"-l{library}", "-lpthread"]) { RedirectStandardError = true })!;
            compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) return null;
            return new Liburcu(name, Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No compiler: the rows do without.
            return null;
        }
    }
}
