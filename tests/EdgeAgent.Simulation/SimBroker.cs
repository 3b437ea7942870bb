using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>MQTT's behaviour as far as the protocol rests on it: retained messages, wills, take-overs, order.</summary>
public sealed class SimBroker(SimWorld world)
{
    private readonly SortedDictionary<string, byte[]> _retained = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly List<string> _published = [];

    public bool IsUp { get; private set; } = true;

    /// <summary>What an overflowing queue loses.</summary>
    public Func<SimNode, BrokerMessage, bool> Drops { get; set; } = (_, _) => false;

    /// <summary>Topics in the order in which the broker took them, of this world's whole time.</summary>
    public IReadOnlyList<string> Published => _published;

    public IReadOnlyDictionary<string, byte[]> Retained => _retained;

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

    public void Start(bool emptyStore = false)
    {
        IsUp = true;
        if (emptyStore)
        {
            _retained.Clear();
        }
    }

    /// <summary>What an operator's tool publishes.</summary>
    public void Publish(string topic, byte[] payload, bool retain = true) => Route(topic, payload, retain);

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

        _sessions[request.ClientId] = new Session(node, request);
        node.Post(new BrokerConnected(request.Attempt, "simulated"));
    }

    internal void Take(SimNode node, BrokerRequest request, long attempt)
    {
        var session = _sessions.Values.FirstOrDefault(s => s.Node == node && s.Request.Attempt == attempt && s.IsAlive);
        if (session is null)
        {
            return;
        }

        switch (request)
        {
            case BrokerDisconnect:
                End(session, fireWill: false, "disconnected");
                break;
            case BrokerSubscribe e:
                session.Filters.UnionWith(e.Filters);
                Send(session, new BrokerSubscribed(attempt, e.Id, [.. e.Filters.Select(_ => true)]));
                foreach (var (topic, payload) in _retained.Where(r => e.Filters.Any(f => Matches(f, r.Key))))
                {
                    Send(session, new BrokerMessage(attempt, topic, payload, Retained: true));
                }

                break;
            case BrokerUnsubscribe e:
                session.Filters.ExceptWith(e.Filters);
                break;
            case BrokerPublish e:
                Route(e.Topic, e.Payload.ToArray(), e.Retain);
                Send(session, new BrokerPublished(attempt, e.Id, null));
                break;
        }
    }

    /// <summary>The process died, or its cable was cut and the keep-alive ran out.</summary>
    internal void Drop(SimNode node)
    {
        foreach (var session in _sessions.Values.Where(s => s.Node == node).ToList())
        {
            End(session, fireWill: true, "the connection was lost");
        }
    }

    private void End(Session session, bool fireWill, string reason)
    {
        session.IsAlive = false;
        if (_sessions.TryGetValue(session.Request.ClientId, out var current) && current == session)
        {
            _sessions.Remove(session.Request.ClientId);
        }

        world.At(world.Hop(), () => session.Node.Post(new BrokerLost(session.Request.Attempt, reason)));
        if (fireWill && session.Request.WillTopic is { } topic)
        {
            Route(topic, session.Request.WillPayload.ToArray(), retain: true);
        }
    }

    private void Route(string topic, byte[] payload, bool retain)
    {
        if (!IsUp)
        {
            return;
        }

        _published.Add(topic);
        if (retain && payload.Length == 0)
        {
            _retained.Remove(topic);
        }
        else if (retain)
        {
            _retained[topic] = payload;
        }

        foreach (var session in _sessions.Values.Where(s => s.Filters.Any(f => Matches(f, topic))).ToList())
        {
            Send(session, new BrokerMessage(session.Request.Attempt, topic, payload, Retained: false));
        }
    }

    /// <summary>In order for each session, each hop with a latency of its own.</summary>
    private void Send(Session session, NodeInput input)
    {
        if (input is BrokerMessage dropped && Drops(session.Node, dropped))
        {
            return;
        }

        var at = world.Clock.Now + world.Hop();
        session.LastAt = at > session.LastAt ? at : session.LastAt;
        world.At(session.LastAt - world.Clock.Now, () =>
        {
            if (session.IsAlive)
            {
                session.Node.Post(input);
            }
        });
    }

    private static bool Matches(string filter, string topic)
    {
        var (a, b) = (filter.Split('/'), topic.Split('/'));
        return a.Length == b.Length && a.Zip(b).All(p => p.First == "+" || p.First == p.Second);
    }

    private sealed class Session(SimNode node, BrokerConnect request)
    {
        public SimNode Node => node;

        public BrokerConnect Request => request;

        public bool IsAlive { get; set; } = true;

        public SortedSet<string> Filters { get; } = new(StringComparer.Ordinal);

        public TimeSpan LastAt { get; set; }
    }
}
