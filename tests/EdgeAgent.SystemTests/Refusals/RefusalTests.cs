using System.Diagnostics;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Refusals;

public sealed class RefusalTests
{
    private const int Nodes = 3;
    private const long AgentBytesMax = 96L * 1024 * 1024;
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(3);
    private static readonly TopicSpace Topics = new(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Containers)]
    public async Task A_manifest_that_is_wrong_is_refused_with_its_place_and_nothing_is_sent(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, 1);
        (string Body, string Advice)[] wrong = [("spec:\n  replicaz: 3\n", "replicas"), ("spec:\n  replicas: three\n", "replicas"), ("spec: [unclosed\n", ":")];
        foreach (var (body, advice) in wrong)
        {
            var result = await fleet.ApplyAsync("apiVersion: edge/v1\nkind: Workload\nmetadata: {name: bad}\n" + body);
            Assert.Equal(1, result.ExitCode);
            Assert.Matches(@":\d+:\d+", result.Errors);
            Assert.Contains(advice, result.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await fleet.ApplyAsync(Manifest.Of("big", 1, fleet.Stamps) + "\n# " + new string('x', 2 * 1024 * 1024))).ExitCode);
        Assert.Empty(await fleet.SlotsAsync());
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Containers)]
    public async Task What_no_trusted_operator_signed_for_this_topic_starts_nothing_and_ends_nobody(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        await using var stranger = await Stranger.ConnectAsync(fleet.Broker);
        using var strangersKey = OperatorKey.Create();
        using var operatorsKey = OperatorKey.FromPem(await File.ReadAllTextAsync(fleet.KeyFile, TestContext.Current.CancellationToken));
        var elsewhere = new TopicSpace(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("other"));

        var told = await stranger.ListenAsync("edge/v1/default/default/event/+");
        await stranger.PublishAsync(Topics.Intent(Name("random")), Enumerable.Range(0, 512).Select(i => (byte)(i * 37)).ToArray(), retain: true);
        await stranger.PublishAsync(Topics.Intent(Name("unsigned")), "not signed"u8.ToArray(), retain: true);
        await stranger.PublishAsync(Topics.Intent(Name("strange")), IntentCodec.Sign(Draft(fleet, "strange"), strangersKey, Topics).Signed.ToArray(), retain: true);
        await stranger.PublishAsync(Topics.Intent(Name("moved")), IntentCodec.Sign(Draft(fleet, "other"), operatorsKey, Topics).Signed.ToArray(), retain: true);
        await stranger.PublishAsync(Topics.Intent(Name("cell")), IntentCodec.Sign(Draft(fleet, "cell"), operatorsKey, elsewhere).Signed.ToArray(), retain: true);

        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.All().Count == 0 ? null : "something was started"));
        await fleet.OnlineAsync(Nodes);

        // Two without a signature, three with one that isn't good for this topic: counted one by one, and told once of each kind by each node.
        var node = (await fleet.AskAsync("describe", "node", fleet.Nodes[0])).Succeeded().Output;
        Assert.Matches(@"refused\.intent\.Unsigned:\s*2\b", node);
        Assert.Matches(@"refused\.intent\.BadSignature:\s*3\b", node);
        var events = told.Select(t => (Node: t.Topic.Split('/')[^1], Event: Read(t.Topic, t.Payload))).ToList();
        Assert.Equal(
            fleet.Nodes.SelectMany(n => new[] { $"{n} Refused intent BadSignature", $"{n} Refused intent Unsigned" }),
            events.Select(e => $"{e.Node} {e.Event.Kind} {e.Event.Subject} {e.Event.Reason}").Order(StringComparer.Ordinal));
        (await fleet.ApplyAsync(Manifest.Of("hello", Nodes, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
    }

    [Theory]
    [InlineData(FleetKind.Embedded, 2)]
    [InlineData(FleetKind.Mosquitto, 2)]
    [InlineData(FleetKind.Containers, 2)]
    public Task Junk_leaves_memory_bounded_and_placement_working(FleetKind kind, int seconds) => FloodAsync(kind, seconds);

    [Theory]
    [Trait("Category", "nightly")]
    [InlineData(FleetKind.Embedded, 10)]
    [InlineData(FleetKind.Mosquitto, 10)]
    [InlineData(FleetKind.Containers, 10)]
    public Task Ten_seconds_of_junk_leave_memory_bounded_and_placement_working(FleetKind kind, int seconds) => FloodAsync(kind, seconds);

    private static async Task FloodAsync(FleetKind kind, int seconds)
    {
        const int MessagesASecond = 10_000;
        const int Batch = 100;
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        await using var stranger = await Stranger.ConnectAsync(fleet.Broker);
        var agents = await Task.WhenAll(fleet.Nodes.Select(fleet.AgentPidAsync));
        var junk = Enumerable.Range(0, 64).Select(i => (byte)(i * 91)).ToArray();
        string[] topics = [Topics.Intent(Name("junk")), Topics.Presence(NodeId.Parse("junk")), Topics.CommandToAll()];
        var clock = Stopwatch.StartNew();
        for (var sent = 0; sent < seconds * MessagesASecond; sent += Batch)
        {
            for (var i = 0; i < Batch; i++)
            {
                await stranger.PublishAsync(topics[i % topics.Length], junk, retain: false, acknowledged: false);
            }

            var due = TimeSpan.FromSeconds((double)sent / MessagesASecond);
            if (clock.Elapsed < due)
            {
                await Task.Delay(due - clock.Elapsed, TestContext.Current.CancellationToken);
            }

            foreach (var pid in agents)
            {
                using var agent = Process.GetProcessById(pid);
                Assert.InRange(agent.WorkingSet64, 0, AgentBytesMax);
            }
        }

        (await fleet.ApplyAsync(Manifest.Of("hello", Nodes, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.RunningAsync("hello", Nodes, TimeSpan.FromSeconds(30));
    }

    private static NodeEvent Read(string topic, byte[] payload)
    {
        Assert.Equal(DecodeError.None, WordCodec.TryReadEvent(payload, NodeId.Parse(topic.Split('/')[^1]), out var e));
        return e;
    }

    private static WorkloadName Name(string name) => Intents.Name(name);

    private static Intent Draft(Fleet fleet, string name) => Intents.Draft(name, 1, fleet.Stamps);
}
