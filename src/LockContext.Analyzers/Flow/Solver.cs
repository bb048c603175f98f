using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Computes summaries on demand. The members that a body asks for are visited depth first, and every group of members that call each other is brought to its least fixpoint once all that it
/// calls outside of itself is final.
/// </summary>
/// <remarks>
/// <para>The transfer functions are not monotone throughout (a way that is found dead later may have been alive before), so a fixpoint depends on the order of the steps that lead to it. That is why a
/// group always begins from <see cref="Summary.Bottom"/> and is gone through in an order of its own, whoever asked for one of its members first; and why which members form a group is found
/// by a walk over each that knows nothing of any other.</para>
/// <para>One solver belongs to one thread. Finished summaries are shared through a dictionary; two threads may compute the same one, and then get the same, but never wait for each other.</para>
/// </remarks>
internal sealed class Solver : ISummaries
{
    /// <summary>Changes of one summary after which it only grows; recursion of a sane program settles within a handful.</summary>
    private const int FreeChanges = 6;

    /// <summary>Changes of one summary before it is given up.</summary>
    private const int MaxChanges = 30;

    /// <summary>What a group may cost (see <c>Walk.Work</c>) before all of it is given up: a member's share of it, and what any group may.</summary>
    private const int WorkPerMember = 1_000;
    private const int WorkPerGroup = 150_000;

    private readonly Bodies _bodies;
    private readonly KnowledgeBase _knowledge;
    private readonly System.Func<IMethodSymbol, bool> _mayChangeLocks;
    private readonly SummaryStore _store;
    private readonly ConcurrentDictionary<SummaryKey, Summary> _finished;
    private readonly CancellationToken _cancellation;

    private readonly Dictionary<SummaryKey, OpenSummary> _open = new();
    private readonly List<OpenSummary> _stack = new();
    private readonly List<SummaryKey> _asked = new();
    private readonly HashSet<SummaryKey> _askedBefore = new();
    private OpenSummary? _active;
    private bool _exploring;
    private bool _readsGivenUp;
    private bool _readsPartial;
    private long _work;
    private Dictionary<IMethodSymbol, bool>? _answers;
    private Reads? _reads;

    /// <param name="mayChangeLocks">Whether calling a member may change what is held, as far as names tell.</param>
    /// <param name="store">What has been computed so far, and where to keep what is.</param>
    public Solver(Bodies bodies, KnowledgeBase knowledge, System.Func<IMethodSymbol, bool> mayChangeLocks, SummaryStore store, CancellationToken cancellation)
    {
        _bodies = bodies;
        _knowledge = knowledge;
        _mayChangeLocks = mayChangeLocks;
        _store = store;
        _finished = store.Finished;
        _cancellation = cancellation;
    }

    public bool MayChangeLocks(IMethodSymbol method)
    {
        var answer = _mayChangeLocks(method);
        if (_answers is not null)
            _answers[method] = answer;
        if (!answer)
            _reads?.NotChanging.Add(method);
        return answer;
    }

