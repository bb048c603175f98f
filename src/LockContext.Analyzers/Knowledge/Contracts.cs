using LockContext.Analyzers.Model;

namespace LockContext.Analyzers.Knowledge;

/// <summary>Contracts compared with each other.</summary>
internal static class Contracts
{
    /// <summary>What somebody who relies on the contract may be limited to; <see cref="WaitClass.None"/> if it promises nothing about waiting.</summary>
    public static WaitClass Limit(MethodFacts promised) => promised.RawAtomic ? WaitTable.RawAtomic : promised.ContextLimit;

    /// <summary>What a caller has to allow, by the contract alone.</summary>
    public static WaitClass Needs(MethodFacts own) =>
        own.Sleepable || own.WaitsForGracePeriod ? WaitClass.Sleep : own.RawAtomic ? WaitClass.Free : own.ContextLimit;

    public static string Display(MethodFacts facts) =>
        facts.WaitsForGracePeriod ? "[WaitsForGracePeriod]"
        : facts.Sleepable ? "[Sleepable]"
        : facts.RawAtomic ? "[RawAtomic]"
        : facts.ContextLimit != WaitClass.None ? $"[ContextLimit({facts.ContextLimit})]"
        : facts.NoReclaim ? "[NoReclaim]"
        : "no contract";
}
