using EdgeAgent.Simulation.Small;
using Xunit;

namespace EdgeAgent.Tests.Simulation.Small;

/// <summary>Every interleaving of a small world, with the real rules in it.</summary>
[Trait("Category", "simulate")]
public sealed class SmallWorldTests
{
    public static TheoryData<string> Unfailing => [.. Scenarios.Unfailing.Select(s => s.Name)];

    public static TheoryData<string> Failing => [.. Scenarios.Failing.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Unfailing))]
    public void Where_nothing_fails_nothing_ever_runs_twice(string scenario) => Holds(Scenarios.Unfailing.Single(s => s.Name == scenario));

    [Theory]
    [MemberData(nameof(Failing))]
    public void Whatever_fails_everything_runs_once_in_the_end(string scenario) => Holds(Scenarios.Failing.Single(s => s.Name == scenario));

    public static TheoryData<string> Exclusive => [.. Scenarios.Exclusive.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Exclusive))]
    public void Whatever_fails_exclusive_work_never_runs_twice(string scenario) => Holds(Scenarios.Exclusive.Single(s => s.Name == scenario));

    private static void Holds(Scenario scenario)
    {
        var result = Search.Run(scenario with { StatesMax = 1_000_000 });
        Console.WriteLine(result);
        Assert.True(result.Violation.Length == 0, $"{result}\n{result.Violation}");
    }
}