    public bool MayMakeGuard(IMethodSymbol maker) => maker is { Parameters.IsEmpty: false, DeclaringSyntaxReferences.IsEmpty: false }
        && (maker.MethodKind == MethodKind.Constructor ? maker.ContainingType : maker.ReturnType) is INamedTypeSymbol { DeclaringSyntaxReferences.IsEmpty: false } made
        && made.GetMembers().Any(m => m is IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false } method && MayChangeLocks(KnowledgeBase.Canonical(method)));

    /// <summary>The final summary of a member.</summary>
    public Summary Solve(IMethodSymbol method, bool withEffects, bool withManaged = false, TypeArguments? types = null)
    {
        var key = new SummaryKey(KnowledgeBase.Canonical(method), types ?? TypeArguments.None, withEffects, withManaged);
        if (_finished.TryGetValue(key, out var summary))
            return summary;
        if (_bodies.Of(key.Method) is null)
            return Summary.Unknown;
        Settle(key);
        return _finished[key];
    }

    /// <summary>
    /// A walk over a body that reads no other's summary, and what it would read. Nearly all members read none unless they hold something, so that the walk which finds their summary is the one
    /// that finds everything else, and is kept.
    /// </summary>
    private Survey SurveyOf(Body body)
    {
        if (_store.Surveys.TryGetValue(body, out var survey) && IsGood(survey))
            return survey;
        Begin(null, exploring: true);
        _answers = new Dictionary<IMethodSymbol, bool>(SymbolEqualityComparer.Default);
        var walk = new Walk(body, _knowledge, _bodies, this, wantsEffects: false, new Findings { CollectsOrder = true }, _cancellation);
        var summary = walk.Run();

        // Effects are asked for only because findings are recorded.
        var asks = _asked.Where(a => !a.WithEffects || MaySayMore(a.Method) || MayMakeGuard(a.Method)).Select(a => a.WithoutEffects).Distinct().ToArray();
        survey = new Survey(summary, _asked.Count == 0 ? walk.Findings : null, _answers, asks);
        _answers = null;
        _store.Surveys[body] = survey;
        return survey;
    }

    /// <summary>Whether the summary of a callee may say anything besides its effects.</summary>
    private bool MaySayMore(IMethodSymbol callee) =>
        callee.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction || _mayChangeLocks(callee) || _knowledge.FlagsOf(callee.ReturnType) is not null;

    private bool IsGood(Survey survey)
    {
        foreach (var pair in survey.Answers)
        {
            if (_mayChangeLocks(pair.Key) != pair.Value)
                return false;
        }

        return true;
    }

    private void Keep(SummaryKey key, Summary summary, Reads? reads)
    {
        // Whoever finds the summary finds what it was made from as well.
        if (_store.RemembersReads)
            _store.Made.Enqueue((key, reads ?? Reads.None));
        _finished.TryAdd(key, summary);
    }

    /// <summary>Walks a body with findings recorded, once everything it reads is final.</summary>
    /// <param name="watched">A member whose calls are to be recorded.</param>
    public Findings Analyse(Body body, bool collectsOrder = false, IMethodSymbol? watched = null)
    {
        if (collectsOrder && watched is null && _store.Surveys.TryGetValue(body, out var survey) && survey.Findings is { } seen && IsGood(survey))
            return seen;
        Begin(null);
        _readsGivenUp = _readsPartial = false;
        var walk = new Walk(body, _knowledge, _bodies, this, wantsEffects: false, new Findings { CollectsOrder = collectsOrder, Watched = watched }, _cancellation);
        walk.Run();
        var findings = walk.Findings!;
        if (_readsGivenUp)
            findings.GivenUp ??= "members that it calls, and that call each other, combine in too many ways";
        if (_readsPartial)
            findings.Missing ??= "members that it calls do more different things than are kept";
        return findings;
    }

    Summary ISummaries.Of(IMethodSymbol method, TypeArguments types, bool withEffects, bool withManaged)
    {
        var key = new SummaryKey(KnowledgeBase.Canonical(method), types, withEffects, withManaged);
        if (!_exploring)
        {
            // A walk for findings is nobody's callee, so that what it reads can be made final on the spot.
            if (_active is null && _bodies.Of(key.Method) is not null)
                SettleWithin(key);
            if (_finished.TryGetValue(key, out var finished))
            {
                _readsGivenUp |= ReferenceEquals(finished, Summary.GivenUp);
                _readsPartial |= finished.IsPartial;
                _reads?.Keys.Add(key);
                return finished;
            }

            if (_active is { } reader && _open.TryGetValue(key, out var node) && ReferenceEquals(node.Group, reader.Group))
            {
                node.Readers.Add(reader);
                _readsPartial |= node.Value.IsPartial;
                return node.Value;
            }
        }

        // Unknown for now: the walk goes on only to see what else it will ask for, and is done again.
        if (_bodies.Of(key.Method) is not null && _askedBefore.Add(key))
            _asked.Add(key);
        return Summary.Unknown;
    }

    private void Begin(OpenSummary? active, bool exploring = false)
    {
        _active = active;
        _exploring = exploring;
        _asked.Clear();
        _askedBefore.Clear();
    }

    private Summary Walk(OpenSummary node)
    {
        var walk = new Walk(_bodies.Of(node.Key.Method)!, _knowledge, _bodies, this, node.Key.WithEffects, findings: null, _cancellation, node.Key.WithManaged, node.Key.Types);
        _readsPartial = false;
        var summary = walk.Run();
        _work += walk.Work;

        // What a callee has left out is missing here, too; who asks for the ways through the member only misses nothing.
        return _readsPartial && node.Key.WithEffects && walk.GivenUp is null ? summary.AsPartial() : summary;
    }

    /// <summary>Tarjan's search for strongly connected components, without recursion. A component that turns out to ask for more than was known goes on as part of the search.</summary>
    private void Settle(SummaryKey root)
    {
        if (_finished.ContainsKey(root))
            return;
        var path = new Stack<OpenSummary>();
        path.Push(Open(root));
        while (path.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var node = path.Peek();
            if (node.Next < node.Asks.Count)
            {
                var key = node.Asks[node.Next++];
                if (_finished.ContainsKey(key))
                    continue;
                if (_open.TryGetValue(key, out var asked))
                    node.Low = System.Math.Min(node.Low, asked.Index);
                else
                    path.Push(Open(key));
                continue;
            }

            if (node.Low == node.Index && !Finish(node))
                continue;
            path.Pop();
            if (path.Count > 0)
                path.Peek().Low = System.Math.Min(path.Peek().Low, node.Low);
        }

        Begin(null);
    }

    /// <summary>Settles what the walk for findings that is under way has come to.</summary>
    private void SettleWithin(SummaryKey key)
    {
        if (_finished.ContainsKey(key))
            return;
        var (readsGivenUp, readsPartial) = (_readsGivenUp, _readsPartial);
        Settle(key);
        (_readsGivenUp, _readsPartial) = (readsGivenUp, readsPartial);
    }

    private OpenSummary Open(SummaryKey key)
    {
        var node = new OpenSummary(key, _stack.Count);
        _stack.Add(node);
        _open.Add(key, node);
        var body = _bodies.Of(key.Method)!;
        Begin(node, exploring: true);
        AskForCallees(body, key.Types, key.WithEffects, key.WithManaged);
        node.Asks.AddRange(_asked);
        if (!key.WithEffects && key.Types.IsEmpty && node.Asks.Count == 0)
        {
            var survey = SurveyOf(body);
            node.Asks.AddRange(survey.Asks);
            (node.Value, node.Reads, node.IsKnown) = (survey.Summary, _store.RemembersReads ? survey.Reads : null, survey.IsKnown);
        }

        node.Explored = node.Asks.Count;
        return node;
    }

    /// <summary>
    /// A look at its operations tells nearly all that a walk over a body will ask for. What that misses (overrides, enumerators, whatever else is hidden) the walk asks for when it comes to it,
    /// and what it adds was settled in vain.
    /// </summary>
    private void AskForCallees(Body body, TypeArguments types, bool withEffects, bool withManaged)
    {
        foreach (var part in body.Initialisers)
            AskForCallees(part, types, withEffects, withManaged);
        foreach (var operation in body.AllOperations())
        {
            AskFor(operation switch
            {
                IInvocationOperation call => call.TargetMethod,
                IObjectCreationOperation creation => creation.Constructor,
                IPropertyReferenceOperation { Parent: ISimpleAssignmentOperation assignment, Property: var written } place when ReferenceEquals(assignment.Target, place) => written.SetMethod,
                IPropertyReferenceOperation { Property: var read } => read.GetMethod,
                _ => null,
            });
        }

        void AskFor(IMethodSymbol? target)
        {
            if (target?.ContainingAssembly is not ISourceAssemblySymbol)
                return;
            var callee = KnowledgeBase.Canonical(target);
            var facts = _knowledge.FactsOf(callee);
            if (facts.TakesOrReleases || facts.Trusted || facts.FromTable || facts.Allocates || facts.DoesNotReturn || !facts.Masks.IsEmpty)
                return;
            if ((withEffects ? !facts.DeclaresEffects : MaySayMore(callee)) && !Bodies.IsAutoAccessor(callee))
                ((ISummaries)this).Of(callee, TypeArguments.Of(target, types, _bodies), withEffects, withManaged && !facts.NoReclaim);
        }
    }

    /// <summary>Solves the group of members that a node is the first of; false if that has shown that there is more to visit, which the node now asks for.</summary>
    private bool Finish(OpenSummary first)
    {
        var members = _stack.GetRange(first.Index, _stack.Count - first.Index);
        if (members.Count > 1 || !first.IsKnown)
        {
            if (members.Count > 1)
                members = InOrder(members);
            if (!Iterate(members, first))
                return false;
            ForgetCycles(members);
        }

        foreach (var member in members)
        {
            Keep(member.Key, member.Value, member.Reads);
            _open.Remove(member.Key);
        }

        _stack.RemoveRange(first.Index, members.Count);
        return true;
    }

    private bool Iterate(List<OpenSummary> members, OpenSummary first)
    {
        var group = new object();
        var reads = _store.RemembersReads ? new Reads() : null;
        _work = 0;
        for (var i = 0; i < members.Count; i++)
            members[i].Enter(group, i, reads);
        for (var dirty = members.Count; dirty > 0;)
        {
            foreach (var member in members)
            {
                if (!member.IsDirty)
                    continue;
                _cancellation.ThrowIfCancellationRequested();
                member.IsDirty = false;
                dirty--;
                Begin(member);
                _reads = reads;
                var summary = Walk(member);
                _reads = null;
                if (_asked.Count > 0)
                {
                    first.Asks.AddRange(_asked);
                    return false;
                }

                if (_work > WorkPerGroup + ((long)WorkPerMember * members.Count))
                {
                    foreach (var each in members)
                        each.Value = Summary.GivenUp;
                    return true;
                }

                if (summary.SameAs(member.Value))
                {
                    member.Value = summary;
                    continue;
                }

                member.Changes++;
                member.Value = member.Changes > MaxChanges ? Summary.GivenUp : member.Changes > FreeChanges ? Summary.Join(member.Value, summary) : summary;
                foreach (var reader in member.Readers)
                {
                    if (reader.IsDirty || reader.Changes > MaxChanges)
                        continue;
                    reader.IsDirty = true;
                    dirty++;
                }
            }
        }

        return true;
    }

    /// <summary>
    /// Takes out what nothing but a circle of calls has: each has it from the next, and none does it. It was real in an earlier step of the iteration, on a way that has been found dead since.
    /// </summary>
    private static void ForgetCycles(List<OpenSummary> members)
    {
        if (members.All(m => m.Value.Effects.Count + m.Value.Steps.Count == 0))
            return;
        var inside = members.ToLookup(m => new SummaryKey(m.Key.Method, m.Key.Types, WithEffects: true));
        var real = members.ToDictionary(m => m, _ => new HashSet<Effect>());
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var member in members)
            {
                foreach (var pair in member.Value.Effects.Concat(member.Value.Steps))
                {
                    if (!real[member].Contains(pair.Key) && pair.Value.Any(IsReal))
                        changed |= real[member].Add(pair.Key);
                }
            }
        }

        foreach (var member in members)
            member.Value = member.Value.Without(e => !real[member].Contains(e));

        bool IsReal(EffectSite site)
        {
            if (site.Callee is null || site.CalleeEffect is not { } effect)
                return true;
            var callee = new SummaryKey(KnowledgeBase.Canonical(site.Callee), site.Types, WithEffects: true);
            return !inside.Contains(callee) || inside[callee].Any(m => real[m].Contains(effect));
        }
    }

    /// <summary>Callees first, from the first member in the order of the program.</summary>
    private static List<OpenSummary> InOrder(List<OpenSummary> members)
    {
        var inside = members.ToDictionary(m => m.Key);
        var order = new List<OpenSummary>(members.Count);
        var seen = new HashSet<OpenSummary>();
        foreach (var start in members.OrderBy(m => m.Key, SummaryKey.Order))
        {
            if (!seen.Add(start))
                continue;
            var path = new Stack<(OpenSummary Node, int Next)>();
            path.Push((start, 0));
            while (path.Count > 0)
            {
                var (node, next) = path.Pop();
                if (next == node.Explored)
                {
                    order.Add(node);
                    continue;
                }

                path.Push((node, next + 1));
                if (inside.TryGetValue(node.Asks[next], out var asked) && seen.Add(asked))
                    path.Push((asked, 0));
            }
        }

        return order;
    }
}
