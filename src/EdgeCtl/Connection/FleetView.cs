using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeCtl.Connection;

/// <summary>A node as its words describe it. Either may be missing.</summary>
public sealed record NodeView(NodeId Name, Presence? Presence, NodeStatus? Status)
{
    public bool IsOnline => Presence?.State is PresenceState.Online or PresenceState.Draining;

    /// <summary><c>online</c>, <c>offline</c>; <c>cordoned</c>: online, and takes nothing new; <c>draining</c>: and what it has is to leave it; or <c>restarting</c>, as long as that may take.</summary>
    public string State => Presence?.State switch
    {
        PresenceState.Online => "online",
        PresenceState.Draining => Status is { IsCordoned: true, Drain: DrainScope.None } ? "cordoned" : "draining",
        PresenceState.Restarting when Presence.RestartingUntil is not { } until || DateTimeOffset.UtcNow < until => "restarting",
        _ => "offline",
    };
}

/// <summary>What the broker keeps of a cell, and what comes while it is looked at. One thread writes, any may read.</summary>
public sealed class FleetView(TopicSpace topics, Envelope envelope)
{
    /// <summary>More than any cell has: who speaks under more names is not heard.</summary>
    public const int NodesMax = 4096;

    public const int WorkloadsMax = 10_000;

    public const int ClaimsMax = 500_000;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<NodeId, NodeView> _nodes = [];
    private readonly SortedDictionary<WorkloadName, Intent> _intents = [];
    private readonly SortedDictionary<(SlotId Slot, NodeId Node), Claim> _claims = [];
    private readonly Dictionary<WorkloadName, string> _refused = [];
    private readonly Dictionary<WorkloadName, ReadOnlyMemory<byte>> _retained = [];
    private readonly SortedDictionary<NodeId, Retirement> _retirements = [];

    /// <summary>An operator's latest word on a node, where there is one that verifies.</summary>
    public Retirement? RetirementOf(NodeId node) => Read(() => _retirements.GetValueOrDefault(node));

    public bool IsRetired(NodeId node) => RetirementOf(node) is { IsRetired: true };

    /// <summary>Workloads whose retained intent does not verify, with the reason.</summary>
    public IReadOnlyDictionary<WorkloadName, string> Refused => Read(() => new Dictionary<WorkloadName, string>(_refused));

    /// <summary>Whether the broker keeps exactly this under the workload's intent, and neither another word nor none.</summary>
    public bool IsRetained(Intent intent) => Read(() => _retained.TryGetValue(intent.Workload, out var bytes) && bytes.Span.SequenceEqual(intent.Signed.Span));

    public IReadOnlyList<NodeView> Nodes => Read(() => _nodes.Values.ToList());

    /// <summary>The greatest known of each workload, tombstones among them.</summary>
    public IReadOnlyList<Intent> Intents => Read(() => _intents.Values.ToList());

    public IReadOnlyList<Claim> Claims => Read(() => _claims.Values.ToList());

    public Intent? IntentOf(WorkloadName workload) => Read(() => _intents.GetValueOrDefault(workload));

    public NodeView? NodeOf(NodeId node) => Read(() => _nodes.GetValueOrDefault(node));

    public IReadOnlyList<Claim> ClaimsOf(WorkloadName workload) => Read(() => _claims.Values.Where(c => c.Slot.Workload == workload).ToList());

    /// <summary>
    /// One claim a slot, its greatest of the present incarnation; of <c>everywhere</c> one for each node. Without an intent, of the incarnation with
    /// the greatest claim. Of a slot that isn't wanted any more, scaled away or deleted, only what still runs.
    /// </summary>
    public IReadOnlyList<Claim> SlotsOf(WorkloadName workload)
    {
        var intent = IntentOf(workload);
        var claims = ClaimsOf(workload).Where(c => intent is null || c.Incarnation == intent.Incarnation).ToList();
        if (intent?.Spec?.Mode == WorkloadMode.Everywhere)
        {
            return claims;
        }

        var runId = intent?.RunId ?? 0;
        var wanted = intent is null ? int.MaxValue : intent.Spec?.Replicas ?? 0;
        return
        [
            .. claims.GroupBy(c => c.Slot).OrderBy(g => g.Key)
                .Select(g => g.Aggregate((a, b) => ClaimOrder.Compare(a, b, runId) >= 0 ? a : b))
                .Where(c => c.Slot.Index < wanted || c.IsStarted),
        ];
    }

