using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Link;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Checking;

/// <summary>How a cell must be a while after the last fault: every slot has one holder that runs it or a reason why not, nobody else runs anything, and all agree.</summary>
public sealed class Liveness(SimWorld world, SimOperator who)
{
    private readonly List<SimNode> _nodes = [.. world.Nodes.Values.Where(n => !n.IsLost)];
    private readonly HashSet<Core.Fleet.NodeId> _lost = [.. world.Nodes.Values.Where(n => n.IsLost).Select(n => n.Id)];

    /// <summary>In a cell of several cohorts a node knows nothing of slots that others look after (docs/adr/0010).</summary>
    private bool FollowsEverything => _nodes.Count + _lost.Count < 2 * Core.Fleet.Cohorts.NodesMin;

    /// <summary>What isn't so yet; empty: all is well.</summary>
    public string Lacking()
    {
        foreach (var node in _nodes)
        {
            if (node.Rules is null || node.State.Link != LinkState.Ready)
            {
                return $"{node.Name} is not connected: {(node.IsAlive ? $"{node.State.Link}, {node.State.Broker}" : "no agent")}";
            }
        }

        foreach (var intent in who.Wanted.Values)
        {
            var lacking = LackingOf(intent);
            if (lacking.Length > 0)
            {
                return lacking;
            }
        }

        var orphan = Orphans();
        return orphan.Length > 0 ? orphan : NotGone();
    }

    /// <summary>What is to leave a node, and could run on another.</summary>
    private string NotGone()
    {
        foreach (var node in _nodes)
        {
            foreach (var (slot, _, text) in node.Rules!.Leaving.Where(l => !l.Stays))
            {

                // As it is followed: what was rejected may not be apart from what the work before is.
                var intent = node.Rules.IntentOf(slot.Workload)!;
                var isMisplaced = node.Rules.OwnWords.Any(w => w.Slot == slot && w.IsMisplaced);
                var taker = _nodes.FirstOrDefault(n => n != node && node.Rules.Members.IsKnown(n.Id) && n.Rules!.WhyNot(intent, slot).Length == 0 && (!isMisplaced || intent.Spec!.Spread!.IsHome(slot.Index, n.Labels)));
                if (intent.Spec is { Mode: not WorkloadMode.Everywhere, Partition: not PartitionPolicy.Failover } && IsOutOfPermits(intent))
                {
                    continue;
                }

                if (intent.Spec?.Mode == WorkloadMode.Everywhere || (taker is not null && FollowsEverything))
                {
                    return $"{slot} is to leave {node.Name}, and {taker?.Name} could run it: it {text}{(taker is null ? "" : $"; {taker.Name}: {ViewOf(taker, slot).Text}, and sees {Describe(ViewOf(taker, slot).Greatest)}")}";
                }
            }
        }

        return "";
    }

    /// <summary>What is free must be what there is less what runs: a reservation that is never given back hides behind a reason.</summary>
    public string LeakedResources()
    {
        foreach (var node in _nodes)
        {
            var used = node.Runtime.Alive.Aggregate(Resources.None, (sum, u) => sum + Kept(node, u.Tag.Slot));
            if (node.Rules!.Free != node.Capacity - used)
            {
                return $"{node.Name} counts {node.Rules.Free} as free, and {node.Capacity - used} are";
            }
        }

        return "";
    }

    /// <summary>What runs has its own; for one that waits for a permit, which it may never get, what the new work wants beyond that is kept.</summary>
    private static Resources Kept(SimNode node, SlotId slot)
    {
        var own = node.Runtime.SpecOf(slot).Resources;
        return !KeepsNothing(node, slot) && node.Rules!.IntentOf(slot.Workload) is { Spec: { } wanted } intent && node.Rules.OwnWords.Any(w => w.Slot == slot && w.RunId != intent.RunId) ? Resources.Greater(own, wanted.Resources) : own;
    }

