using System.Security.Cryptography;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Verbs;

namespace EdgeCtl.Connection;

/// <summary>Asks nodes by signed commands, and gathers what they answer.</summary>
public sealed class Asker(FleetSession session)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, long> _next = [];
    private readonly HashSet<NodeId> _open = [];
    private string _id = "";
    private long _last = Environment.TickCount64;

    /// <summary>Called for each reply, in order for each node.</summary>
    public required Action<Reply> Heard { get; init; }

    /// <summary>Asks these and waits until all have ended their answers; gives those that were silent too long.</summary>
    public async Task<IReadOnlyList<NodeId>> AskAsync(IReadOnlyList<NodeId> nodes, string verb, IReadOnlyDictionary<string, string> arguments, TimeSpan silenceMax, bool follow, CancellationToken cancel)
    {
        using var key = session.OpenKey();
        session.Connection.Heard = Hear;
        _id = RandomNumberGenerator.GetString(Letters, 12);
        _open.UnionWith(nodes);
        await session.Connection.ReadAsync([session.Topics.RepliesTo(session.Connection.Name.Value)], cancel).ConfigureAwait(false);
        foreach (var node in nodes)
        {
            await SendAsync(node, _id, verb, arguments, key, cancel).ConfigureAwait(false);
        }

        var renewAt = Environment.TickCount64 + (long)RenewInterval.TotalMilliseconds;
        while (!await session.WaitAsync(IsOver, TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false))
        {
            if (follow && Environment.TickCount64 >= renewAt)
            {
                renewAt += (long)RenewInterval.TotalMilliseconds;
                foreach (var node in nodes)
                {
                    await SendAsync(node, RandomNumberGenerator.GetString(Letters, 12), "renew", new Dictionary<string, string> { ["id"] = _id }, key, cancel).ConfigureAwait(false);
                }
            }
            else if (!follow && Environment.TickCount64 - Volatile.Read(ref _last) > silenceMax.TotalMilliseconds)
            {
                break;
            }
        }

        lock (_gate)
        {
            return [.. _open];
        }
    }

    private Task SendAsync(NodeId node, string id, string verb, IReadOnlyDictionary<string, string> arguments, EdgeAgent.Protocol.Security.OperatorKey key, CancellationToken cancel)
    {
        var command = new Command(id, DateTimeOffset.UtcNow + (ProtocolLimits.CommandLifeMax / 2), verb, arguments, session.Connection.Name.Value);
        return session.Connection.PublishAsync(session.Topics.Command(node), CommandCodec.Sign(command, node, key, session.Topics), retain: false, cancel);
    }

    private bool IsOver()
    {
        lock (_gate)
        {
            return _open.Count == 0;
        }
    }

    private void Hear(string topic, ReadOnlyMemory<byte> payload, bool retained)
    {
        session.View.Hear(topic, payload, retained);
        if (!session.Topics.TryParse(topic, out var parsed) || parsed.Kind != TopicKind.Reply || parsed.Id != _id || WordCodec.TryReadReply(payload, parsed.Node, out var reply).IsError)
        {
            return;
        }

        Volatile.Write(ref _last, Environment.TickCount64);
        lock (_gate)
        {
            // A broker may deliver one again.
            if (reply.Sequence < _next.GetValueOrDefault(parsed.Node))
            {
                return;
            }

            _next[parsed.Node] = reply.Sequence + 1;
        }

        Heard(reply);
        lock (_gate)
        {
            if (reply.IsEnd)
            {
                _open.Remove(parsed.Node);
            }
        }
    }
}
