using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace LockContext.Analyzers.Tests;

/// <summary>Every policy of <c>docs/policies.md</c> has a group of tests, which carry its name as a trait, and every group a policy.</summary>
public class PolicyGroups
{
    /// <summary>The policies that were decided, in the order of the page. One more is decided here and on the page.</summary>
    private static readonly string[] s_decided =
    [
        "Ways through a body", "Guards", "Locks by shape", "Summaries", "Throw paths", "Hidden calls", "Async", "Indirect calls", "Higher-order", "Which id", "One finding per cause", "Messages", "Live",
        "Lock leaks", "Managed allocation", "Generated and broken code", "Determinism",
    ];

    [Fact]
    public void The_page_has_them_all() =>
        Assert.Equal(s_decided, File.ReadLines(Page()).Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..]));

    [Fact]
    public void Each_has_tests_and_each_group_is_one_of_them()
    {
        Dictionary<string, int> tests = [];
        foreach (MethodInfo test in typeof(PolicyGroups).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.IsDefined(typeof(FactAttribute))))
        {
            foreach (string policy in PoliciesOf(test).Concat(PoliciesOf(test.DeclaringType!)).Distinct())
                tests[policy] = tests.GetValueOrDefault(policy) + 1;
        }

        Assert.Equal(s_decided.Order(), tests.Keys.Order());
        Assert.All(tests, t => Assert.True(t.Value >= 2, $"'{t.Key}' has {t.Value} test"));
    }

    private static IEnumerable<string> PoliciesOf(MemberInfo member) => member.CustomAttributes
        .Where(a => a.AttributeType == typeof(TraitAttribute) && (string?)a.ConstructorArguments[0].Value == "Policy")
        .Select(a => (string)a.ConstructorArguments[1].Value!);

    private static string Page()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string page = Path.Combine(folder, "docs", "policies.md");
            if (File.Exists(page))
                return page;
        }

        throw new FileNotFoundException("docs/policies.md");
    }
}
