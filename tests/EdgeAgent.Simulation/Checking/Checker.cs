using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Checking;

/// <summary>
/// Sees everything in true time and knows nothing of how the agents think: what must hold is said once more, in another way, and checked whenever something happens that could break it.
/// </summary>
public sealed class Checker(SimWorld world, SimOperator who, Schedule schedule) : IWorldWatcher
{
    /// <summary>Without these no epoch that was given is forgotten by all who could give it again.</summary>
    private static readonly FaultKind[] ForgetEpochs =
    [
        FaultKind.BrokerRolledBack, FaultKind.BrokerEmptied, FaultKind.SplitBrain, FaultKind.RetainedLost, FaultKind.RetainedStale, FaultKind.RetainedLate, FaultKind.QueueOverflow,
        FaultKind.LiveDropped, FaultKind.DiskRolledBack, FaultKind.DiskWiped, FaultKind.DiskCloned, FaultKind.CorruptBytes, FaultKind.Reordered,
    ];

    /// <summary>Two that have heard each other for so long know what either says: a word needs some milliseconds where nothing is wrong.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(1);

    private readonly Disks _disks = new(world, who);
    private readonly Calm _calm = new(world);
    private readonly Jobs _jobs = new(world, who);
    private readonly Permits _permits = new(schedule);
    private readonly Preemptions _preemptions = new();
    private readonly Neighbours _neighbours = new();
    private readonly Dictionary<SlotId, List<SimNode>> _running = [];
    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation, Epoch Epoch), string> _holders = [];
    private readonly bool _isCalm = schedule.Faults.All(f => CalmFaults.All.Contains(f.Kind));
    private readonly bool _isSplit = schedule.Faults.Any(f => f.Kind == FaultKind.SplitBrain);
    private readonly bool _areEpochsKept = !schedule.Faults.Any(f => ForgetEpochs.Contains(f.Kind));

    private Balance? _balance;

    /// <summary>Field initialisers can't share what they make.</summary>
    private Balance Balance => _balance ??= new(world, _calm);

    public Coverage Coverage { get; } = new();

    /// <summary>In a great cell they are much alike.</summary>
    private const int SampledMost = 6;

    public Silence Silence { get; } = new(world);

    /// <summary>Nobody has wished for what runs elsewhere for long.</summary>
    public bool IsBalanced(TimeSpan since) => Balance.IsAtRest(since);

    public bool HasWished(TimeSpan since) => Balance.HasWished(since);

    public string WhyNotBalanced() => Balance.Lacking();

    /// <summary>Starts and stops of work, but for what comes to where it fits better.</summary>
    public long Moves { get; private set; }

    public void Began(SimNode node, UnitSpec spec)
    {
        var tag = spec.Tag;
        Moves += Balance.IsMove(tag.Slot) ? 0 : 1;
        var intent = who.Issued(tag.Slot.Workload, tag.Incarnation, tag.Generation);
        Require(intent is { IsTombstone: false }, Rule.Signed, $"{node.Name} starts {tag.Slot} of generation {tag.Generation}, which nobody signed");
        CheckFilter(node, spec, intent!, isHere: _holders.GetValueOrDefault((tag.Slot, tag.Incarnation, tag.Epoch)) == node.Name || _calm.HasHeld(node, tag));
        if (intent!.Spec!.Mode == WorkloadMode.Everywhere)
        {
            return;
        }

        Met?.Invoke(node, intent.Spec.Mode == WorkloadMode.Job ? Moment.JobBegan : Moment.Began);
        var others = _running.TryGetValue(tag.Slot, out var running) ? running : _running[tag.Slot] = [];
        if (spec.IsFenced || intent.Spec.Partition == PartitionPolicy.Exclusive)
        {
            // Work of an earlier incarnation that no lease bound was given up by who deleted it (docs/spec/exclusive.md).
            others.RemoveAll(o => o.Runtime.UnitOf(tag.Slot) is { } unit && unit.Tag.Incarnation != tag.Incarnation && !o.Runtime.SpecOf(tag.Slot).IsFenced);
            Require(others.Count == 0, Rule.Exclusive, $"{node.Name} starts {tag.Slot} at epoch {tag.Epoch} while it runs on {string.Join(", ", others.Select(o => o.Name))}");
        }

        // Who has offered it may take its next generation while another takes it over.
        var twice = _isCalm && !_calm.IsOffered(node, tag.Slot) ? others.FirstOrDefault(o => !_calm.IsOffered(o, tag.Slot) && !_calm.HasTakenUp(node, tag, o) && o.Runtime.UnitOf(tag.Slot) is { } unit && unit.Tag.Incarnation == tag.Incarnation
            && who.Issued(tag.Slot.Workload, unit.Tag.Incarnation, unit.Tag.Generation)?.Spec is { Mode: not WorkloadMode.Everywhere }) : null;
        Require(twice is null, Rule.Twice, $"{node.Name} starts {tag.Slot} at epoch {tag.Epoch} while it runs on {twice?.Name}, and nothing has made that look gone");
        RequireUnheard(node, tag.Slot, tag.Incarnation, $"starts {tag.Slot} at epoch {tag.Epoch}");
        others.Add(node);
        var isNew = _holders.TryAdd((tag.Slot, tag.Incarnation, tag.Epoch), node.Name);
        Require(!_areEpochsKept || isNew || _holders[(tag.Slot, tag.Incarnation, tag.Epoch)] == node.Name, Rule.Epoch, $"{node.Name} starts {tag.Slot} with the fencing token {tag.Epoch}, which {_holders[(tag.Slot, tag.Incarnation, tag.Epoch)]} has had");
    }

    /// <summary>Whoever both have heard for a while is known to run it, whatever goes wrong elsewhere: nobody starts it besides, or as much as bids for it.</summary>
    private void RequireUnheard(SimNode node, SlotId slot, Incarnation incarnation, string what)
    {
        if (_isSplit || _calm.IsOffered(node, slot) || _calm.HeardFor(node) is not { } heard || heard < Hearing || !_running.TryGetValue(slot, out var runners))
        {
            return;
        }

        foreach (var other in runners.Where(o => o.Id != node.Id && !_calm.IsOffered(o, slot) && o.Rules?.PhaseOf(slot) == OwnPhase.Holding))
        {
            var isKnown = _calm.HeardFor(other) >= Hearing && _calm.SaysRunningFor(other, slot, incarnation) >= Hearing;
            Require(!isKnown, Rule.Twice, $"{node.Name} {what} while it runs on {other.Name}, and the two have heard each other for more than a second");
        }
    }

    public void Ended(SimNode node, SlotId slot, bool hasSucceeded)
    {
        Moves += Balance.IsMove(slot) ? 0 : 1;
        _running.GetValueOrDefault(slot)?.Remove(node);
        if (hasSucceeded && _calm.HeardFor(node) is { } heard)
        {
            _jobs.RequireUndone(node, slot, heard);
        }
    }

    /// <summary>What the nodes are about, and what they say of slots that they leave alone: for the coverage alone.</summary>
    public void Sample()
    {
        foreach (var rules in world.Nodes.Values.Take(SampledMost).Select(n => n.Rules).OfType<NodeCore>())
        {
            foreach (var view in who.Wanted.Keys.SelectMany(rules.ExplainSlots))
            {
                Coverage.Take(view);
            }
        }
    }

    public void Kept(SimNode node, StoreBatch batch) => _disks.Kept(node, batch);

    public void Loaded(SimNode node, StoredState stored)
    {
        _calm.Loaded(node);
        _neighbours.Loaded(node);
        Balance.Loaded(node);
        _disks.Loaded(node, stored);
    }

    public void Taken(SimNode? from, string topic, ReadOnlyMemory<byte> payload, bool isRetained)
    {
        if (!world.Topics.TryParse(topic, out var parsed) || parsed.Kind is TopicKind.SelfBarrier or TopicKind.SelfCanary)
        {
            return;
        }

        if (!Balance.IsPartOfIt(parsed, payload))
        {
            Silence.Taken(topic, parsed, payload);
        }

        if (parsed.Kind == TopicKind.Grant && from is not null && !WordCodec.TryReadGrant(payload, new(parsed.Workload, parsed.Index), parsed.Node, out var grant).IsError && grant.IsGranted)
        {
            _disks.RequireKept(from, grant);
        }

        if (parsed.Kind == TopicKind.Lease && from is not null)
        {
            Met?.Invoke(from, Moment.Leased);
        }

        if (parsed.Kind != TopicKind.Claim || from is null)
        {
            return;
        }

        var slot = new SlotId(parsed.Workload, parsed.Index);
        if (payload.IsEmpty)
        {
            _calm.Cleared(from, slot);
            Balance.Cleared(from, slot);
            _jobs.Cleared(slot);
            return;
        }

        Require(!WordCodec.TryReadClaim(payload, slot, parsed.Node, out var claim).IsError, Rule.Signed, $"{from.Name} says something on {topic} that can't be read");
        if (world.Trace.Reader is not null)
        {
            world.Trace.Note(from.Name, $"SAYS {slot} {claim.Phase} epoch {claim.Epoch} generation {claim.Generation} run {claim.RunId} rev {claim.Order.Rev} {claim.Reason}");
        }

        if (claim.IsStarted)
        {
            _disks.RequireKept(from, claim);
        }
        else if (claim.Phase is ClaimPhase.Released or ClaimPhase.Failed or ClaimPhase.Succeeded && from.Runtime.UnitOf(slot) is { IsAlive: true } unit)
        {
            Require(unit.Tag.Incarnation != claim.Incarnation || unit.Tag.Epoch != claim.Epoch, Rule.GivenUp, $"{from.Name} gives {slot} up at epoch {claim.Epoch} ({claim.Phase}) while its process {unit.Pid} runs");
        }

        if (claim.Phase == ClaimPhase.Bid)
        {
            RequireUnheard(from, slot, claim.Incarnation, $"bids for {slot} at epoch {claim.Epoch}");
        }

        if (claim.Phase == ClaimPhase.Released && world.Nodes.Values.Any(n => n.Id != claim.Node && claim.Reason.StartsWith($"{n.Id} ", StringComparison.Ordinal)))
        {
            Require(_calm.HasGreater(claim), Rule.GivenUp, $"{from.Name} gives {slot} up at epoch {claim.Epoch}, because \"{claim.Reason}\", and nobody has held it at such an epoch");
        }

        _jobs.Taken(from, topic, claim);
        _preemptions.Taken(claim);
        _neighbours.Taken(from, claim);
        Balance.Taken(from, claim);
        if (MomentOf(from, claim) is { } moment)
        {
            Met?.Invoke(from, moment);
        }

        _calm.Taken(from, claim);
    }

    public void StoreChanged() => _jobs.StoreChanged();

    public void Submitted(SimNode node, int inFlight) =>
        Require(inFlight <= NodeLimits.PublishesInFlightMax, Rule.Limit, $"{node.Name} has {inFlight} publishes in flight");

    public void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects)
    {
        Coverage.Take(happened, effects);
        _permits.Stepped(node, effects);
        _preemptions.Stepped(node, effects);
        _neighbours.Stepped(node, happened, effects);
        _calm.Stepped(node, happened);
        foreach (var stop in effects.OfType<Tell>().Where(t => t.Kind == "Stopping" && t.Message.Contains(" holds it at epoch ", StringComparison.Ordinal)))
        {
            var word = node.Rules!.OwnWords.FirstOrDefault(w => w.Slot.ToString() == stop.Subject && w is { IsLeaving: true, Phase: ClaimPhase.Running });
            var isOver = word is not null && _calm.IsDone(word);
            Require(word is null || isOver || _calm.HasRunAbove(word), Rule.HandedOver, $"{node.Name} ends {stop.Subject}, which it was to hand over, because {stop.Message}, and nobody else has run it at epoch {word?.Epoch} or above");
        }

        foreach (var forgotten in effects.OfType<ForgetIntent>())
        {
            _disks.Forgotten(node, forgotten.Workload);
        }

        switch (happened)
        {
            case LinkOpened:
                Met?.Invoke(node, Moment.Opened);
                break;
            case WorkFound { Launch: var launch } when effects.Any(e => e is StopWork stop && stop.Slot == launch.Slot):
                var isOther = node.Rules?.IntentOf(launch.Slot.Workload)?.Generation != launch.Generation;
                var isExcused = isOther || node.Runtime.UnitOf(launch.Slot) is not { IsAlive: true } || node.Runtime.SpecOf(launch.Slot).IsFenced;
                Require(isExcused || !_disks.Holds(node, launch), Rule.Survives, $"{node.Name} ends {launch.Slot} of epoch {launch.Epoch} as nobody's, and its disk has it as its own");
                break;
        }
    }

    /// <summary>A node comes to a moment at which faults may have been waiting.</summary>
    public Action<SimNode, Moment>? Met { get; set; }

    /// <summary>A fault begins at a node (true), or ends there.</summary>
    public void Told(SimNode node, FaultKind kind, bool begins) => _calm.Told(node, kind, begins);

    private Moment? MomentOf(SimNode from, Claim claim) => claim.Phase switch
    {
        ClaimPhase.Bid => _calm.IsHeldByAnother(from, claim.Slot) ? Moment.Takeover : Moment.Bid,
        ClaimPhase.Held => Moment.Held,
        ClaimPhase.Running => Moment.Running,
        ClaimPhase.Updating => Moment.Updating,
        ClaimPhase.Released or ClaimPhase.Failed => Moment.GivenUp,
        _ => null,
    };

    private static void CheckFilter(SimNode node, UnitSpec spec, Intent intent, bool isHere)
    {
        var used = node.Runtime.Alive.Aggregate(Resources.None, (sum, u) => sum + node.Runtime.SpecOf(u.Tag.Slot).Resources);
        Require(node.Capacity.Fits(used), Rule.Filter, $"{node.Name} starts {spec.Tag.Slot} and gives away more than it has: {node.Capacity.Lacking(used)} ({string.Join(", ", node.Runtime.Alive.Select(u => $"{u.Tag.Slot} of generation {u.Tag.Generation} {node.Runtime.SpecOf(u.Tag.Slot).Resources.Cpu}"))})");
        // As the node follows it: where its work is rejected, it asks for what the work before asked for.
        intent = node.Rules?.IntentOf(spec.Tag.Slot.Workload) is { Spec: not null, Rejected: not 0 } followed && followed.Incarnation == intent.Incarnation && followed.Generation == intent.Generation ? followed : intent;
        foreach (var (key, value) in intent.Spec!.Requires.Labels)
        {
            Require(node.Labels.GetValueOrDefault(key) == value, Rule.Filter, $"{node.Name} starts {spec.Tag.Slot}, which needs the label {key}={value}");
        }

        Require(intent.Spec.Spread is not { IsHard: true } rule || rule.IsHome(spec.Tag.Slot.Index, node.Labels), Rule.Filter, $"{node.Name} starts {spec.Tag.Slot}, which belongs to another zone");
        // What is pinned here takes its next generation here: a taint keeps off what is new.
        foreach (var taint in isHere && intent.Spec.Partition == PartitionPolicy.Pin ? [] : node.Taints)
        {
            Require(intent.Spec.Tolerations.Any(t => t.Covers(taint)), Rule.Filter, $"{node.Name} starts {spec.Tag.Slot}, which doesn't tolerate its taint {taint.Key}");
        }

        Require(node.Runtime.Features.Contains(intent.Spec.Run.Feature), Rule.Filter, $"{node.Name} starts {spec.Tag.Slot}, for which it lacks {intent.Spec.Run.Feature}");
    }

    internal static void Require(bool holds, Rule rule, string otherwise)
    {
        if (!holds)
        {
            throw new ViolationException(rule, otherwise);
        }
    }
}
