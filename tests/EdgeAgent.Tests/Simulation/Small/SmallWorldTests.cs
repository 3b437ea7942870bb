using EdgeAgent.Simulation.Small;
using Xunit;

namespace EdgeAgent.Tests.Simulation.Small;

/// <summary>Every interleaving of a small world, with the real rules in it.</summary>
[Trait("Category", "simulate")]
public sealed class SmallWorldTests(ITestOutputHelper output)
{
    [Fact]
    public void Two_nodes_that_race_for_a_slot_never_both_run_it() => Holds(new Scenario("race of two")
    {
        Nodes = 2,
        Script = [Works.Web(1, Works.Service(1))],
    });

    private void Holds(Scenario scenario)
    {
        var result = Search.Run(scenario);
        output.WriteLine(result.ToString());
        Console.WriteLine(result);
        Assert.True(result.Violation.Length == 0, $"{result}\n{result.Violation}");
    }
}
