using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// The walk over one body: a property simulation over Roslyn's control-flow graph. This part moves states along edges; the others evaluate operations and calls.
/// </summary>
/// <remarks>
/// <para>Roslyn's graph has no implicit exceptional edges. The ones that exist here: from <em>before</em> every operation that can throw (calls, and whatever hides one) inside a <c>try</c>, and
/// from every explicit throw, to each handler of the enclosing regions, innermost first, until one surely catches; on its way out the state passes through each <c>finally</c>. A failed acquire
/// holds nothing and a release does not throw. Filters run before the inner <c>finally</c> blocks, so they see the state at the throw.</para>
/// <para>A <c>finally</c> region is walked once for each thing that is to happen afterwards: the node of the walk is a block together with a <see cref="Continuation"/>.</para>
/// </remarks>
internal sealed partial class Walk
{
    private const int VisitsPerBlock = 200;
    private const int StatesPerBlock = 48;
    private const int FramesPerStatement = 200;
    private const int MaxWork = 400_000;
    private const int MaxHeld = 40;
    private const int MaxEffects = 200;
    private const int MaxRounds = 4;
    private const string TooManyHeld = "more locks are held at once than it follows";
    private const string TooManyWays = "its branches and locks combine in too many ways";

    private readonly KnowledgeBase _knowledge;
    private readonly Body _body;
    private readonly IMethodSymbol _method;
    private readonly MethodFacts _facts;
    private readonly ISummaries _summaries;
    private readonly Bodies _bodies;
    private readonly bool _wantsEffects;
    private readonly TypeArguments _types;
    private Findings? _findings;
    private readonly CancellationToken _cancellation;

    private readonly Dictionary<long, Node> _nodes = new();
    private readonly SortedSet<long> _queue = new();
    private readonly Dictionary<Continuation, int> _continuationIds = new();
    private readonly List<Continuation> _continuations = new() { Continuation.None };
    private (ControlFlowRegion? Region, Continuation? Then, State? State) _lastRaised;

    private readonly Dictionary<Effect, List<EffectSite>> _effects = new();
    private readonly List<Outcome> _outcomes = new();
    private ImmutableArray<ContextEntry> _ambientContexts = ImmutableArray<ContextEntry>.Empty;
    private (State? State, ImmutableArray<Guard> Guards) _guardsOf;
    private bool _inDoomedBlock;
    private int _visits;
    private int _rounds;
    private bool? _followsWays;
    private int _loopReleasesKnown;

    /// <param name="wantsEffects">Whether effects are asked for everywhere, or only where something restricts the code.</param>
    /// <param name="wantsManaged">Whether managed allocations are asked for as well.</param>
    /// <param name="findings">Where to record what is seen, in the last walk over a member.</param>
    /// <param name="types">What the type parameters of the member are known to be.</param>
    public Walk(Body body, KnowledgeBase knowledge, Bodies bodies, ISummaries summaries, bool wantsEffects, Findings? findings, CancellationToken cancellation, bool wantsManaged = false, TypeArguments? types = null)
    {
        _types = types ?? TypeArguments.None;
        _wantsManaged = wantsManaged;
        _body = body;
        _method = body.Method;
        _knowledge = knowledge;
        _bodies = bodies;
        _facts = knowledge.FactsOf(body.Method);
        _summaries = summaries;
        _wantsEffects = wantsEffects;
        _findings = findings;
        _cancellation = cancellation;
    }

    /// <summary>Effects have been left out of the summary, for there were too many.</summary>
    private bool _isPartial;

    /// <summary>What has been seen.</summary>
    public Findings? Findings => _findings;

    /// <summary>Why the walk stopped early, or <see langword="null"/>.</summary>
    public string? GivenUp { get; private set; }

    /// <summary>What the walk has cost so far: the states visited and the effects of callees applied.</summary>
    public int Work { get; private set; }

