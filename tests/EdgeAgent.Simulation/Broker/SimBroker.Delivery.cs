using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>The way from the broker to a subscriber: it has a rate, a delay, and what may go wrong.</summary>
public sealed partial class SimBroker
{
    private static readonly TimeSpan DuplicateWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BehindAtMost = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LateAtMost = TimeSpan.FromSeconds(1);

    private readonly List<(string Topic, byte[] Payload, byte[]? Before)> _found = [];
    private readonly Dictionary<string, TimeSpan> _spreadUntil = new(StringComparer.Ordinal);
    private TimeSpan _busyUntil;

    /// <summary>What Mosquitto does on a machine like the one that this is built on.</summary>
    public const int MosquittoPerSecond = 45_000;

    public int DeliveriesPerSecond { get; set; } = MosquittoPerSecond;

    /// <summary>
    /// A broker of several threads: it puts a message into its readers' queues one by one, for so long at most, and others' messages meanwhile. Only of one client each is in all queues before
    /// the next is looked at, and of one topic. Zero: one thread, all read in one order (traces.md, 2).
    /// </summary>
    public TimeSpan Skew { get; set; }

    public long PublishedCount { get; private set; }

    public long DeliveredCount { get; private set; }

    public long DeliveredBytes { get; private set; }

    /// <summary>By kinds of topics.</summary>
    public Traffic Traffic { get; } = new();

    private void Subscribe(SimSession session, BrokerSubscribe e)
    {
        var link = session.Node.Link;
        Send(session, new BrokerSubscribed(e.Attempt, e.Id, [.. e.Filters.Select(_ => true)]), null);
        _found.Clear();
        foreach (var filter in e.Filters)
        {
            if (session.Filters.Add(filter))
            {
                _filters.Add(filter, session);
            }

            _retained.Find(filter, _found);
        }

        var sent = 0;
        foreach (var (topic, payload, before) in _found)
        {
            // Who asks for one topic by its name reads an own word back.
            if (e.Filters.Contains(topic) && LosesEcho(session.Node, Levels(topic)))
            {
                continue;
            }

            if ((link.Overflow > 0 && sent >= link.Overflow) || world.Chance.Chance(link.RetainedLost))
            {
                session.Node.Count("retained messages lost");
                continue;
            }

            sent++;
            Traffic.AddRead(topic.Length + payload.Length);
            var isStale = before is { Length: > 0 } && world.Chance.Chance(link.RetainedStale);
            var behind = world.Chance.Chance(link.RetainedLate) ? world.Chance.Between(TimeSpan.Zero, LateAtMost) : TimeSpan.Zero;
            Send(session, new BrokerMessage(e.Attempt, topic, isStale ? before : payload, Retained: true), topic, behind);
        }
    }

    /// <param name="session">Who reads it.</param>
    /// <param name="message">As the reader before got it: the same object, where it would be the same.</param>
    /// <param name="topic">Of it.</param>
    /// <param name="payload">Of it.</param>
    private void SendLive(SimSession session, ref BrokerMessage? message, string topic, byte[] payload)
    {
        var link = session.Node.Link;
        if (world.Chance.Chance(link.Dropped))
        {
            session.Node.Count("live messages dropped");
            return;
        }

        var said = message = message?.Attempt == session.Request.Attempt ? message : new BrokerMessage(session.Request.Attempt, topic, payload, Retained: false);
        Send(session, said, topic, world.Chance.Chance(link.Reordered) ? world.Chance.Between(TimeSpan.Zero, BehindAtMost) : TimeSpan.Zero);
        if (world.Chance.Chance(link.Duplicated))
        {
            session.Node.Count("messages duplicated");
            world.At(world.Chance.Between(TimeSpan.Zero, DuplicateWithin), () => Arrive(session, said));
        }
    }

    /// <summary>Into this reader's queue some time later.</summary>
    /// <returns>How long the slowest of the readers until now takes.</returns>
    private TimeSpan SendSkewed(SimSession session, string topic, byte[] payload, TimeSpan longest)
    {
        var now = world.Clock.Now;
        var after = world.Chance.Between(TimeSpan.Zero, Skew) + (_spreadUntil.TryGetValue(topic, out var until) && until > now ? until - now : TimeSpan.Zero);
        world.At(after, () =>
        {
            BrokerMessage? message = null;
            SendLive(session, ref message, topic, payload);
        });
        return after > longest ? after : longest;
    }

    /// <summary>What it sends meanwhile waits for its turn.</summary>
    private void KeepBusy(SimSession? sender, TimeSpan longest)
    {
        if (sender is not { IsAlive: true })
        {
            return;
        }

        sender.BusyUntil = world.Clock.Now + longest;
        world.At(longest, () =>
        {
            while (sender.IsAlive && sender.BusyUntil <= world.Clock.Now && sender.Waiting.TryDequeue(out var request))
            {
                Handle(sender, request);
            }
        });
    }

    private bool LosesEcho(SimNode node, string[] levels)
    {
        if (node.Link.EchoLost == 0 || !Traffic.KindOf(levels).StartsWith("claim", StringComparison.Ordinal) || !world.Chance.Chance(node.Link.EchoLost))
        {
            return false;
        }

        node.Count("own words that did not come back");
        return true;
    }

    /// <summary>In order for each session, each hop with a latency of its own.</summary>
    private void Send(SimSession session, NodeInput input, string? topic, TimeSpan behind = default)
    {
        if (input is BrokerMessage message && Drops(session.Node, message))
        {
            return;
        }

        var now = world.Clock.Now;
        _busyUntil = (_busyUntil > now ? _busyUntil : now) + TimeSpan.FromTicks(TimeSpan.TicksPerSecond / DeliveriesPerSecond);
        var delay = session.Node.Link.Delay;
        var sent = _busyUntil + world.Hop() + (delay > TimeSpan.Zero ? world.Chance.Between(TimeSpan.Zero, delay) : TimeSpan.Zero);
        world.At(session.Arrival(sent, topic, behind) - now, new Delivery(this, session, input));
    }

    private void Arrive(SimSession session, NodeInput input)
    {
        if (!session.IsAlive)
        {
            return;
        }

        if (input is BrokerMessage message)
        {
            DeliveredCount++;
            DeliveredBytes += message.Topic.Length + message.Payload.Length;
        }

        session.Node.Post(input);
    }

    /// <summary>On its way to a subscriber.</summary>
    private sealed class Delivery(SimBroker broker, SimSession session, NodeInput input) : IDue
    {
        public void Happen() => broker.Arrive(session, input);
    }
}