    private string LackingOf(Intent intent)
    {
        foreach (var node in _nodes)
        {
            var known = node.Rules!.IntentOf(intent.Workload);
            if (known is null ? !intent.IsTombstone : known.Digest != intent.Digest && !(known.IsTombstone && intent.IsTombstone))
            {
                return $"{node.Name} knows generation {known?.Generation.ToString() ?? "none"} of {intent.Workload}, wanted is {intent.Generation}";
            }
        }

        var wanted = intent;
        if (intent.IsTried && _nodes.Any(n => n.Rules!.IntentOf(intent.Workload)?.Rejected == intent.RunId))
        {
            // Whoever has a part in it knows that it was rejected, and wants the work before.
            if (FollowsEverything && _nodes.FirstOrDefault(n => n.Rules!.IntentOf(intent.Workload)?.Rejected != intent.RunId) is { } unaware)
            {
                return $"{unaware.Name} doesn't know that generation {intent.Generation} of {intent.Workload} is rejected";
            }

            intent = intent.WithoutItsWork();
        }

        if (intent.Spec is not { } spec)
        {
            return "";
        }

        if (spec.Mode == WorkloadMode.Everywhere)
        {
            return LackingEverywhere(intent);
        }

        if (wanted.IsTried && wanted.Fallback is { } back && !SimWork.IsBad(back.Spec.Run) && _nodes.FirstOrDefault(n => n.Runtime.Alive.Any(u => u.Tag.Slot.Workload == intent.Workload && SimWork.IsBad(n.Runtime.SpecOf(u.Tag.Slot).Run))) is { } trying)
        {
            return $"{trying.Name} runs bad work of {intent.Workload}, and there is better to go back to";
        }

        // A slot that can't run anywhere keeps its permit: the others then stay as they were (docs/spec/manifest.md, maxUnavailable).
        var mayBeOld = IsOutOfPermits(intent);
        for (var i = 0; i < spec.Replicas; i++)
        {
            var lacking = LackingOf(intent, new SlotId(intent.Workload, i), mayBeOld);
            if (lacking.Length > 0)
            {
                return lacking;
            }
        }

        return "";
    }

    private bool IsOutOfPermits(Intent intent) =>
        Enumerable.Range(0, intent.Spec!.Replicas).Count(i => _nodes.All(n => n.Runtime.UnitOf(new SlotId(intent.Workload, i)) is not { IsAlive: true })) >= intent.Spec.MaxUnavailable;

    /// <summary>The new work fits nowhere here, or waits until the old one has gone: nothing is kept for it.</summary>
    private static bool KeepsNothing(SimNode node, SlotId slot) => IsOutgrown(node, slot) || node.Rules!.Leaving.Any(l => l.Slot == slot && l.Text.StartsWith("goes down first", StringComparison.Ordinal));

    private static bool IsOutgrown(SimNode node, SlotId slot) => node.Rules!.Leaving.Any(l => l.Slot == slot && l.Text.StartsWith("its new generation can't run here", StringComparison.Ordinal));

    private string LackingOf(Intent intent, SlotId slot, bool mayBeOld)
    {
        var runners = _nodes.Where(n => n.Runtime.UnitOf(slot) is { IsAlive: true }).ToList();
        var views = _nodes.Select(n => (Node: n, Claim: ViewOf(n, slot).Greatest)).ToList();

        // Who doesn't follow a slot has no view of it, or the one in which it stopped to follow.
        views = FollowsEverything ? views : [.. views.Where(v => v.Claim is not null).OrderByDescending(v => (v.Claim!.Epoch.Value, v.Claim.Phase == ClaimPhase.Succeeded, v.Claim.IsStarted, v.Claim.Order.Session, v.Claim.Order.Rev)).Take(1)];
        var greatest = views.Count == 0 ? null : views[0].Claim;
        foreach (var (node, claim) in views)
        {
            if ((claim?.Node, claim?.Epoch, claim?.Phase) != (greatest?.Node, greatest?.Epoch, greatest?.Phase))
            {
                return $"{slot}: {views[0].Node.Name} sees {Describe(greatest)}, {node.Name} sees {Describe(claim)}";
            }
        }

        if (runners.Count > 1)
        {
            return $"{slot} runs on {string.Join(", ", runners.Select(r => r.Name))}";
        }

        if (greatest is not null && intent.Spec!.Mode == WorkloadMode.Job && (ClaimOrder.Succeeded(greatest, intent.RunId) || IsUsedUp(greatest, intent)))
        {
            return runners.Count == 0 ? "" : $"{slot} is over ({greatest.Phase}) and runs on {runners[0].Name}";
        }

        if (runners.Count == 0)
        {
            var isHindered = (greatest is null or { IsHolding: false } || _lost.Contains(greatest.Node)) && _nodes.All(n => IsAnothers(greatest, n, intent.Spec!) || (n.Rules!.WhyNot(intent, slot).Length > 0 && n.Rules.WouldDisplace(slot).IsNone));
            return isHindered || IsNobodyElses(greatest, intent.Spec!)
                ? ""
                : $"{slot} runs nowhere: {Describe(greatest)}; {string.Join("; ", _nodes.Select(n => $"{n.Name} {ViewOf(n, slot).Text}{(n.Rules!.WhyNot(intent, slot) is { Length: > 0 } why ? $" (does not bid: {why})" : "")}"))}";
        }

        var tag = runners[0].Runtime.UnitOf(slot)!.Tag;
        if (intent.Spec!.Mode == WorkloadMode.Job && !(mayBeOld && tag.Generation < Begun(intent)))
        {
            return $"{slot} is a job, and still runs on {runners[0].Name}: {ViewOf(runners[0], slot).Text}; {runners[0].Rules!.WhyNot(intent, slot)}; {intent.Spec.Replicas} slots, {intent.Spec.MaxUnavailable} may be down, paused {intent.Spec.IsPaused}, {string.Join("; ", Enumerable.Range(0, intent.Spec.Replicas).Select(i => ViewOf(runners[0], new(slot.Workload, i)).Text))}";
        }

        // Where the new work fits nowhere the old one goes on.
        mayBeOld |= IsOutgrown(runners[0], slot) && (intent.Spec!.Partition == PartitionPolicy.Pin || _nodes.All(n => n == runners[0] || n.Rules!.WhyNot(intent, slot).Length > 0));
        var isOfRun = tag.Generation >= Begun(intent) && runners[0].Runtime.SpecOf(slot).Resources == intent.Spec.Resources;
        var isRight = tag.Incarnation == intent.Incarnation && (isOfRun || mayBeOld) && greatest is { Phase: ClaimPhase.Running } && greatest.Node == runners[0].Id && greatest.LaunchEpoch == tag.Epoch;
        if (isRight && intent.IsTried && greatest is { IsOnTrial: true } && greatest.RunId == intent.RunId)
        {
            return $"{slot} is on trial on {runners[0].Name}";
        }

        return isRight ? "" : $"{slot} runs on {runners[0].Name} as generation {tag.Generation}, epoch {tag.Epoch}; wanted is {intent.Generation} (run {intent.RunId}), said is {Describe(greatest)}; {string.Join("; ", runners[0].Rules!.Leaving.Where(l => l.Slot == slot).Select(l => l.Text).Concat(_nodes.Select(n => $"{n.Name}: {n.Rules!.WhyNot(intent, slot)}")))}";
    }