    /// <summary>Walks the body to its fixpoint.</summary>
    public Summary Run()
    {
        foreach (var initialiser in _body.Initialisers)
        {
            var walk = new Walk(initialiser, _knowledge, _bodies, _summaries, _wantsEffects, findings: null, _cancellation, _wantsManaged, _types);
            var summary = walk.Run();
            _isPartial |= summary.IsPartial || walk.GivenUp is not null;
            foreach (var pair in summary.Effects)
            {
                foreach (var site in pair.Value)
                    AddEffect(pair.Key, site);
            }
        }

        CallImplicitBase();
        _ambientContexts = AmbientContexts();
        _managedUnderLocks = _findings is not null && _knowledge.Options.Get(Options.ManagedAllocation, _body.Graph.OriginalOperation.Syntax.SyntaxTree) == ManagedAllocations.RawLocks;
        Enqueue(0, Continuation.None, InitialState());
        while (_queue.Count > 0 && GivenUp is null)
        {
            _cancellation.ThrowIfCancellationRequested();
            var key = _queue.Min;
            _queue.Remove(key);
            var (block, then) = ((int)(key >> 32), (int)key);
            var (first, others) = _nodes[key].TakeDirty();
            for (var i = -1; i < (others?.Count ?? 0); i++)
            {
                var state = i < 0 ? first : others![i];
                Work++;
                if (++_visits > VisitsPerBlock * (_body.Graph.Blocks.Length + 20) || Work > MaxWork)
                {
                    GivenUp = TooManyWays;
                    break;
                }

                Visit(_body.Graph.Blocks[block], _continuations[then], state);
            }
        }

        if (_loopReleases.Count > _loopReleasesKnown && _rounds < MaxRounds)
            return Again();
        if (_findings is not null)
            _findings.GivenUp = GivenUp;
        if (GivenUp is not null)
            return Summary.Unknown;
        var effects = _effects.Count == 0 ? Summary.NoEffects
            : _effects.Where(p => !MayPass(p.Key, p.Value)).ToDictionary(p => p.Key, p => p.Value.Count == 1 ? ImmutableArray.Create(p.Value[0]) : p.Value.OrderBy(s => s.At, LocationOrder.Instance).ToImmutableArray());
        var told = _body.IsIterator ? Summary.OfIterator(effects) : new Summary(effects, Told(_outcomes));
        return _isPartial && _wantsEffects ? told.AsPartial() : told;
    }

    /// <summary>Walks the body anew, knowing which loops release what.</summary>
    private Summary Again()
    {
        var again = new Walk(_body, _knowledge, _bodies, _summaries, _wantsEffects, _findings?.Anew(), _cancellation, _wantsManaged, _types)
        {
            _given = _given,
            _helperDepth = _helperDepth,
            _loopReleases = _loopReleases,
            _loopReleasesKnown = _loopReleases.Count,
            _rounds = _rounds + 1,
        };
        var summary = again.Run();
        _findings = again._findings;
        GivenUp = again.GivenUp;
        Work += again.Work;
        return summary;
    }

    /// <summary>A constructor that names no other first runs the parameterless one of its base.</summary>
    private void CallImplicitBase()
    {
        if (!_wantsEffects || _method.MethodKind != MethodKind.Constructor || _body.Graph.OriginalOperation is IConstructorBodyOperation { Initializer: not null }
            || Bodies.BaseConstructor(_method) is not { } inherited)
        {
            return;
        }

        var types = TypesOf(inherited);
        foreach (var effect in _summaries.Of(inherited, types, withEffects: true, _wantsManaged).Effects.Keys.Where(e => e.Guards.IsEmpty && e.Kind != EffectKind.RunsDelegate))
            AddEffect(effect, new EffectSite(_method.Locations.FirstOrDefault() ?? Location.None, CalleeName(inherited), inherited, effect) { Types = types });
    }

