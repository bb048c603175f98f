using System;
using LockContext.Benchmarks;

switch (args)
{
    case ["analyzer", .. var directories]:
        return AnalyzerCost.Run(directories);
    default:
        Console.Error.WriteLine("""
            Usage: dotnet run -c Release --project tests/LockContext.Benchmarks -- <what>
              analyzer [directory ...]   the share of compile time that the analysis takes, and what other ways of registering it would take
            """);
        return 2;
}
