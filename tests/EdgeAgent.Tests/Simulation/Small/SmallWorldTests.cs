using EdgeAgent.Simulation.Small;
using Xunit;

namespace EdgeAgent.Tests.Simulation.Small;

/// <summary>
/// Every interleaving of a small world, with the real rules in it (tests/EdgeAgent.Simulation/Small/README.md). With EDGEAGENT_SMALL=full each search goes on until all
/// is seen, or six million states are.
/// </summary>
[Trait("Category", "simulate")]
public sealed class SmallWorldTests(ITestOutputHelper output)
{
    private const int StatesMax = 500_000;
    private const int StatesMaxFull = 6_000_000;

    /// <summary>States of a node with a lease are many, for its clock counts: each takes longer.</summary>
    private const int RestlessPart = 4;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("EDGEAGENT_SMALL") == "full";

    public static TheoryData<string> Unfailing => [.. Scenarios.Unfailing.Select(s => s.Name)];

    public static TheoryData<string> Failing => [.. Scenarios.Failing.Select(s => s.Name)];

    public static TheoryData<string> Exclusive => [.. Scenarios.Exclusive.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Unfailing))]
    public void Where_nothing_fails_nothing_ever_runs_twice(string scenario) => Holds(Scenarios.Unfailing.Single(s => s.Name == scenario));

    [Theory]
    [MemberData(nameof(Failing))]
    public void Whatever_fails_everything_runs_once_in_the_end(string scenario) => Holds(Scenarios.Failing.Single(s => s.Name == scenario));

    [Theory]
    [MemberData(nameof(Exclusive))]
    public void Whatever_fails_exclusive_work_never_runs_twice(string scenario) => Holds(Scenarios.Exclusive.Single(s => s.Name == scenario));

    /// <summary>The judge isn't blind: a cut makes failover work run twice, and the way to it is told from its beginning.</summary>
    [Fact]
    public void A_violation_is_told_by_a_shortest_way_to_it()
    {
        var cut = Scenarios.Failing.Single(s => s.Name == "a cut") with { MayRunTwice = false };

        var result = Search.Run(cut);

        Assert.StartsWith("web/0 runs on n1 and on n2\n  the network of n1 is cut\n", result.Violation, StringComparison.Ordinal);
        Assert.Contains("n2: bid web/0 epoch 2", result.Violation, StringComparison.Ordinal);
    }

    private void Holds(Scenario scenario)
    {
        var result = Search.Run(scenario with { StatesMax = (IsFull ? StatesMaxFull : StatesMax) / (scenario.IsRestless ? RestlessPart : 1) });

        output.WriteLine(result.ToString());
        Assert.True(result.Violation.Length == 0, $"{result}\n{result.Violation}");
    }
}
