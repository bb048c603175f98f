using System.Collections.Immutable;

namespace LockContext.Analyzers.Rules;

/// <summary>The rules that judge what one place of the code says; those of the whole compilation (<see cref="LockOrderInversion"/>, <see cref="ModelFileProblems"/>, <see cref="InvalidOption"/>) stand alone.</summary>
internal static class AllRules
{
    public static ImmutableArray<IBodyRule> OfBodies { get; } = ImmutableArray.Create<IBodyRule>(
        new CallMaySleepInRawContext(),
        new SleepingLockInRawContext(),
        new AllocationInRawContext(),
        new CallMayBlockInReadSection(),
        new GracePeriodWaitForItself(),
        new ReclaimInNoReclaim(),
        new ReservesInNoReclaim(),
        new SuspensionWhileHeld(),
        new ManagedAllocationInNoReclaim(),
        new UnknownCall(),
        new CallMayBlockUnderConfigLimit(),
        new ForeignCodeUnderRawLock(),
        new ManagedAllocationInRawAtomic(),
        new LockStillHeldOnExit(),
        new ReleaseOfNotHeld(),
        new TakenAgainByHolder(),
        new LockStructCopy(),
        new RequiredLockNotHeld(),
        new DelegatePromisesLess(),
        new TooLargeToAnalyse(),
        new UndeclaredEffects(),
        new AllocationNotChecked(),
        new NoLocksForSeveralPages(),
        new ContradictoryFlags(),
        new RetryWithoutLeaving(),
        new StrongerFlagsPassedDown(),
        new NeedlessNoLocks(),
        new SpeculativeMaskIncomplete(),
        new DeferredFreeMayWait(),
        new ProtectedPointerOutlivesSection(),
        new WaitBeforeFreeCanBeDeferred(),
        new SpeculationNotValidated());

    public static ImmutableArray<IDeclarationRule> OfDeclarations { get; } = ImmutableArray.Create<IDeclarationRule>(
        new LockStructDeclaration(),
        new LockByShape(),
        new MalformedAnnotation(),
        new OverridePromisesLess());
}
