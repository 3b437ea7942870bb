using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeCtl.Up;

/// <summary>
/// Which of the fleet's nodes are ready since this broker started: they have said <c>online</c>, and a status, which a node says when it has read all that
/// the broker keeps. A word retained from an earlier run doesn't count.
/// </summary>
internal sealed class Roster(IEnumerable<NodeId> wanted, TopicSpace topics)
{
    private readonly Lock _lock = new();
    private readonly HashSet<NodeId> _missing = [.. wanted];
    private readonly HashSet<NodeId> _online = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when all have been online at the same time.</summary>
    public Task Complete => _complete.Task;

    public IReadOnlyList<string> Missing()
    {
        lock (_lock)
        {
            return [.. _missing.Select(n => n.Value).Order(StringComparer.Ordinal)];
        }
    }

    public void Hear(string topic, ReadOnlyMemory<byte> payload)
    {
        if (!topics.TryParse(topic, out var parsed) || parsed.Kind is not (TopicKind.Presence or TopicKind.Status))
        {
            return;
        }

        lock (_lock)
        {
            if (parsed.Kind == TopicKind.Status)
            {
                if (_online.Contains(parsed.Node))
                {
                    _missing.Remove(parsed.Node);
                }
            }
            else if (!WordCodec.TryReadPresence(payload, parsed.Node, out var presence).IsError && !presence.IsAway)
            {
                _online.Add(parsed.Node);
            }
            else
            {
                _online.Remove(parsed.Node);
            }

            if (_missing.Count == 0)
            {
                _complete.TrySetResult();
            }
        }
    }
}