    private State InitialState()
    {
        var state = State.Initial;
        if (_method.MethodKind == MethodKind.Constructor)
            state = state.WithVariable(State.OwnObject, Value.Constant(1));
        foreach (var variable in _body.Assigned.Where(IsCaptured))
            state = state.WithVariable(variable, OnEntry(variable));
        for (var i = 0; i < _given.Length && i < _method.Parameters.Length; i++)
            state = state.WithVariable(_method.Parameters[i], _given[i]);
        foreach (var parameter in _method.Parameters.Where(IsChangedFlags).Skip(_given.Length))
            state = state.WithVariable(parameter, new Value(Term.Parameter(parameter), BitValue.OfParameter(parameter)));
        foreach (var operation in _facts.Locks)
        {
            if (operation.Kind != LockOperationKind.Require || TargetInBody(operation) is not { } target)
                continue;
            state = state.WithHeld(state.Held.Add(new HeldLock(target.Term, target.Traits, null, target.TypeName, ambient: true)));
        }

        return EnterSynchronized(state);
    }

    private void Visit(BasicBlock block, Continuation then, State state)
    {
        _block = block.Ordinal;
        _inDoomedBlock = _body.Doomed[block.Ordinal];
        NoteWaitsBeforeFrees(block);
        var frames = new List<Frame> { new(state) };
        foreach (var code in _body.CodeOf(block))
        {
            frames = Begin(code);
            if (frames.Count == 0)
                return;
        }

        if (_body.BranchOf(block) is { } branch)
            frames = Begin(branch);
        foreach (var frame in frames)
            Leave(block, then, frame);

        List<Frame> Begin(Code code)
        {
            foreach (var frame in frames)
                frame.State = AfterLeaving(frame.State, LeaveLockStatements(frame.State, code.Root.Syntax));
            return Execute(code, frames, block, then);
        }
    }

    private void Leave(BasicBlock block, Continuation then, Frame frame)
    {
        var condition = block.BranchValue is { } value && block.ConditionKind != ControlFlowConditionKind.None ? frame[value] : null;
        if (condition is not null && block.ConditionalSuccessor is { } conditional)
        {
            if (condition.Unchecked is { } result)
                frame.State = frame.State.WithChecked(result);
            var takenWhen = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
            if (Assume(frame.State, condition, takenWhen) is { } taken)
                Follow(block, conditional, then, NoteFailures(AfterValidation(taken, condition, takenWhen)), null);
            if (block.FallThroughSuccessor is { } next && Assume(frame.State, condition, !takenWhen) is { } notTaken)
                Follow(block, next, then, NoteFailures(AfterValidation(notTaken, condition, !takenWhen)), null);
            return;
        }

        if (block.FallThroughSuccessor is { } successor)
            Follow(block, successor, then, frame.State, block.BranchValue is null ? null : frame[block.BranchValue]);
    }

    private void Follow(BasicBlock from, ControlFlowBranch branch, Continuation then, State state, Value? value)
    {
        if (_loopReleases.Count > 0)
            state = LeaveLoops(state, from.Ordinal, branch.Destination);
        switch (branch.Semantics)
        {
            case ControlFlowBranchSemantics.Throw or ControlFlowBranchSemantics.Rethrow:
                // The compiler's own throw (a switch expression that matches nothing) is not an explicit way out.
                Raise(from.EnclosingRegion, then, state, IsCompilersThrow(from.BranchValue) ? null : LocationOf(from), Thrown.By(from));
                return;
            case ControlFlowBranchSemantics.StructuredExceptionHandling:
                // The end of a finally region, or of a filter that said no (whose only purpose was what it did on the way).
                if (then.Kind != ContinuationKind.FilterProbe)
                    Continue(then, state);
                return;
            case ControlFlowBranchSemantics.ProgramTermination or ControlFlowBranchSemantics.Error or ControlFlowBranchSemantics.None:
                return;
        }

        if (branch.Destination is not { } destination)
            return;
        if (then.Kind == ContinuationKind.FilterProbe && !IsInside(destination, then.Region!))
            return;
        if (branch.Semantics == ControlFlowBranchSemantics.Return && value is not null)
            state = state.WithVariable(ReturnSlot, value);
        if (destination.Ordinal <= from.Ordinal)
            state = state.ForgetSharedMemory();
        var finallys = branch.FinallyRegions.IsEmpty ? ImmutableArray<int>.Empty : branch.FinallyRegions.Select(r => r.FirstBlockOrdinal).ToImmutableArray();

        // Only findings ask where a member was left; but two ways through a finally block that leave it at different places are two.
        var at = destination.Kind == BasicBlockKind.Exit && (_findings is not null || !finallys.IsEmpty) ? LocationOf(from) : null;
        if (finallys.IsEmpty)
            Arrive(destination.Ordinal, then, state, at);
        else
            Enqueue(finallys[0], new Continuation(ContinuationKind.Branch, destination.Ordinal, finallys.RemoveAt(0), null, at, then), state);
    }

