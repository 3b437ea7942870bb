using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Devices on agents that are killed and started anew.</summary>
public sealed class DeviceTests
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    [Fact]
    public void An_agent_that_is_started_anew_knows_which_devices_its_work_has()
    {
        using var world = new SimWorld(7);
        var node = world.Add("node-0", new Resources(new(4000), new(4L << 30), new(10L << 30), 1000) { Devices = DeviceShares.From(DeviceShares.WholeOnes("gpu", 3)) });
        node.Start();
        var apply = new SimOperator(world);
        foreach (var (name, milli) in new[] { ("whole", 1000), ("share", 300), ("other", 800) })
        {
            apply.Apply(name, SimOperator.Service(1) with { Devices = [new("gpu", milli)] });
            Assert.True(world.RunUntil(() => Has(node, name).Length > 0, Most));
        }

        // What was first is gone: chosen anew, the others would be given other devices.
        var (share, other) = (Has(node, "share"), Has(node, "other"));
        apply.Delete("whole");
        Assert.True(world.RunUntil(() => Has(node, "whole").Length == 0, Most));
        var free = node.Rules!.Free;
        Assert.Equal("gpu 0; gpu 1 (700m); gpu 2 (200m)".Replace("; gpu", ",", StringComparison.Ordinal), free.Devices.ToString());
        node.Kill();
        node.Start();
        Assert.True(world.RunUntil(() => Has(node, "other") == other && Has(node, "share") == share, Most));

        // What is gone may have its room until the agent has seen that it is.
        Assert.True(world.RunUntil(() => node.Rules!.Free == free, Most), $"{node.Rules!.Free}");
        Assert.Equal("1", node.Runtime.SpecOf(node.Runtime.Alive.Single(u => u.Tag.Slot.Workload.Value == "share").Tag.Slot).Environment["EDGE_DEVICES_GPU"]);
    }

    private static string Has(SimNode node, string workload) =>
        node.Rules!.OwnWords.FirstOrDefault(w => w.Slot.Workload.Value == workload && w.IsStarted)?.Devices.ToString() ?? "";
}
