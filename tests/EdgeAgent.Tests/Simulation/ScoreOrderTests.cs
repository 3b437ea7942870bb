using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Link;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>The better score bids first, whatever came between (docs/adr/0023).</summary>
[Trait("Category", "simulate")]
public sealed class ScoreOrderTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    [Fact]
    public void Who_connected_while_the_broker_was_slow_bids_as_early_as_its_score_says()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var world = World(seed, nodes: 2);
            var slow = world.Add("slow", Capacity(milliCpu: 1000));
            slow.Link.Delay = TimeSpan.FromMilliseconds(300);
            slow.Start();
            Assert.True(world.RunUntil(() => slow.State.Link == LinkState.Ready, Most));
            slow.Link.Delay = TimeSpan.Zero;
            world.Run(Settled);

            // Least room is left there.
            Assert.Equal("slow", Place(new SimOperator(world), world, "work", Packed(800)));
        }
    }

    [Fact]
    public void Who_fits_better_since_it_took_other_work_bids_at_once()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var world = World(seed, nodes: 8);
            world.Run(Settled);
            var apply = new SimOperator(world);
            Place(apply, world, "begun", Packed(1000));

            // While all wait before they bid for the small one, the great one is won by an empty node, which then leaves less room than the one that has begun.
            apply.Apply("great", Packed(3500));
            apply.Apply("small", Packed(100));
            Assert.True(world.RunUntil(() => At(world, "great").Length > 0 && At(world, "small").Length > 0, Most));
            Assert.Equal(At(world, "great"), At(world, "small"));
        }
    }

    private static SimWorld World(ulong seed, int nodes)
    {
        var world = new SimWorld(seed) { Latency = (TimeSpan.FromMilliseconds(5), TimeSpan.FromMicroseconds(200)) };
        for (var i = 0; i < nodes; i++)
        {
            world.Add($"node-{i}", Capacity(4000)).Start();
        }

        return world;
    }

    private static Resources Capacity(long milliCpu) => new(new(milliCpu), new(4L << 30), new(10L << 30), 1000);

    private static WorkloadSpec Packed(long milliCpu) => SimOperator.Service(1) with { Policy = PlacementPolicy.Pack, Resources = new(new(milliCpu), new(1 << 20), default, 0) };

    private static string Place(SimOperator apply, SimWorld world, string name, WorkloadSpec spec)
    {
        apply.Apply(name, spec);
        Assert.True(world.RunUntil(() => At(world, name).Length > 0, Most));
        return At(world, name);
    }

    private static string At(SimWorld world, string workload) =>
        world.Nodes.Values.FirstOrDefault(n => n.Runtime.Alive.Any(u => u.Tag.Slot.Workload.Value == workload))?.Name ?? "";
}
