using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Finding;

/// <summary>The search for the names by which code that takes locks is found.</summary>
/// <remarks>
/// Code without contexts must cost nothing, yet <c>gate.Acquire(); Thread.Sleep(1); gate.Release();</c> has no known name in it. So names spread: the acquire words of the knowledge base are the
/// seeds; a member that mentions one is summarised; if it changes what is held, its own name joins the set, until nothing is added. A body is analysed if it
/// mentions a name of the set, or belongs to a declaration that carries or inherits a contract.
/// </remarks>
internal sealed class NameSearch
{
    private readonly Compilation _compilation;
    private readonly ModelTable _project;
    private readonly Bodies _bodies;
    private readonly KnowledgeBase _knowledge;
    private readonly SummaryStore _summaries;
    private readonly Lazy<Seeds> _seeds;
    private readonly Shared<Names> _found;

    /// <param name="project">What the project's own model files say.</param>
    /// <param name="summaries">Where to keep the summaries that it takes.</param>
    public NameSearch(Compilation compilation, ModelTable project, Bodies bodies, KnowledgeBase knowledge, SummaryStore summaries)
    {
        _compilation = compilation;
        _project = project;
        _bodies = bodies;
        _knowledge = knowledge;
        _summaries = summaries;
        _seeds = new Lazy<Seeds>(FindSeeds);
        _found = new Shared<Names>(FindNames);
    }

    public Names Found => _found.Value;

    /// <summary>The names to begin with.</summary>
    /// <param name="Leading">Those that all others could spread from, as files are searched for them.</param>
    private sealed record Seeds(AnnotatedNames Annotated, NameSet Interesting, NameSet Changing, HashSet<int> Leading);

    /// <summary>What the names found lead to: interesting code, what may change locks when called, and files with declarations to check.</summary>
    /// <param name="MayChangeLocks">Whether calling a member may change what is held, as far as names tell.</param>
    internal sealed record Names(InterestingCode Code, InterestingCode Locking, Func<IMethodSymbol, bool> MayChangeLocks, HashSet<int> Declaring);

    /// <summary>
    /// Whether any file mentions a name that all others could spread from. If none does there is nothing to report in the whole compilation, and to know that takes a look at the index of each file.
    /// </summary>
    public bool HasContexts(CancellationToken cancellation)
    {
        var trees = _compilation.SyntaxTrees.ToArray();
        var indices = new IdentifierIndex[trees.Length];
        Parallel.For(0, trees.Length, _compilation.Threads(cancellation), i => indices[i] = IdentifierIndex.Of(trees[i]));
        return indices.Any(i => i.MentionsAny(_seeds.Value.Leading) || InterestingCode.MaySuspendInLockStatement(i));
    }

    /// <summary>The names to begin with: of whatever carries the vocabulary, and the acquire words. The first set is of interest, the second may change what is held.</summary>
    private Seeds FindSeeds()
    {
        var annotated = AnnotatedNames.Of(_compilation, _project);
        var interesting = annotated.Members;
        var changing = new NameSet();
        foreach (var seed in FrameworkTable.Instance.LockOperationNames())
        {
            interesting.Add(seed);
            changing.Add(seed);
        }

        foreach (var name in Vocabulary.Names)
            interesting.Add(name);
        var leading = new HashSet<int>(interesting.Hashes);
        leading.UnionWith(DeclaringNames(annotated).Append("Interlocked").Select(IdentifierIndex.Hash));
        return new Seeds(annotated, interesting, changing, leading);
    }

    private static IEnumerable<string> DeclaringNames(AnnotatedNames annotated) =>
        Vocabulary.Names.SelectMany(n => new[] { n, n + "Attribute" }).Concat(annotated.Types).Concat(annotated.Contracts).Append("SpinLock");

    private Names FindNames(Action<int, Action<int>> forAll)
    {
        var trees = _compilation.SyntaxTrees.ToArray();
        forAll(trees.Length, i => IdentifierIndex.Of(trees[i]));
        var (annotated, interesting, changing, _) = _seeds.Value;
        _knowledge.SpinWords = SpinLoops.Find(_compilation, _bodies, _knowledge);
        foreach (var word in _knowledge.SpinWords.All)
            interesting.Add(word.Symbol is IParameterSymbol ? word.Symbol.ContainingSymbol.Name : word.Symbol.Name);

        // What carries the vocabulary changes locks by declaration; every annotated name is taken, the summary decides.
        var frontier = new HashSet<int>(interesting.Hashes);
        var declarations = Declarations.Of(_compilation, _project, _knowledge.SpinWords);
        var candidates = new HashSet<SyntaxNode>();
        while (frontier.Count > 0)
        {
            var mentioning = new List<SyntaxNode>[trees.Length];
            forAll(trees.Length, i => mentioning[i] = MembersMentioning(trees[i], frontier));
            foreach (var found in mentioning)
                candidates.UnionWith(found);

            // The sets grow between the rounds only, or the order in which members are looked at would decide what a round sees.
            var members = candidates.ToArray();
            var uses = new KnownUse?[members.Length];
            forAll(members.Length, i =>
            {
                var known = KnownUses.Of(members[i].SyntaxTree, declarations);
                uses[i] = known.Find(members[i].SpanStart, IsChanging) ?? UseOf(members[i], new Solver(_bodies, _knowledge, MayChangeLocks, _summaries, CancellationToken.None), known);
            });
            var added = new HashSet<int>();
            foreach (var use in uses)
            {
                if (use is not { Name: var name })
                    continue;
                var isNew = (use.Use & NameUse.ChangesLocks) != 0 && changing.Add(name);

                // Everybody disposes something: whoever mentions a disposable that holds a lock also mentions what made it.
                if ((use.Use & NameUse.Interesting) != 0 && name is not ("Dispose" or "DisposeAsync"))
                    isNew |= interesting.Add(name);
                if (isNew)
                    added.Add(IdentifierIndex.Hash(name));
            }

            // A wrapper found since may change what those that call it do.
            if (added.Count > 0)
                _summaries.Forget(MayChangeLocks);
            frontier = added;
        }

        _summaries.Settle();
        var declaring = new HashSet<int>(DeclaringNames(annotated).Concat(_knowledge.SpinWords.All.Select(w => w.Symbol.Name)).Select(IdentifierIndex.Hash));
        return new Names(new InterestingCode(annotated, interesting), new InterestingCode(annotated, interesting, withLockStatements: true), MayChangeLocks, declaring);

        bool IsChanging(string name) => changing.Contains(name) || name == "Dispose" || annotated.Members.Contains(name);

        bool MayChangeLocks(IMethodSymbol method) => method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction || IsChanging(NameOf(method));
    }

