using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Verbs;

/// <summary>A node that obeys at once: what it is told to run it says is running, what is deleted it forgets, and it answers commands.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    public const int Pid = 4711;

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Dictionary<SlotId, Claim> _claims = [];
    private readonly IPEndPoint _broker;
    private readonly TopicSpace _topics;
    private readonly Envelope _envelope;
    private long _rev;

    private FakeNode(NodeId name, IPEndPoint broker, TopicSpace topics, Envelope envelope)
    {
        (Name, _broker, _topics, _envelope) = (name, broker, topics, envelope);
        _client.ApplicationMessageReceivedAsync += Take;
    }

    public NodeId Name { get; }

    /// <summary>Null where it is to take nothing up.</summary>
    public ClaimPhase? Says { get; set; } = ClaimPhase.Running;

    /// <summary>What is done at a command, instead of an answer at once.</summary>
    public Func<Command, Task>? Answers { get; set; }

    public Task ReplyAsync(Command command, long sequence, string text, bool isEnd = false, string? error = null, string cursor = "") =>
        PublishAsync(_topics.Reply(command.ReplyClient, command.Id, Name), WordCodec.Write(new Reply(Name, sequence, Encoding.UTF8.GetBytes(text), isEnd, error) { Cursor = cursor }));

    public static async Task<FakeNode> StartAsync(string name, IPEndPoint broker, TopicSpace topics, OperatorKey key)
    {
        var node = new FakeNode(NodeId.Parse(name), broker, topics, new Envelope([PublicKey.FromPem(key.PublicPem())]));
        await node._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(broker.Address.ToString(), broker.Port).WithClientId(name).Build(), TestContext.Current.CancellationToken);
        await node.SayAsync(PresenceState.Online, session: 1);
        await node.PublishAsync(topics.Status(node.Name), WordCodec.Write(new NodeStatus
        {
            Node = node.Name,
            Architecture = "amd64",
            Runtime = "process",
            Features = ["run.exec/1", "mode.everywhere/1"],
            Labels = new Dictionary<string, string> { ["zone"] = name },
        }));
        foreach (var filter in new[] { topics.AllIntents, topics.Command(node.Name) })
        {
            await node._client.SubscribeAsync(new MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, TestContext.Current.CancellationToken);
        }

        return node;
    }

    public Task SayAsync(PresenceState state, long session, ulong instance = 7) =>
        PublishAsync(_topics.Presence(Name), WordCodec.Write(new Presence(Name, session, instance, state) { Version = "test" }));

    public Task PublishAsync(string topic, byte[] payload) => _client.PublishAsync(
        new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload), Retain = !topic.Contains("/reply/", StringComparison.Ordinal), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });

    /// <summary>What the broker keeps on a topic, read by a connection of its own.</summary>
    public async Task<byte[]> ReadRetainedAsync(string topic)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var found = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += args =>
        {
            found.TrySetResult(args.ApplicationMessage.Payload.ToArray());
            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(_broker.Address.ToString(), _broker.Port).WithClientId("reader").Build(), TestContext.Current.CancellationToken);
        await client.SubscribeAsync(new MqttTopicFilter { Topic = topic, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, TestContext.Current.CancellationToken);
        return await found.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task Take(MqttApplicationMessageReceivedEventArgs args)
    {
        var payload = args.ApplicationMessage.Payload.ToArray();
        Assert.True(_topics.TryParse(args.ApplicationMessage.Topic, out var topic));

        // Not awaited here: an answer's acknowledgement comes behind this message.
        _ = topic.Kind == TopicKind.Command ? AnswerAsync(payload) : ObeyAsync(topic.Workload, payload);
        return Task.CompletedTask;
    }

    private async Task ObeyAsync(WorkloadName workload, byte[] payload)
    {
        if (Says is not { } phase || IntentCodec.TryRead(payload, workload, _topics, _envelope, out var intent).IsError)
        {
            return;
        }

        foreach (var slot in _claims.Keys.Where(s => s.Workload == workload && s.Index >= (intent.Spec?.Replicas ?? 0)).ToList())
        {
            await SayAsync(_claims[slot] with { Phase = ClaimPhase.Released });
            _claims.Remove(slot);
            if (intent.IsTombstone)
            {
                await PublishAsync(_topics.Claim(slot, Name), []);
            }
        }

        for (var i = 0; i < (intent.Spec?.Replicas ?? 0); i++)
        {
            await SayAsync(new Claim
            {
                Slot = new SlotId(workload, i),
                Node = Name,
                Incarnation = intent.Incarnation,
                Generation = intent.Generation,
                RunId = intent.RunId,
                Epoch = new(intent.EpochFloor + 1),
                Phase = phase,
                Score = 1,
                Order = default,
                Instance = 7,
                Pid = Pid,
            });
        }
    }

    private Task SayAsync(Claim claim)
    {
        _claims[claim.Slot] = claim;
        return PublishAsync(_topics.Claim(claim.Slot, Name), WordCodec.Write(claim with { Order = new(1, ++_rev) }));
    }

    // Of each slot that is asked for a line with its time, as agents send it.
    private async Task AnswerAsync(byte[] payload)
    {
        Assert.False(CommandCodec.TryRead(payload, Name, _topics, _envelope, DateTimeOffset.UtcNow, out var command).IsError);
        if (Answers is not null)
        {
            await Answers(command);
            return;
        }

        var index = command.Arguments.GetValueOrDefault("index");
        var lines = _claims.Keys.Order().Where(s => index is null || s.Index.ToString(CultureInfo.InvariantCulture) == index).Select(s => $"2026-01-01T00:00:00Z {command.Verb} of {s}\n");
        await ReplyAsync(command, 0, string.Concat(lines), isEnd: true);
    }
}
