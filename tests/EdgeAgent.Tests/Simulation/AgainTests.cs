using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

[Trait("Category", "simulate")]
public sealed class AgainTests
{
    /// <summary>Views settle at different moments: the first whose does took nine of ten (docs/adr/0003).</summary>
    [Fact]
    public void A_name_used_again_right_after_its_deletion_is_spread_as_evenly()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            cell["node-2"].Kill();
            cell.Run(5);
            cell.Operator.Apply("hello", SimOperator.Service(4));
            cell.Run(1);
            cell["node-2"].Start();
            cell.Run(0.5);
            cell.Operator.Delete("hello");
            cell.Run(0.3);
            cell.Operator.Apply("hello", SimOperator.Service(10));
            Assert.True(cell.Within(1, () => cell.RunsOnce(10)), $"seed {seed}\n{cell.Log()}");
            Assert.True(cell.Spread().Max() <= 4, $"seed {seed}: {string.Join(' ', cell.Spread())}");
        }
    }

    [Fact]
    public void The_canary_is_cleared()
    {
        using var cell = new Cell(1, nodes: 2);
        Assert.DoesNotContain(cell.World.Broker.Retained.Keys, t => t.Contains("/self/", StringComparison.Ordinal));
    }
}
