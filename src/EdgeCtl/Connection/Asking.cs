using System.Security.Cryptography;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeCtl.Connection;

/// <summary>Asks nodes, and hears their answers in order. What a node repeats is heard once.</summary>
internal sealed class Asking(FleetConnection connection, OperatorKey key, TimeProvider time)
{
    /// <summary>A command that is late is not carried out; clocks may differ by as much.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>The longest that a node may take to answer, or to go on with its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(NodeId Node, string Id), long> _next = [];

    /// <summary>To be done before the first question.</summary>
    public Task ListenAsync(CancellationToken cancel) => connection.SubscribeAsync([connection.Topics.RepliesTo(connection.ClientId)], cancel);

    /// <summary>The id of the question. Answers may be awaited at any time after it.</summary>
    public async Task<string> AskAsync(NodeId node, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        var id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        _next[(node, id)] = 0;
        await SendAsync(node, id, verb, arguments, cancel).ConfigureAwait(false);
        return id;
    }

    /// <summary>Asks a node to go on with a stream, which it else ends after a minute. There is no answer to it.</summary>
    public Task RenewAsync(NodeId node, string stream, CancellationToken cancel) =>
        SendAsync(node, RandomNumberGenerator.GetHexString(16, lowercase: true), "renew", new Dictionary<string, string> { ["id"] = stream }, cancel);

    /// <summary>A reply to a question of this connection that wasn't heard before; otherwise null.</summary>
    public Reply? Hear(FleetMessage message)
    {
        if (message.Topic.Kind != TopicKind.Reply || message.Topic.Client != connection.ClientId || message.Topic.Id is not { } id
            || !_next.TryGetValue((message.Topic.Node, id), out var next)
            || WordCodec.TryReadReply(message.Payload, message.Topic.Node, out var reply).IsError || reply.Sequence < next)
        {
            return null;
        }

        _next[(message.Topic.Node, id)] = reply.Sequence + 1;
        return reply;
    }

    private Task SendAsync(NodeId node, string id, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        var command = new Command(id, time.GetUtcNow() + Life, verb, arguments, connection.ClientId);
        return connection.PublishAsync(connection.Topics.Command(node), CommandCodec.Sign(command, node, key, connection.Topics), retain: false, cancel);
    }
}
