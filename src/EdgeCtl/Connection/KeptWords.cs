using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Verbs;

namespace EdgeCtl.Connection;

/// <summary>What the broker keeps under the names of nodes, by topic: whose it is, and whether it may be cleared without forgetting an epoch.</summary>
internal sealed class KeptWords
{
    private readonly FleetSession _session;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Topic> _kept = new(StringComparer.Ordinal);

    private KeptWords(FleetSession session) => _session = session;

    /// <summary>Reads all of the cell, and goes on listening.</summary>
    public static async Task<KeptWords> ReadAsync(FleetSession session, CancellationToken cancel)
    {
        var remains = new KeptWords(session);
        session.Connection.Heard = remains.Hear;
        var topics = session.Topics;
        await session.Connection.ReadAsync([topics.AllIntents, topics.AllPresences, topics.AllRetired, topics.AllLeases, topics.AllSelves], cancel).ConfigureAwait(false);
        await session.Connection.ReadAsync([topics.AllStatuses], cancel).ConfigureAwait(false);
        await session.Connection.ReadAsync([topics.AllCopies], cancel).ConfigureAwait(false);
        await GetVerb.ReadAllAsync(session, cancel).ConfigureAwait(false);
        return remains;
    }

    /// <summary>All that stands under a node's name; not what operators said of it.</summary>
    public IReadOnlyList<string> Of(NodeId node)
    {
        lock (_gate)
        {
            return [.. _kept.Where(k => k.Value.Node == node).Select(k => k.Key)];
        }
    }

    /// <summary>What has no owner, and why.</summary>
    public IReadOnlyList<(string Topic, string Why)> Unowned()
    {
        lock (_gate)
        {
            return [.. _kept.Select(k => (k.Key, Why: WhyUnowned(k.Value))).Where(u => u.Why.Length > 0)];
        }
    }

    /// <summary>A claim stands for its epoch until a greater one is there; of a workload that is no more, the tombstone stands for it. Everything else is its node's alone.</summary>
    public bool IsClearable(string topic)
    {
        Topic parsed;
        lock (_gate)
        {
            if (!_kept.TryGetValue(topic, out parsed))
            {
                return true;
            }
        }

        if (parsed.Kind != TopicKind.Claim)
        {
            return true;
        }

        var view = _session.View;
        var intent = view.IntentOf(parsed.Workload);
        if (intent is null)
        {
            // An intent that can't be read is no reason to forget what stands beside it.
            return !view.Refused.ContainsKey(parsed.Workload);
        }

        if (intent.Spec is not { } spec || spec.Mode == WorkloadMode.Everywhere || parsed.Index >= spec.Replicas)
        {
            return true;
        }

        var slot = new SlotId(parsed.Workload, parsed.Index);
        var claims = view.ClaimsOf(parsed.Workload).Where(c => c.Slot == slot && c.Incarnation == intent.Incarnation).ToList();
        var own = claims.Find(c => c.Node == parsed.Node);
        return own is null || own.Epoch.Value <= intent.EpochFloor
            || claims.Exists(c => c.Node != own.Node && c.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn) && ClaimOrder.Compare(c, own, intent.RunId) > 0 && c.Epoch >= own.Epoch);
    }

    /// <summary>Clears what may be cleared of a node; gives what may not be yet.</summary>
    public async Task<IReadOnlyList<string>> ClearAsync(NodeId node, CancellationToken cancel)
    {
        var left = new List<string>();
        foreach (var topic in Of(node))
        {
            if (IsClearable(topic))
            {
                await _session.Connection.PublishAsync(topic, default, retain: true, cancel).ConfigureAwait(false);
            }
            else
            {
                left.Add(topic);
            }
        }

        return left;
    }

    private string WhyUnowned(Topic topic)
    {
        var view = _session.View;
        if (view.IsRetired(topic.Node))
        {
            return $"{topic.Node} was deleted";
        }

        if (view.NodeOf(topic.Node)?.Presence is null)
        {
            return topic.Node == _session.Connection.Name ? "" : $"no node {topic.Node} has a presence";
        }

        // Who is there clears what it said itself; who isn't can't.
        return topic.Kind == TopicKind.Claim && view.NodeOf(topic.Node) is { IsOnline: false } && view.IntentOf(topic.Workload) is { IsTombstone: true }
            ? $"{topic.Workload} was deleted, and {topic.Node} is offline"
            : "";
    }

    private void Hear(string topic, ReadOnlyMemory<byte> payload, bool retained)
    {
        _session.View.Hear(topic, payload, retained);
        if (!_session.Topics.TryParse(topic, out var parsed) || parsed.Kind is not (TopicKind.Presence or TopicKind.Status or TopicKind.Claim or TopicKind.Copy or TopicKind.Lease or TopicKind.SelfCanary))
        {
            return;
        }

        lock (_gate)
        {
            if (payload.IsEmpty)
            {
                _kept.Remove(topic);
            }
            else if (_kept.Count < FleetView.ClaimsMax)
            {
                _kept[topic] = parsed;
            }
        }
    }
}
