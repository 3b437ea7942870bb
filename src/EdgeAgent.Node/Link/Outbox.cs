using EdgeAgent.Node.Keeping;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Link;

/// <summary>What an acknowledgement is good for.</summary>
internal enum PublishPurpose
{
    None,
    OwnPresence,
    Farewell,

    /// <summary>The presence that says that the machine is about to restart.</summary>
    Restarting,
    LogChunk,

    /// <summary>The own lease; its tag is when it was said.</summary>
    Lease,
}

/// <summary>
/// Everything that is published goes through here: in order for each topic, bounded in flight, and not before the batch that it depends
/// on is on disk. A retained word that still waits is replaced by its topic's next one.
/// </summary>
internal sealed class Outbox(IBroker broker, Keeper keeper)
{
    private readonly LinkedList<Entry> _waiting = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _retainedWaiting = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (PublishPurpose Purpose, long Tag)> _inFlight = [];
    private long _attempt;
    private long _nextId = 1;

    /// <summary>All that was published since the agent's start.</summary>
    public long Published { get; private set; }

    public void LinkUp(long attempt) => _attempt = attempt;

    /// <summary>What wasn't acknowledged is said anew in the next connection, as far as it is still true.</summary>
    public void LinkDown()
    {
        _attempt = 0;
        _waiting.Clear();
        _retainedWaiting.Clear();
        _inFlight.Clear();
    }

    /// <param name="topic">Where to.</param>
    /// <param name="payload">Empty: clears the topic.</param>
    /// <param name="retain">Whether the broker keeps it.</param>
    /// <param name="afterBatch">The batch that has to be on disk before; 0: none.</param>
    /// <param name="purpose">What its acknowledgement is for, with <paramref name="tag"/>.</param>
    /// <param name="tag">Given back with the acknowledgement.</param>
    /// <param name="readBack">The topic is subscribed to right behind it, which brings what the broker keeps there.</param>
    public void Publish(string topic, ReadOnlyMemory<byte> payload, bool retain, long afterBatch = 0, PublishPurpose purpose = PublishPurpose.None, long tag = 0, bool readBack = false)
    {
        if (_attempt == 0)
        {
            return;
        }

        var entry = new Entry(topic, payload, retain, afterBatch, purpose, tag, readBack);
        if (retain && _retainedWaiting.TryGetValue(topic, out var node))
        {
            node.Value = entry;
            return;
        }

        node = _waiting.AddLast(entry);
        if (retain)
        {
            _retainedWaiting[topic] = node;
        }
    }

    /// <summary>Hands over what may go.</summary>
    public void EndTurn()
    {
        for (var node = _waiting.First; node is not null && _inFlight.Count < NodeLimits.PublishesInFlightMax;)
        {
            var next = node.Next;
            if (keeper.IsKept(node.Value.AfterBatch))
            {
                _waiting.Remove(node);
                Send(node.Value);
            }

            node = next;
        }
    }

    public (PublishPurpose Purpose, long Tag) Acknowledged(long id) => _inFlight.Remove(id, out var what) ? what : default;

    private void Send(Entry entry)
    {
        if (entry.Retain)
        {
            _retainedWaiting.Remove(entry.Topic);
        }

        var id = _nextId++;
        _inFlight[id] = (entry.Purpose, entry.Tag);
        Published++;
        broker.Submit(new BrokerPublish(_attempt, id, entry.Topic, entry.Payload, entry.Retain));
        if (entry.ReadBack)
        {
            broker.Submit(new BrokerSubscribe(_attempt, 0, [entry.Topic]));
        }
    }

    private sealed record Entry(string Topic, ReadOnlyMemory<byte> Payload, bool Retain, long AfterBatch, PublishPurpose Purpose, long Tag, bool ReadBack);
}
