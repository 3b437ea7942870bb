using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeCtl.Connection;

/// <summary>
/// What a cell's retained messages say, kept up by what comes live. Intents count only where the operator's key verifies them; without
/// an envelope none is read. What is no word of ours is left out and counted.
/// </summary>
internal sealed class FleetView(TopicSpace topics, Envelope? envelope)
{
    /// <summary>More than any cell holds: who speaks under more names is not heard.</summary>
    public const int NodesMax = 4096;

    public const int ClaimsMax = 500_000;
    public const int WorkloadsMax = 10_000;

    private readonly Dictionary<WorkloadName, Intent> _intents = [];
    private readonly Dictionary<WorkloadName, ReadOnlyMemory<byte>> _words = [];
    private readonly Dictionary<WorkloadName, DecodeError> _unread = [];
    private readonly Dictionary<NodeId, Presence> _presences = [];
    private readonly Dictionary<NodeId, NodeStatus> _statuses = [];
    private readonly Dictionary<WorkloadName, Dictionary<SlotId, Dictionary<NodeId, Claim>>> _claims = [];
    private int _claimCount;

    /// <summary>The greatest that verifies of each workload's intent and its copies, tombstones too.</summary>
    public IReadOnlyDictionary<WorkloadName, Intent> Intents => _intents;

    /// <summary>Workloads whose intent stands there and can't be read, with the reason.</summary>
    public IReadOnlyDictionary<WorkloadName, DecodeError> Unread => _unread;

    public IReadOnlyDictionary<NodeId, Presence> Presences => _presences;

    public IReadOnlyDictionary<NodeId, NodeStatus> Statuses => _statuses;

    /// <summary>What could not be understood.</summary>
    public long Refused { get; private set; }

    /// <summary>The workloads of which there is an intent or a claim.</summary>
    public IEnumerable<WorkloadName> Workloads => _intents.Keys.Union(_unread.Keys).Union(_claims.Keys).Order();

    /// <summary>The bytes that stand under the workload's intent now; empty where none do.</summary>
    public ReadOnlyMemory<byte> WordOf(WorkloadName workload) => _words.GetValueOrDefault(workload);

    public IEnumerable<SlotId> SlotsOf(WorkloadName workload) => _claims.TryGetValue(workload, out var slots) ? slots.Keys.Order() : [];

    /// <summary>Each node's latest word on a slot, of every incarnation.</summary>
    public IEnumerable<Claim> ClaimsOn(SlotId slot) =>
        _claims.TryGetValue(slot.Workload, out var slots) && slots.TryGetValue(slot, out var words) ? words.Values.OrderBy(c => c.Node) : [];

    /// <summary>The slot's state: its greatest claim in the intent's incarnation.</summary>
    public Claim? GreatestOn(SlotId slot, Intent intent)
    {
        Claim? greatest = null;
        foreach (var claim in ClaimsOn(slot))
        {
            if (claim.Incarnation == intent.Incarnation && (greatest is null || ClaimOrder.Compare(claim, greatest, intent.RunId) > 0))
            {
                greatest = claim;
            }
        }

        return greatest;
    }

    public bool IsOnline(NodeId node) => _presences.TryGetValue(node, out var presence) && presence.State is PresenceState.Online or PresenceState.Draining;

    /// <summary>Whether it changed anything that is kept.</summary>
    public bool Hear(FleetMessage message)
    {
        var topic = message.Topic;
        var isHeard = topic.Kind switch
        {
            TopicKind.Intent or TopicKind.Copy => HearIntent(message),
            TopicKind.Presence => HearPresence(message),
            TopicKind.Status => HearStatus(message),
            TopicKind.Claim => HearClaim(message),
            _ => (bool?)false,
        };
        Refused += isHeard is null ? 1 : 0;
        return isHeard ?? false;
    }

    private bool? HearIntent(FleetMessage message)
    {
        var workload = message.Topic.Workload;
        if (message.Topic.Kind == TopicKind.Intent)
        {
            _words[workload] = message.Payload;
        }

        if (message.Payload.IsEmpty || envelope is null)
        {
            return false;
        }

        if (_intents.TryGetValue(workload, out var known) && known.Signed.Span.SequenceEqual(message.Payload.Span))
        {
            _unread.Remove(workload);
            return false;
        }

        var error = IntentCodec.TryRead(message.Payload, workload, topics, envelope, out var intent);
        if (error.IsError || (!_intents.ContainsKey(workload) && _intents.Count >= WorkloadsMax))
        {
            if (message.Topic.Kind == TopicKind.Intent)
            {
                _unread[workload] = error;
            }

            return null;
        }

        if (message.Topic.Kind == TopicKind.Intent)
        {
            _unread.Remove(workload);
        }

        var isNewer = intent.Supersedes(_intents.GetValueOrDefault(workload));
        if (isNewer)
        {
            _intents[workload] = intent;
        }

        return isNewer;
    }

    private bool? HearPresence(FleetMessage message)
    {
        var node = message.Topic.Node;
        if (message.Payload.IsEmpty)
        {
            return _presences.Remove(node);
        }

        if (WordCodec.TryReadPresence(message.Payload, node, out var word).IsError || (_presences.Count >= NodesMax && !_presences.ContainsKey(node)))
        {
            return null;
        }

        // The will of an older connection of a node that is there again says nothing (protocol.md, "Connecting", 5).
        var known = _presences.GetValueOrDefault(node);
        if (!message.Retained && word.State == PresenceState.Offline && known is not null && known.State != PresenceState.Offline
            && (known.Session != word.Session || known.Instance != word.Instance))
        {
            return false;
        }

        _presences[node] = word;
        return word != known;
    }

    private bool? HearStatus(FleetMessage message)
    {
        var node = message.Topic.Node;
        if (message.Payload.IsEmpty)
        {
            return _statuses.Remove(node);
        }

        if (WordCodec.TryReadStatus(message.Payload, node, out var status).IsError || (_statuses.Count >= NodesMax && !_statuses.ContainsKey(node)))
        {
            return null;
        }

        _statuses[node] = status;
        return true;
    }

    private bool? HearClaim(FleetMessage message)
    {
        var (slot, node) = (new SlotId(message.Topic.Workload, message.Topic.Index), message.Topic.Node);
        if (message.Payload.IsEmpty)
        {
            var isGone = _claims.TryGetValue(slot.Workload, out var known) && known.TryGetValue(slot, out var of) && of.Remove(node);
            _claimCount -= isGone ? 1 : 0;
            return isGone;
        }

        if (_claimCount >= ClaimsMax || WordCodec.TryReadClaim(message.Payload, slot, node, out var claim).IsError)
        {
            return null;
        }

        var slots = Among(_claims, slot.Workload);
        var words = Among(slots, slot);
        var latest = words.GetValueOrDefault(node);
        if (latest is not null && claim.Order.CompareTo(latest.Order) <= 0)
        {
            return false;
        }

        words[node] = claim;
        _claimCount += latest is null ? 1 : 0;
        return true;
    }

    private static TValue Among<TKey, TValue>(Dictionary<TKey, TValue> map, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!map.TryGetValue(key, out var value))
        {
            map[key] = value = new TValue();
        }

        return value;
    }
}