    /// <summary>What somebody published; anything that isn't a word of this cell is none of its business.</summary>
    public void Hear(string topic, ReadOnlyMemory<byte> payload, bool retained)
    {
        if (!topics.TryParse(topic, out var parsed))
        {
            return;
        }

        lock (_gate)
        {
            switch (parsed.Kind)
            {
                case TopicKind.Presence when payload.IsEmpty:
                    _nodes.Remove(parsed.Node);
                    break;
                case TopicKind.Presence when HasRoom(parsed.Node) && !WordCodec.TryReadPresence(payload, parsed.Node, out var presence).IsError:
                    HearPresence(presence, retained);
                    break;
                case TopicKind.Status when HasRoom(parsed.Node) && !WordCodec.TryReadStatus(payload, parsed.Node, out var status).IsError:
                    _nodes[parsed.Node] = new NodeView(parsed.Node, _nodes.GetValueOrDefault(parsed.Node)?.Presence, status);
                    break;
                case TopicKind.Retired when !RetirementCodec.TryRead(payload, parsed.Node, topics, envelope, out var word).IsError && (_retirements.GetValueOrDefault(parsed.Node)?.Serial ?? 0) < word.Serial:
                    _retirements[parsed.Node] = word;
                    break;
                case TopicKind.Intent or TopicKind.Copy:
                    HearIntent(parsed.Workload, payload, isCopy: parsed.Kind == TopicKind.Copy);
                    break;
                case TopicKind.Claim:
                    HearClaim(new SlotId(parsed.Workload, parsed.Index), parsed.Node, payload);
                    break;
            }
        }
    }

    private bool HasRoom(NodeId node) => _nodes.Count < NodesMax || _nodes.ContainsKey(node);

    /// <summary>A live offline that isn't the latest online's is the will of an older connection, and says nothing (protocol.md, "Connecting", 5).</summary>
    private void HearPresence(Presence word, bool retained)
    {
        var known = _nodes.GetValueOrDefault(word.Node);
        var isOlder = !retained && word.State == PresenceState.Offline && known?.Presence is { IsAway: false } last
            && (last.Session != word.Session || last.Instance != word.Instance);
        if (!isOlder)
        {
            _nodes[word.Node] = new NodeView(word.Node, word, known?.Status);
        }
    }

    private void HearIntent(WorkloadName workload, ReadOnlyMemory<byte> payload, bool isCopy)
    {
        if (_retained.Count >= WorkloadsMax && !_retained.ContainsKey(workload))
        {
            return;
        }

        if (!isCopy)
        {
            _retained[workload] = payload;
            _refused.Remove(workload);
        }

        // A copy, or an echo, of what is known costs no verifying.
        if (payload.IsEmpty || (_intents.TryGetValue(workload, out var known) && known.Signed.Span.SequenceEqual(payload.Span)))
        {
            return;
        }

        var error = IntentCodec.TryRead(payload, workload, topics, envelope, out var intent);
        if (!error.IsError && intent.Supersedes(_intents.GetValueOrDefault(workload)))
        {
            _intents[workload] = intent;
        }
        else if (error.IsError && !isCopy)
        {
            _refused[workload] = error.Message;
        }
    }

    private void HearClaim(SlotId slot, NodeId node, ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
        {
            _claims.Remove((slot, node));
        }
        else if ((_claims.Count < ClaimsMax || _claims.ContainsKey((slot, node)))
            && !WordCodec.TryReadClaim(payload, slot, node, out var claim).IsError
            && (!_claims.TryGetValue((slot, node), out var known) || claim.Order.CompareTo(known.Order) > 0))
        {
            _claims[(slot, node)] = claim;
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
