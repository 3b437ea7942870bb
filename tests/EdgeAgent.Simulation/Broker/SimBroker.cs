using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>MQTT's behaviour as far as the protocol rests on it: retained messages, wills, take-overs, order.</summary>
public sealed partial class SimBroker(SimWorld world)
{
    private readonly RetainedTree _retained = new();
    private readonly FilterTree _filters = new();
    private readonly SortedDictionary<string, SimSession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _levels = new(StringComparer.Ordinal);
    private readonly List<string> _published = [];
    private readonly List<SimSession> _readers = [];

    public bool IsUp { get; private set; } = true;

    /// <summary>What an overflowing queue loses.</summary>
    public Func<SimNode, BrokerMessage, bool> Drops { get; set; } = (_, _) => false;

    /// <summary>Topics in the order in which the broker took them, of this world's whole time, as long as they are kept.</summary>
    public IReadOnlyList<string> Published => _published;

    /// <summary>A world of a thousand nodes keeps no list of what was ever published.</summary>
    public bool KeepsPublished { get; set; } = true;

    public IReadOnlyDictionary<string, byte[]> Retained => _retained.All;

    /// <summary>What a subscription would bring now.</summary>
    public IEnumerable<(string Topic, byte[] Payload)> Find(string filter)
    {
        var found = new List<(string Topic, byte[] Payload, byte[]? Before)>();
        _retained.Find(filter, found);
        return found.Select(f => (f.Topic, f.Payload));
    }

    /// <summary>Stopped with -9: no will is fired.</summary>
    public void Kill()
    {
        IsUp = false;
        foreach (var session in _sessions.Values.ToList())
        {
            End(session, fireWill: false, "the connection was reset");
        }
    }

    /// <summary>Stopped politely: every will is fired (traces.md, 12).</summary>
    public void Stop()
    {
        foreach (var session in _sessions.Values.ToList())
        {
            End(session, fireWill: true, "the server is shutting down");
        }

        IsUp = false;
    }

    /// <summary>With the store that it has, an empty one, or an older one.</summary>
    public void Start(bool emptyStore = false, IReadOnlyDictionary<string, byte[]>? store = null)
    {
        IsUp = true;
        if (emptyStore || store is not null)
        {
            _retained.Clear();
        }

        foreach (var (topic, payload) in store ?? new Dictionary<string, byte[]>())
        {
            _retained.Set(topic, Levels(topic), payload);
        }

        if (emptyStore || store is not null)
        {
            world.Watcher?.StoreChanged();
        }
    }

    /// <summary>The store as it is now.</summary>
    public IReadOnlyDictionary<string, byte[]> Snapshot() => new Dictionary<string, byte[]>(_retained.All, StringComparer.Ordinal);

    /// <summary>What an operator's tool publishes, or a stranger.</summary>
    public void Publish(string topic, byte[] payload, bool retain = true) => Route(null, topic, payload, retain);

    /// <summary>The will of a node that lives.</summary>
    public void FireWill(SimNode node)
    {
        if (node.Session is { IsAlive: true, Request.WillTopic: { } topic } session)
        {
            Route(node, topic, session.Request.WillPayload.Whole(), retain: true);
        }
    }

    internal void Connect(SimNode node, BrokerConnect request)
    {
        if (!IsUp)
        {
            node.Post(new BrokerLost(request.Attempt, "connection refused"));
            return;
        }

        if (_sessions.TryGetValue(request.ClientId, out var older))
        {
            End(older, fireWill: true, "the client id was taken over");
        }

        node.Session = _sessions[request.ClientId] = new SimSession(node, request);
        node.Post(new BrokerConnected(request.Attempt, "simulated"));
    }

    internal void Take(SimNode node, BrokerRequest request, long attempt)
    {
        if (node.Session is not { IsAlive: true } session || session.Request.Attempt != attempt)
        {
            return;
        }

        if (session.IsBusy(world.Clock.Now))
        {
            session.Waiting.Enqueue(request);
            return;
        }

        Handle(session, request);
    }

    private void Handle(SimSession session, BrokerRequest request)
    {
        switch (request)
        {
            case BrokerDisconnect:
                End(session, fireWill: false, "disconnected");
                break;
            case BrokerSubscribe e:
                Subscribe(session, e);
                break;
            case BrokerUnsubscribe e:
                foreach (var filter in e.Filters)
                {
                    if (session.Filters.Remove(filter))
                    {
                        _filters.Remove(filter, session);
                    }
                }

                break;
            case BrokerPublish e:
                Take(session, e);
                break;
        }
    }

    /// <summary>The process died, or its cable was cut and the keep-alive ran out.</summary>
    internal void Drop(SimNode node)
    {
        if (node.Session is { IsAlive: true } session)
        {
            End(session, fireWill: true, "the connection was lost");
        }
    }

    private void Take(SimSession session, BrokerPublish e)
    {
        var link = session.Node.Link;
        if (world.Chance.Chance(link.Refused))
        {
            Send(session, new BrokerPublished(e.Attempt, e.Id, "quota exceeded"), null);
            return;
        }

        var isBroken = world.Chance.Chance(link.Broken);
        if (!isBroken || world.Chance.Chance(500))
        {
            Route(session.Node, e.Topic, e.Payload.Whole(), e.Retain);
        }

        if (isBroken)
        {
            End(session, fireWill: true, "the connection was lost before the acknowledgement");
        }
        else
        {
            Send(session, new BrokerPublished(e.Attempt, e.Id, null), null);
        }
    }

    private void End(SimSession session, bool fireWill, string reason)
    {
        if (!session.IsAlive)
        {
            return;
        }

        session.IsAlive = false;
        foreach (var filter in session.Filters)
        {
            _filters.Remove(filter, session);
        }

        if (_sessions.TryGetValue(session.Request.ClientId, out var current) && current == session)
        {
            _sessions.Remove(session.Request.ClientId);
        }

        world.At(world.Hop(), () => session.Node.Post(new BrokerLost(session.Request.Attempt, reason)));
        if (fireWill && session.Node.Link.Willless == 0 && session.Request.WillTopic is { } topic)
        {
            Route(session.Node, topic, session.Request.WillPayload.Whole(), retain: true);
        }
    }

    private void Route(SimNode? from, string topic, byte[] payload, bool retain)
    {
        if (!IsUp)
        {
            return;
        }

        var levels = Levels(topic);
        PublishedCount++;
        if (KeepsPublished)
        {
            _published.Add(topic);
        }

        if (retain && payload.Length == 0)
        {
            _retained.Remove(topic, levels);
        }
        else if (retain)
        {
            _retained.Set(topic, levels, payload);
        }

        world.Watcher?.Taken(from, topic, payload, retain);
        _readers.Clear();
        _filters.Collect(levels, _readers);
        if (from is not null)
        {
            Traffic.Add(levels, topic.Length + payload.Length, _readers.Count);
        }

        BrokerMessage? message = null;
        var longest = TimeSpan.Zero;
        foreach (var session in _readers)
        {
            if (session.Node == from && LosesEcho(session.Node, levels))
            {
                continue;
            }

            if (Skew == TimeSpan.Zero)
            {
                SendLive(session, ref message, topic, payload);
            }
            else
            {
                longest = SendSkewed(session, topic, payload, longest);
            }
        }

        if (longest > TimeSpan.Zero)
        {
            _spreadUntil[topic] = world.Clock.Now + longest;
            KeepBusy(from?.Session, longest);
        }
    }

    private string[] Levels(string topic)
    {
        if (!_levels.TryGetValue(topic, out var levels))
        {
            _levels[topic] = levels = topic.Split('/');
        }

        return levels;
    }
}