    private static Core.Reconcile.SlotView ViewOf(SimNode node, SlotId slot) => node.Rules!.ExplainSlots(slot.Workload).First(v => v.Slot == slot);

    private string LackingEverywhere(Intent intent)
    {
        var slot = new SlotId(intent.Workload, 0);
        foreach (var node in _nodes)
        {
            var unit = node.Runtime.UnitOf(slot);
            if (unit is not { IsAlive: true } && node.Rules!.WhyNot(intent).Length == 0)
            {
                return $"{slot} does not run on {node.Name}: {node.Rules.ExplainSlots(slot.Workload).First().Text}";
            }

            if (unit is { IsAlive: true } && (unit.Tag.Incarnation != intent.Incarnation || unit.Tag.Generation < Begun(intent) || node.Runtime.SpecOf(slot).Resources != intent.Spec!.Resources))
            {
                return $"{slot} runs on {node.Name} as generation {unit.Tag.Generation}, wanted is {intent.Generation} (run {intent.RunId})";
            }
        }

        return "";
    }

    /// <summary>The least generation that a process may be of: since then only limits have changed. What was gone back to may have come to be so itself.</summary>
    private static long Begun(Intent intent) => intent.Rejected != 0 ? 0 : intent.StartId > 0 ? intent.StartId : intent.RunId;

    private string Orphans()
    {
        foreach (var node in _nodes)
        {
            foreach (var unit in node.Runtime.Alive)
            {
                var spec = who.Wanted.GetValueOrDefault(unit.Tag.Slot.Workload)?.Spec;
                if (spec is null || unit.Tag.Slot.Index >= spec.Replicas || node.Rules!.PhaseOf(unit.Tag.Slot) != Core.Reconcile.OwnPhase.Holding)
                {
                    return $"{unit.Tag.Slot} runs on {node.Name}, which doesn't hold it ({node.Rules!.PhaseOf(unit.Tag.Slot)}){(spec is null ? ", and it is deleted" : "")}";
                }
            }
        }

        return "";
    }

    /// <summary>Held by a machine that never comes back, and only the operator may give it to another (protocol.md, "Partitions").</summary>
    private bool IsNobodyElses(Claim? greatest, WorkloadSpec spec) =>
        greatest is { IsStarted: true } && _lost.Contains(greatest.Node) && (spec.Partition == PartitionPolicy.Pin || (spec.Partition == PartitionPolicy.Exclusive && !greatest.IsExclusive));

    /// <summary>What is pinned and failed is tried again by whom it failed on, and by nobody else.</summary>
    private static bool IsAnothers(Claim? greatest, SimNode node, WorkloadSpec spec) => spec.Partition == PartitionPolicy.Pin && greatest is { Phase: ClaimPhase.Failed } && greatest.Node != node.Id;

    private static bool IsUsedUp(Claim claim, Intent intent) => claim.Phase == ClaimPhase.Failed && claim.RunId >= intent.RunId && claim.Attempts >= intent.Spec!.Job.Attempts;

    private static string Describe(Claim? claim) => claim is null ? "no claim" : $"{claim.Phase} of {claim.Node} at epoch {claim.Epoch}, generation {claim.Generation}{(claim.Reason.Length > 0 ? $" ({claim.Reason})" : "")}";
}