    private void Arrive(int block, Continuation then, State state, Location? at)
    {
        if (_body.Graph.Blocks[block].Kind == BasicBlockKind.Exit)
            Exit(state, at, throws: false);
        else
            Enqueue(block, then, JoinRounds(state, block));
    }

    private void Continue(Continuation then, State state)
    {
        switch (then.Kind)
        {
            case ContinuationKind.Branch when then.Pending.IsEmpty:
                Arrive(then.Destination, then.Outer!, state, then.At);
                break;
            case ContinuationKind.Branch:
                Enqueue(then.Pending[0], new Continuation(ContinuationKind.Branch, then.Destination, then.Pending.RemoveAt(0), null, then.At, then.Outer), state);
                break;
            case ContinuationKind.Propagate:
                Raise(then.Region!, then.Outer!, state, then.At, then.Thrown, unwinding: true);
                break;
        }
    }

    /// <summary>Where nothing is ever taken or released, nobody asks which way it was.</summary>
    private bool FollowsWays => _followsWays ??= !_knowledge.SpinWords.IsEmpty || _body.AllOperations().Any(o => o is IInvocationOperation { TargetMethod: var called }
        && (_knowledge.FactsOf(called).TakesOrReleases || _summaries.MayChangeLocks(KnowledgeBase.Canonical(called))));

    private void Enqueue(int block, Continuation then, State state)
    {
        var id = 0;
        if (!ReferenceEquals(then, Continuation.None) && !_continuationIds.TryGetValue(then, out id))
        {
            id = _continuations.Count;
            _continuationIds.Add(then, id);
            _continuations.Add(then);
        }

        var key = ((long)block << 32) | (uint)id;
        if (!_nodes.TryGetValue(key, out var node))
            _nodes.Add(key, node = new Node());
        switch (node.Add(state, this))
        {
            case null:
                GivenUp = TooManyWays;
                break;
            case true:
                _queue.Add(key);
                break;
        }
    }

    /// <summary>A block with what is to happen after it: the states that have come there, and those of them that have not been walked on from yet. Most blocks see one state only.</summary>
    private sealed class Node
    {
        private Few _states;
        private Few _dirty;

        /// <summary>Whether a state adds anything; <see langword="null"/> if there are too many.</summary>
        public bool? Add(State state, Walk walk)
        {
            var index = Find(_states, state, walk);
            if (index < 0)
            {
                if (_states.Count >= StatesPerBlock)
                    return null;
                _states.Add(state);
            }
            else
            {
                var merged = State.Merge(_states[index], state, walk.FollowsWays);
                if (ReferenceEquals(_states[index], merged))
                    return false;
                _states[index] = state = merged;
                if (Find(_dirty, state, walk) is >= 0 and var old)
                    _dirty.RemoveAt(old);
            }

            _dirty.Add(state);
            return true;
        }

        public (State First, List<State>? Others) TakeDirty()
        {
            var dirty = _dirty;
            _dirty = default;
            return (dirty[0], dirty.Others);
        }

