using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Answering;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Telling;

/// <summary>
/// Work that stays vacant because nobody can take it is told of once, and once more when that is over. Nobody leads: all candidates see the same slots vacant, and the first of them in
/// the workload's own order tells, with what each of them says of itself in its status (docs/adr/0022).
/// </summary>
internal sealed class UnplacedWatch(NodeOptions options, TopicSpace topics, NodeCore core, Link.Link link, Teller teller, Decisions decisions, LoopClock clock)
{
    private const int SlotsRemembered = 8;

    private readonly SortedDictionary<WorkloadName, Unplaced> _known = [];
    private readonly SortedDictionary<NodeId, NodeStatus> _statuses = [];
    private IReadOnlyList<string> _followed = [];
    private bool _isDirty;
    private TimeSpan _lookedAt;

    public TimeSpan? DueAt => link.State == Link.LinkState.Ready && (_isDirty || _known.Count > 0) ? _lookedAt + NodeLimits.UnplacedLookInterval : null;

    /// <summary>Something has happened, by which a slot may have become vacant.</summary>
    public void Stepped() => _isDirty = true;

    /// <summary>The broker forgets what was followed.</summary>
    public void LinkDown()
    {
        _followed = [];
        _statuses.Clear();
    }

    public void Take(Topic topic, ReadOnlyMemory<byte> payload)
    {
        if (_followed.Count > 0 && topic.Node != options.Node && !payload.IsEmpty && !WordCodec.TryReadStatus(payload, topic.Node, out var status).IsError)
        {
            _statuses[topic.Node] = status;
        }
    }

    public void EndTurn()
    {
        if (DueAt is not { } due || due > clock.Now)
        {
            return;
        }

        (_lookedAt, _isDirty) = (clock.Now, false);
        if (!core.Members.IsSettled(clock.Now))
        {
            // In a view that isn't, nothing is vacant for sure, nor held.
            _isDirty = true;
            return;
        }

        var hindered = core.Hindered().GroupBy(s => s.Workload).ToDictionary(g => g.Key, g => g.ToList());
        foreach (var workload in _known.Keys.Where(w => !hindered.ContainsKey(w)).ToList())
        {
            End(workload, _known[workload]);
        }

        foreach (var (workload, slots) in hindered.OrderBy(h => h.Key))
        {
            LookAt(workload, slots);
        }

        if (!_known.Values.Any(u => u.IsRead))
        {
            Unfollow();
        }
    }

    private void LookAt(WorkloadName workload, List<SlotId> slots)
    {
        var own = core.Assess(core.IntentOf(workload)!, slots[0]).Obstacles;
        var kinds = string.Join(',', own.Select(o => o.Name));
        if (!_known.TryGetValue(workload, out var unplaced))
        {
            _known[workload] = unplaced = new Unplaced { Since = clock.Now };
        }

        if (unplaced.Kinds != kinds)
        {
            unplaced.Kinds = kinds;
            foreach (var slot in slots.Take(SlotsRemembered))
            {
                decisions.Add(slot, "declined", string.Join("; ", own.Select(o => o.Text)));
            }
        }

        if (unplaced.IsTold || clock.Now - unplaced.Since < NodeLimits.UnplacedAfter || core.CandidatesOf(slots[0]) is not [var first, ..] candidates || first != options.Node)
        {
            return;
        }

        if (!unplaced.IsRead)
        {
            // Told at the next look: until then their statuses have come.
            unplaced.IsRead = true;
            Follow(candidates);
            return;
        }

        TellOf(workload, slots, own, candidates, unplaced);
    }

    private void TellOf(WorkloadName workload, List<SlotId> slots, IReadOnlyList<Obstacle> own, IReadOnlyList<NodeId> candidates, Unplaced unplaced)
    {
        var intent = core.IntentOf(workload)!;
        List<(NodeId Node, IReadOnlyList<Obstacle> Obstacles)> answers = [(options.Node, own), .. candidates.Where(_statuses.ContainsKey).Select(n => (n, ObstaclesOf(intent, slots[0], _statuses[n])))];
        var fitting = answers.Find(a => a.Obstacles.Count == 0);
        if (fitting.Obstacles is not null && clock.Now - unplaced.Since < NodeLimits.UnplacedAtLast)
        {
            // It is about to take it, or what it says of itself is a little behind.
            return;
        }

        if (own.Count == 0)
        {
            // What kept it off is over in this very moment.
            return;
        }

        (unplaced.IsTold, unplaced.IsRead) = (true, false);
        var nearest = answers.Where(a => a.Obstacles.Count > 0).MinBy(a => Nearness.Of(a.Node, a.Obstacles));
        var count = slots.Count == 1 ? $"{slots[0]} is" : $"{slots.Count} slots of {workload} are";
        var but = fitting.Obstacles is null ? "" : $"; {fitting.Node} seems to have room, and has not taken it";
        var kind = nearest.Obstacles[0].Kind.ToString();
        var message = $"{count} placed nowhere: of {answers.Count} nodes {nearest.Node} is nearest, {Obstacles.Phrase(nearest.Obstacles)}{but} (edgectl why {workload})";
        teller.Tell(Severity.Warning, "Unplaced", workload.Value, kind, message, isEvent: true);
    }

    private IReadOnlyList<Obstacle> ObstaclesOf(Intent intent, SlotId slot, NodeStatus status) =>
        core.ApartObstacle(intent, status.Node) is { } apart ? [.. StatedSelf.ObstaclesOf(intent, slot, status), apart] : StatedSelf.ObstaclesOf(intent, slot, status);

    private void End(WorkloadName workload, Unplaced unplaced)
    {
        _known.Remove(workload);
        if (!unplaced.IsTold)
        {
            return;
        }

        var (reason, how) = core.IntentOf(workload) switch
        {
            null or { IsTombstone: true } => ("Deleted", "it is wanted no more"),
            { } intent when core.Assess(intent).Obstacles.Count == 0 => ("Fits", $"{options.Node} can take it now"),
            _ => ("Held", "another node has taken it, or fewer of it are wanted"),
        };
        teller.Tell(Severity.Info, "Placeable", workload.Value, reason, $"{workload} is no longer without a place: {how}", isEvent: true);
    }

    private void Follow(IReadOnlyList<NodeId> candidates)
    {
        List<string> more = [.. candidates.Where(n => n != options.Node).Take(NodeLimits.StatusesFollowedMax).Select(topics.Status).Except(_followed)];
        if (more.Count > 0)
        {
            link.FollowStatuses(more);
            _followed = [.. _followed, .. more];
        }
    }

    private void Unfollow()
    {
        if (_followed.Count > 0)
        {
            link.Unfollow(_followed);
            LinkDown();
        }
    }

    private sealed class Unplaced
    {
        public TimeSpan Since { get; init; }

        /// <summary>What keeps this node off, as it was remembered last.</summary>
        public string Kinds { get; set; } = "";

        /// <summary>The others' statuses were asked for, and it isn't told yet.</summary>
        public bool IsRead { get; set; }

        public bool IsTold { get; set; }
    }
}
