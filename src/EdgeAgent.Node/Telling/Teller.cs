using EdgeAgent.Core.Fleet;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Telling;

/// <summary>
/// Log lines and events. Of the same kind, subject and reason one a minute is told, with the number of those between: a bad message
/// must not make every node shout.
/// </summary>
internal sealed class Teller(NodeOptions options, TopicSpace topics, IObserver observer, Outbox outbox, Counters counters, LoopClock clock)
{
    private const int GatesMax = 512;

    private readonly Dictionary<(string, string, string), Gate> _gates = [];
    private readonly Queue<NodeEvent> _unsent = [];

    /// <summary>What is new was never told before, as whoever calls knows and bounds: it is told, whatever else was in this minute.</summary>
    public void Tell(Severity severity, string kind, string subject, string reason, string message, bool isEvent = false, bool isNew = false)
    {
        var suppressed = 0L;
        if (!isNew && !Passes((kind, subject, reason), out suppressed))
        {
            counters.Add("told.suppressed");
            return;
        }

        observer.Tell(severity, kind, subject, reason, suppressed == 0 ? message : $"{message} ({suppressed} more like it in the minute before)");
        if (isEvent)
        {
            _unsent.Enqueue(new NodeEvent(options.Node, clock.Wall, kind, subject, reason, message) { Suppressed = suppressed });
            if (_unsent.Count > NodeLimits.EventsUnsentMax)
            {
                _unsent.Dequeue();
                counters.Add("events.dropped");
            }
        }
    }

    /// <summary>For the log alone, as often as it comes.</summary>
    public void Note(Severity severity, string kind, string subject, string message) => observer.Tell(severity, kind, subject, "", message);

    public void EndTurn(bool isOpen)
    {
        while (isOpen && _unsent.TryDequeue(out var e))
        {
            outbox.Publish(topics.Event(options.Node), WordCodec.Write(e), retain: false);
        }
    }

    private bool Passes((string, string, string) key, out long suppressed)
    {
        suppressed = 0;
        if (_gates.TryGetValue(key, out var gate) && clock.Now < gate.Until)
        {
            gate.Suppressed++;
            return false;
        }

        if (gate is null && _gates.Count >= GatesMax)
        {
            foreach (var old in _gates.Where(g => g.Value.Until <= clock.Now).Select(g => g.Key).ToList())
            {
                _gates.Remove(old);
            }

            if (_gates.Count >= GatesMax)
            {
                return false;
            }
        }

        suppressed = gate?.Suppressed ?? 0;
        _gates[key] = new Gate { Until = clock.Now + NodeLimits.EventInterval };
        return true;
    }

    private sealed class Gate
    {
        public TimeSpan Until { get; init; }

        public long Suppressed { get; set; }
    }
}
