using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2005;

/// <summary>Many locks in one tangle: one report for each circle that has an order of its own to mend, and none for those that are mended with it.</summary>
public class Tangles
{
    [Fact]
    public Task Two_rings_through_one_lock() => Spec.Members(Fields + Takes("ab", "ba", "ac", "ca", reported: [1, 3]));

    [Fact]
    public Task Two_rings_of_three_through_one_lock() => Spec.Members(Fields + Takes("ab", "bc", "ca", "ad", "de", "ea", reported: [2, 5]));

    [Fact]
    public Task Two_rings_apart() => Spec.Members(Fields + Takes("ab", "cd", "dc", "ba", reported: [2, 3]));

    /// <summary>Where 'a' is no longer held when 'b' is taken, both are mended.</summary>
    [Theory]
    [InlineData("ab", "bc", "ca", "bd", "da")]
    [InlineData("ab", "bd", "da", "bc", "ca")]
    public Task Two_rings_through_one_order(params string[] orders) => Spec.Members(Fields + Takes(orders, reported: [orders.ToList().IndexOf("ca")]));

    /// <summary>The pair says all: the long way round has an order of the pair in it.</summary>
    [Fact]
    public Task A_pair_in_a_ring() => Spec.Members(Fields + Takes("ab", "bc", "ca", "ba", reported: [3]));

    /// <summary>Of ten pairs each has to be decided.</summary>
    [Fact]
    public Task Everything_in_every_order()
    {
        const string Names = "abcde";
        var orders = Names.SelectMany(x => Names.Where(y => y != x), (x, y) => $"{x}{y}").ToArray();
        return Spec.Members(Fields + Takes(orders, reported: [.. Enumerable.Range(0, orders.Length).Where(i => orders[i][0] > orders[i][1])]));
    }

    [Fact]
    public Task A_ring_of_forty()
    {
        var fields = string.Concat(Enumerable.Range(0, 40).Select(i => $"readonly object _ring{i} = new();\n"));
        var members = string.Concat(Enumerable.Range(0, 40).Select(i => $"void M{i}() {{ lock (_ring{i}) lock ({(i == 39 ? "{|LCX2005:_ring0|}" : $"_ring{i + 1}")}) {{ }} }}\n"));
        return Spec.Members(fields + members);
    }

    /// <summary>The short circle cannot happen, because both of its ways are under 'd'; the long one can.</summary>
    [Fact]
    public Task The_short_way_is_under_a_gate() => Spec.Members(Fields + """
        void M() { lock (_d) lock (_a) lock (_b2) { } }
        void N() { lock (_d) lock (_b2) lock (_a) { } }
        void O() { lock (_b2) lock (_c) { } }
        void P() { lock (_c) lock ({|LCX2005:_a|}) { } }
        """);

    /// <summary>One place of an order is under a gate and another is not.</summary>
    [Fact]
    public Task Some_places_are_under_a_gate() => Spec.Members(Fields + """
        void M() { lock (_d) lock (_a) lock (_b2) { } }
        void N() { lock (_d) lock (_b2) lock (_a) { } }
        void O() { lock (_b2) lock ({|LCX2005:_a|}) { } }
        """);

    private const string Fields = "readonly object _a = new(), _b2 = new(), _c = new(), _d = new(), _e = new();\n";

    private static string Takes(string first, string second, string third, string fourth, int[] reported) => Takes([first, second, third, fourth], reported);

    private static string Takes(string first, string second, string third, string fourth, string fifth, string sixth, int[] reported) => Takes([first, second, third, fourth, fifth, sixth], reported);

    /// <summary>"ab" is a method that takes '_b' while it holds '_a'.</summary>
    private static string Takes(string[] orders, int[] reported) =>
        string.Concat(orders.Select((o, i) => $"void M{i}() {{ lock ({Name(o[0])}) lock ({(reported.Contains(i) ? $"{{|LCX2005:{Name(o[1])}|}}" : Name(o[1]))}) {{ }} }}\n"));

    private static string Name(char name) => name == 'b' ? "_b2" : $"_{name}";
}
