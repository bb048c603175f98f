using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>This assembly as a program of its own, for what can only be seen from outside of a process: how it ends, and what environment variables do.</summary>
internal static class Child
{
    /// <summary>Runs a static method without parameters, named by the arguments, and returns what it returns.</summary>
    internal static int Main(string[] arguments)
        => (int)typeof(Child).Assembly.GetType(arguments[0], throwOnError: true)!.GetMethod(arguments[1], BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, null)!;

    /// <summary>Runs such a method in a child process.</summary>
    /// <returns>The exit code, and what it wrote.</returns>
    internal static (int ExitCode, string Output) Run(Func<int> method, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { typeof(Child).Assembly.Location, method.Method.DeclaringType!.FullName!, method.Method.Name },
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;

        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromMinutes(2) + TortureRuns.Duration(TimeSpan.Zero)))
        {
            child.Kill();
            Assert.Fail($"{method.Method.Name} hangs. {output.Result}{errors.Result}");
        }

        return (child.ExitCode, output.Result + errors.Result);
    }
}
