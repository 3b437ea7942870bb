using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>kill -9 of an agent in the middle of anything: after its restart every process is owned by a slot, or gone.</summary>
public sealed class KilledAgentTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int ReplicasMax = 8;
    private const int PauseMaxMs = 400;
    private static readonly string[] Workloads = ["red", "green", "blue"];
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(FleetKind.Embedded, 6)]
    [InlineData(FleetKind.Mosquitto, 6)]
    [InlineData(FleetKind.Containers, 6)]
    public Task No_orphan_is_left(FleetKind kind, int rounds) => RoundsAsync(kind, rounds);

    [Theory]
    [Trait("Category", "nightly")]
    [InlineData(FleetKind.Embedded, 100)]
    [InlineData(FleetKind.Mosquitto, 100)]
    [InlineData(FleetKind.Containers, 100)]
    public Task No_orphan_is_left_in_many_rounds(FleetKind kind, int rounds) => RoundsAsync(kind, rounds);

    [Fact]
    public async Task A_corrupt_store_leaves_none_either()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Mosquitto, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("red", ReplicasMax, fleet.Stamps))).Succeeded();
        await fleet.RunningAsync("red", ReplicasMax, SettledWithin);
        await fleet.KillAgentAsync("node-1");
        var store = Assert.Single(Directory.GetFiles(Path.Combine(fleet.Folder, "node-1"), "edgeagent.db", SearchOption.AllDirectories));
        SpoiltStore.Spoil(store);
        await fleet.StartAgentAsync("node-1");
        await fleet.OnlineAsync(Nodes);
        await OwnedAsync(fleet, ReplicasMax, $"store {store}");
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(store)!, "*.corrupt-*"));
    }

    private async Task RoundsAsync(FleetKind kind, int rounds)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var wanted = new Dictionary<string, int>();
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        for (var round = 0; round < rounds; round++)
        {
            // Whatever is under way, started or ended, an agent is lost in it, and comes back soon or later.
            var change = ChangeAsync(fleet, wanted, random);
            await PauseAsync(random);
            var victim = fleet.Nodes[random.Next(Nodes)];
            await fleet.KillAgentAsync(victim);
            await change;
            await PauseAsync(random);
            await fleet.StartAgentAsync(victim);
            await fleet.OnlineAsync(Nodes);
        }

        await OwnedAsync(fleet, wanted.Values.Sum(), $"seed {seed}");
    }

    private static async Task OwnedAsync(Fleet fleet, int count, string world) => await Eventually.Is(
        async () => (Slots: await fleet.SlotsAsync(), Kept: await fleet.KeptAsync(), Living: fleet.Stamps.Living()),
        now => Owned(now.Slots).SetEquals(now.Living) && now.Living.ToHashSet().SetEquals(now.Kept) && now.Living.Count == count,
        SettledWithin,
        now => $"{world}: {now.Living.Count} processes of {count}; {string.Join("; ", now.Slots.Select(s => $"{s.Workload}/{s.Index} {s.Phase} {s.Pid} on {s.Node}"))}; living {string.Join(" ", now.Living)}; kept {string.Join(" ", now.Kept)}",
        "each process owned by one slot, and no other");

    private static HashSet<WorkProcess> Owned(IEnumerable<SlotItem> slots) => [.. slots.Where(s => s.Phase == "running").Select(s => s.Process)];

    private static async Task ChangeAsync(Fleet fleet, Dictionary<string, int> wanted, Random random)
    {
        var workload = Workloads[random.Next(Workloads.Length)];
        if (wanted.ContainsKey(workload) && random.Next(3) == 0)
        {
            wanted.Remove(workload);
            (await fleet.AskAsync("delete", workload)).Succeeded();
            return;
        }

        wanted[workload] = random.Next(1, ReplicasMax + 1);
        (await fleet.ApplyAsync(Manifest.Of(workload, wanted[workload], fleet.Stamps))).Succeeded();
    }

    private static Task PauseAsync(Random random) => Task.Delay(random.Next(PauseMaxMs), TestContext.Current.CancellationToken);
}
