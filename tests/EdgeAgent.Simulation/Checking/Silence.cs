using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation.Checking;

/// <summary>Messages that say something, other than to oneself: in a cell at rest there are none.</summary>
public sealed class Silence(SimWorld world)
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskWithin = TimeSpan.FromSeconds(5);

    private readonly HashSet<(NodeId Asker, NodeId Holder)> _questions = [];
    private readonly Dictionary<NodeId, TimeSpan> _askedAt = [];
    private TimeSpan? _calledAt;

    public long Words { get; private set; }

    public string Last { get; private set; } = "";

    /// <summary>From now on the cell is at rest.</summary>
    public void Begin() => (_calledAt, Words) = (null, 0);

    public void Taken(string topic, Topic parsed, ReadOnlyMemory<byte> payload)
    {
        if (!IsSteady(parsed, payload))
        {
            (Words, Last) = (Words + 1, topic);
        }
    }

    private bool IsSteady(Topic parsed, ReadOnlyMemory<byte> payload)
    {
        var now = world.Clock.Now;
        switch (parsed.Kind)
        {
            // A lease is renewed and granted for as long as exclusive work runs.
            case TopicKind.Lease or TopicKind.Vote or TopicKind.Grant:
                return true;

            // A slot that nobody can run is called for now and then.
            case TopicKind.Call:
                _calledAt = now;
                return true;

            // Who looks after it for that asks once who isn't heard yet and holds it, and is answered.
            case TopicKind.Ask:
                _askedAt[parsed.Holder] = now;
                return now - _calledAt <= AskWithin && _questions.Add((parsed.Node, parsed.Holder));
            case TopicKind.Claim or TopicKind.Presence:
                return _calledAt is not null && _askedAt.TryGetValue(parsed.Node, out var at) && now - at <= AnswerWithin;

            // What nobody can take is told of a while later, for people.
            case TopicKind.Event:
                return !WordCodec.TryReadEvent(payload, parsed.Node, out var told).IsError && told.Kind is "Unplaced" or "Placeable";
            default:
                return false;
        }
    }
}
