using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Placement;
using Xunit;

namespace EdgeAgent.SystemTests.Up;

public sealed class UpDownTests
{
    private const int Nodes = 2;
    private const int Replicas = 4;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Down_ends_the_work_of_living_agents()
    {
        await using var fleet = await WorkingAsync();
        await fleet.DownAsync();
        Assert.Empty(fleet.Stamps.Living());
        Assert.Equal(Replicas, fleet.Stamps.All().Count(s => !s.IsStart));
    }

    [Fact]
    public async Task Down_ends_also_what_dead_agents_left()
    {
        await using var fleet = await WorkingAsync();
        foreach (var node in fleet.Nodes)
        {
            await fleet.KillAgentAsync(node);
        }

        Assert.Equal(Replicas, fleet.Stamps.Living().Count);
        await fleet.DownAsync();
        Assert.Empty(fleet.Stamps.Living());
    }

    [Fact]
    public async Task A_second_fleet_in_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Embedded, Nodes);
        var second = await fleet.TypeAsync("up", "--dir", fleet.Folder, "--port", $"{fleet.Port + 1}");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("edgectl down", second.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(fleet.Folder, "node-1", "agent.pid")));
    }

    [Fact]
    public async Task Agents_that_a_killed_up_left_are_taken_over_by_the_next_and_by_no_other()
    {
        await using var fleet = await WorkingAsync();
        var (agent, work) = (fleet.AgentPid("node-1"), fleet.Stamps.All());
        await fleet.StopBrokerAsync(kill: true);

        var other = await fleet.TypeAsync("up", "--nodes", "1", "--dir", fleet.Folder, "--port", $"{fleet.Port}");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("node-2", other.Errors, StringComparison.Ordinal);
        var elsewhere = await fleet.TypeAsync("up", "--nodes", $"{Nodes}", "--dir", fleet.Folder, "--port", $"{fleet.Port + 1}");
        Assert.Contains("for another broker", elsewhere.Errors, StringComparison.Ordinal);

        await fleet.StartBrokerAsync(empty: false);
        await fleet.OnlineAsync(Nodes);
        Assert.Equal(agent, fleet.AgentPid("node-1"));
        Assert.Equal(work, fleet.Stamps.All());
        await fleet.DownAsync();
        Assert.Empty(fleet.Stamps.Living());
    }

    [Fact]
    public async Task Down_twice_is_as_good_as_once()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Embedded, Nodes);
        await fleet.DownAsync();
        Assert.Equal("", (await fleet.TypeAsync("down", "--dir", fleet.Folder)).Succeeded().Errors);
    }

    // By a signed intent made here: this is about up and down alone.
    private static async Task<ProcessFleet> WorkingAsync()
    {
        var fleet = await ProcessFleet.StartAsync(FleetKind.Embedded, Nodes);
        try
        {
            var topics = new TopicSpace(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));
            using var key = OperatorKey.FromPem(await File.ReadAllTextAsync(fleet.KeyFile, TestContext.Current.CancellationToken));
            await using var publisher = await Stranger.ConnectAsync(fleet.Broker);
            var intent = IntentCodec.Sign(Intents.Draft("hello", Replicas, fleet.Stamps), key, topics);
            await publisher.PublishAsync(topics.Intent(intent.Workload), intent.Signed.ToArray(), retain: true);
            await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }
}
