using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>A node whose disk is full keeps what it has, takes nothing new, and says why.</summary>
public sealed class FullDiskTests
{
    private const int Nodes = 2;
    private const int Replicas = 4;
    private const int SmallDiskBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SeenWithin = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task The_others_place_what_a_full_disk_cannot_and_it_takes_part_again_when_there_is_room()
    {
        await using var fleet = await Fleet.StartAsync(BrokerKind.Embedded, Nodes);
        fleet.KillAgent(1);
        var state = Path.Combine(fleet.Folder, "node-1", "state");
        Directory.Delete(state, recursive: true);
        await using var disk = await SmallDisk.MountAsync(state, SmallDiskBytes);
        fleet.StartAgent(1);
        await fleet.OnlineAsync(Nodes);
        (await fleet.ApplyAsync(Manifest.Of("before", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        var before = await fleet.RunningAsync("before", Replicas, PlacedWithin);
        Assert.Contains(before, s => s.Node == "node-1");

        disk.Fill();
        (await fleet.ApplyAsync(Manifest.Of("during", Replicas, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.RunningAsync("during", Replicas, PlacedWithin, s => s.Node == "node-2");
        await fleet.RunningAsync("before", Replicas, PlacedWithin, s => before.Any(b => b.Index == s.Index && b.Pid == s.Pid));
        await Eventually.Is(() => fleet.AskAsync("describe", "node", "node-1"), r => r.Output.Contains("StoreFailing", StringComparison.Ordinal), SeenWithin, r => r.Output, "node-1 saying that its store fails");
        Assert.Contains("its store can't be written", (await fleet.AskAsync("why", "during")).Succeeded().Output, StringComparison.Ordinal);

        disk.MakeRoom();
        await Eventually.Is(() => fleet.AskAsync("describe", "node", "node-1"), r => !r.Output.Contains("StoreFailing", StringComparison.Ordinal), SeenWithin, r => r.Output, "node-1 being well again");
        (await fleet.ApplyAsync(Manifest.Of("after", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        await Eventually.Is(fleet.SlotsAsync, slots => slots.Any(s => s is { Workload: "after", Node: "node-1", Phase: "running" }), PlacedWithin, slots => string.Join("; ", slots), "node-1 running something of it");
        await fleet.Stamps.LiveAsync(3 * Replicas, PlacedWithin);
        (await fleet.CtlAsync("down", "--dir", fleet.Folder)).Succeeded();
    }
}