        private static int Find(in Few states, State state, Walk walk)
        {
            for (var i = 0; i < states.Count; i++)
            {
                if (states[i].HasSameKey(state) && (states.Count >= MaxChoices || !walk.AreOtherChoices(states[i], state)))
                    return i;
            }

            return -1;
        }

        /// <summary>A list of states that has room for one without a list.</summary>
        private struct Few
        {
            private State? _first;

            public List<State>? Others { get; private set; }

            public readonly int Count => _first is null ? 0 : 1 + (Others?.Count ?? 0);

            public State this[int index]
            {
                readonly get => index == 0 ? _first! : Others![index - 1];
                set
                {
                    if (index == 0)
                        _first = value;
                    else
                        Others![index - 1] = value;
                }
            }

            public void Add(State state)
            {
                if (_first is null)
                    _first = state;
                else
                    (Others ??= new List<State>(1)).Add(state);
            }

            public void RemoveAt(int index)
            {
                if (index > 0)
                {
                    Others!.RemoveAt(index - 1);
                }
                else if (Others is { Count: > 0 } others)
                {
                    _first = others[0];
                    others.RemoveAt(0);
                }
                else
                {
                    _first = null;
                }
            }
        }
    }

    private void Exit(State state, Location? at, bool throws)
    {
        state = LeaveLockStatements(state, null);
        state.Variables.TryGetValue(ReturnSlot, out var returned);
        if (throws && _findings is null)
            return;
        var outs = Outs(state);
        _findings?.Exits.Add(new ExitFinding(at, state.Held, returned, outs, throws) { Guards = GuardsOf(state).RemoveAll(static g => g.Subject is not IParameterSymbol) });
        if (throws)
            return;
        if (!_knowledge.SpinWords.IsEmpty)
            _leftWith.Add(state);
        CheckProtectedExit(state, at, returned);
        CheckSpeculativeExit(state, at, returned);
        var outcome = new Outcome
        {
            Acquired = state.Held.IsEmpty ? state.Held : state.Held.Where(h => !h.Ambient && IsHandedOut(h, returned)).Select(Exported).ToImmutableArray(),
            Released = state.Released.IsEmpty ? state.Released : state.Released.Where(IsExportable).ToImmutableArray(),
            Unsure = UnsureIn(state),
            Return = returned is null ? null : Exported(WithReason(state, returned)),
            Outs = outs,
            Fields = FieldsOfThis(state),
            Captured = CapturedIn(state),
            Guards = GuardsOf(state).AddRange(NullGuardsOf(state)),
        };
        for (var i = 0; i < _outcomes.Count; i++)
        {
            if (!_outcomes[i].HasSameLocks(outcome))
                continue;
            if (!_outcomes[i].Equals(outcome))
                _outcomes[i] = Outcome.Merge(_outcomes[i], outcome);
            return;
        }

        _outcomes.Add(outcome);
    }

    private static bool IsInside(BasicBlock block, ControlFlowRegion region) => block.Ordinal >= region.FirstBlockOrdinal && block.Ordinal <= region.LastBlockOrdinal;

    /// <summary>Where a block leaves the member. A bare <c>return</c> leaves no trace in the graph, so it is looked for in the statement whose condition leads to it.</summary>
    private static Location? LocationOf(BasicBlock block)
    {
        var syntax = block.BranchValue?.Syntax ?? block.Operations.LastOrDefault()?.Syntax;
        if (block.ConditionKind != ControlFlowConditionKind.None && syntax?.FirstAncestorOrSelf<IfStatementSyntax>() is { } statement && statement.Condition.Span.Contains(syntax.Span)
            && statement.DescendantNodes(n => n is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax)).FirstOrDefault(n => n is ReturnStatementSyntax { Expression: null }) is { } bare)
        {
            return bare.GetLocation();
        }

        return syntax?.GetLocation();
    }
}
