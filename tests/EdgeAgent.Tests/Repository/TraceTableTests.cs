using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace EdgeAgent.Tests.Repository;

/// <summary>Each counter-example that broke an earlier wording of the protocol has a test that plays it: the table of docs/spec/simulator.md is kept true.</summary>
public sealed partial class TraceTableTests
{
    private const string Page = "docs/spec/simulator.md";
    private const string SystemTests = "tests/EdgeAgent.SystemTests/";

    /// <summary>As many as there were when the protocol was designed.</summary>
    private const int TracesMost = 32;

    private static readonly ILookup<int, string> Tests = Rows().ToLookup(r => r.Trace, r => r.Test);

    [Fact]
    public void Every_trace_has_a_test() =>
        Findings.None(Enumerable.Range(1, TracesMost).Where(n => !Tests[n].Any()).Select(n => $"{Page}: trace {n} names no test"));

    [Fact]
    public void Every_test_of_the_table_exists() =>
        Findings.None(Tests.SelectMany(t => t).Distinct().Where(name => !IsTest(name)).Select(name => $"{Page}: there is no test {name}"));

    [Fact]
    public void Every_test_that_is_named_after_a_trace_stands_in_the_table() =>
        Findings.None(Methods().Where(m => m.Name.StartsWith("Trace_", StringComparison.Ordinal))
            .Select(m => (Trace: int.Parse(m.Name.Split('_')[1], System.Globalization.CultureInfo.InvariantCulture), Test: $"{m.DeclaringType!.Name}.{m.Name}"))
            .Where(m => !Tests[m.Trace].Contains(m.Test)).Select(m => $"{Page}: trace {m.Trace} lacks {m.Test}"));

    [Fact]
    public void A_name_that_no_test_has_is_found()
    {
        Assert.True(IsTest($"{nameof(TraceTableTests)}.{nameof(A_name_that_no_test_has_is_found)}"));
        Assert.False(IsTest($"{nameof(TraceTableTests)}.{nameof(IsTest)}"));
        Assert.False(IsTest("FenceTests.Nobody_wrote_this"));
    }

    private static IEnumerable<(int Trace, string Test)> Rows() =>
        from row in Row().Matches(RepositoryTree.Read(Page)).Cast<Match>()
        from test in Name().Matches(row.Groups["tests"].Value).Cast<Match>()
        select (int.Parse(row.Groups["trace"].Value, System.Globalization.CultureInfo.InvariantCulture), test.Groups["name"].Value);

    private static bool IsTest(string name)
    {
        var (type, method) = (name.Split('.')[0], name.Split('.')[1]);
        return Methods().Any(m => m.DeclaringType!.Name == type && m.Name == method)
            || RepositoryTree.Files.Any(f => f.StartsWith(SystemTests, StringComparison.Ordinal) && f.EndsWith($"/{type}.cs", StringComparison.Ordinal)
                && RepositoryTree.Read(f).Contains($" Task {method}(", StringComparison.Ordinal));
    }

    private static IEnumerable<MethodInfo> Methods() =>
        typeof(TraceTableTests).Assembly.GetTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any());

    [GeneratedRegex(@"^\| (?<trace>\d+) \|[^|]*\|(?<tests>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<name>\w+\.\w+)`")]
    private static partial Regex Name();
}