    /// <param name="known">Where to remember it, if it takes no more than the member's own body to know it.</param>
    private KnownUse? UseOf(SyntaxNode node, Solver solver, KnownUses known)
    {
        if (SymbolOf(node) is not { } member)
            return null;
        var facts = _knowledge.FactsOf(member);
        if (facts.TakesOrReleases)
            return Remember(NameUse.ChangesLocks | NameUse.Interesting, s_noAnswers);
        if (facts.Trusted)
            return Remember(NameUse.Nothing, s_noAnswers);
        var summary = solver.Solve(member, withEffects: false);

        // A survey of an earlier round, when names meant less, says nothing of this summary.
        var answers = _bodies.Of(member) is { } body && _summaries.Surveys.TryGetValue(body, out var survey) && survey.IsKnown && ReferenceEquals(survey.Summary, summary)
            ? survey.Answers.Where(a => a.Key.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction)).Select(a => new KeyValuePair<string, bool>(NameOf(a.Key), a.Value)).Distinct().ToArray()
            : null;

        // Whoever hands on what an allocation returned is followed to where it is used.
        if (summary.ChangesLocks || (!facts.Allocates && summary.Outcomes.Any(o => o.Return?.Allocated is not null || o.Outs.Values.Any(v => v.Allocated is not null))))
            return Remember(NameUse.ChangesLocks | NameUse.Interesting, answers);
        if (!member.Parameters.Any(p => p.Type.TypeKind == TypeKind.Delegate || Walk.IsSequence(p.Type)))
            return Remember(NameUse.Nothing, answers);

        // What runs a delegate under a lock, or goes through a sequence there, is looked at where it is called, although it leaves everything as it was.
        var runsUnderLock = solver.Solve(member, withEffects: true).Effects.Keys.Any(e => e.Kind == Model.EffectKind.RunsDelegate && !e.Under.IsEmpty);
        return Remember(runsUnderLock ? NameUse.Interesting : NameUse.Nothing, null);

        // Without answers it took the bodies of others to know.
        KnownUse Remember(NameUse use, KeyValuePair<string, bool>[]? answers)
        {
            var result = new KnownUse(NameOf(member), use, answers ?? s_noAnswers);
            if (answers is not null)
                known.Add(node.SpanStart, result);
            return result;
        }
    }

    private static readonly KeyValuePair<string, bool>[] s_noAnswers = Array.Empty<KeyValuePair<string, bool>>();
    private static readonly List<SyntaxNode> s_noMembers = new();

    private static List<SyntaxNode> MembersMentioning(SyntaxTree tree, HashSet<int> hashes)
    {
        var index = IdentifierIndex.Of(tree);
        if (!index.MentionsAny(hashes))
            return s_noMembers;
        var members = new List<SyntaxNode>();
        var root = tree.GetRoot();
        var last = default(TextSpan);
        foreach (var position in index.PositionsOf(hashes))
        {
            if (last.Contains(position))
                continue;
            var member = root.FindToken(position).Parent?.FirstAncestorOrSelf<SyntaxNode>(n => n is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or ArrowExpressionClauseSyntax { Parent: BasePropertyDeclarationSyntax });
            if (member is null)
                continue;
            last = member.Span;
            members.Add(member);
        }

        return members;
    }

    private IMethodSymbol? SymbolOf(SyntaxNode member)
    {
        var model = _bodies.ModelOf(member.SyntaxTree);
        var symbol = member is ArrowExpressionClauseSyntax ? (model?.GetDeclaredSymbol(member.Parent!) as IPropertySymbol)?.GetMethod : model?.GetDeclaredSymbol(member) as IMethodSymbol;
        return symbol is null ? null : KnowledgeBase.Canonical(symbol);
    }

    /// <summary>The name by which code mentions a member.</summary>
    private static string NameOf(IMethodSymbol method) => method switch
    {
        { MethodKind: MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion or MethodKind.StaticConstructor } => method.ContainingType.Name,
        { AssociatedSymbol: IPropertySymbol { IsIndexer: true } } => method.ContainingType.Name,
        { AssociatedSymbol: { } associated } => Simple(associated.Name),
        _ => Simple(method.Name),
    };

    // An explicit implementation is called "Namespace.IInterface.Name".
    private static string Simple(string name) => name.Substring(name.LastIndexOf('.') + 1);
}
