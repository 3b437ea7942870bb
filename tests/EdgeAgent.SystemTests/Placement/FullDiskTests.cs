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

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Containers)]
    public async Task The_others_place_what_a_full_disk_cannot_and_it_takes_part_again_when_there_is_room(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var (full, roomy) = (fleet.Nodes[0], fleet.Nodes[1]);
        await fleet.KillAgentAsync(full);
        await using var disk = await SmallDisk.MountAsync(fleet, full, SmallDiskBytes);
        await fleet.StartAgentAsync(full);
        await fleet.OnlineAsync(Nodes);
        (await fleet.ApplyAsync(Manifest.Of("before", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        var before = await fleet.RunningAsync("before", Replicas, PlacedWithin);
        Assert.Contains(before, s => s.Node == full);

        await disk.FillAsync();
        (await fleet.ApplyAsync(Manifest.Of("during", Replicas, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.RunningAsync("during", Replicas, PlacedWithin, s => s.Node == roomy);
        await fleet.RunningAsync("before", Replicas, PlacedWithin, s => before.Any(b => b.Index == s.Index && b.Pid == s.Pid));
        await Eventually.Is(() => fleet.AskAsync("describe", "node", full), r => r.Output.Contains("StoreFailing", StringComparison.Ordinal), SeenWithin, r => r.Output, "it saying that its store fails");
        Assert.Contains("its store can't be written", (await fleet.AskAsync("why", "during")).Succeeded().Output, StringComparison.Ordinal);

        await disk.MakeRoomAsync();
        await Eventually.Is(() => fleet.AskAsync("describe", "node", full), r => !r.Output.Contains("StoreFailing", StringComparison.Ordinal), SeenWithin, r => r.Output, "it being well again");
        (await fleet.ApplyAsync(Manifest.Of("after", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        await Eventually.Is(fleet.SlotsAsync, slots => slots.Any(s => s is { Workload: "after", Phase: "running" } && s.Node == full), PlacedWithin, slots => string.Join("; ", slots), "it running something of that");
        await fleet.Stamps.LiveAsync(3 * Replicas, PlacedWithin);
        await fleet.DownAsync();
    }
}
