using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Placing;

/// <summary>
/// What can't be placed, by what the broker keeps: the same rules that nodes decide by, asked with what each says of itself. <c>edgectl why</c> asks the nodes themselves.
/// </summary>
public sealed class UnplacedWork(FleetView view)
{
    private readonly Lazy<IReadOnlyList<(NodeView Node, Self Self)>> _nodes = new(() => [.. view.Nodes.Where(n => n is { IsOnline: true, Status: not null }).Select(n => (n, StatedSelf.Of(n.Status!) with { Free = FreeOf(n, view) }))]);

    /// <summary>Null where everything that is wanted is held, or a node that is online could take it and will.</summary>
    public Unplaced? Of(Intent intent)
    {
        if (intent.Spec is not { } spec)
        {
            return null;
        }

        var missing = Missing(intent);
        if (missing.Count == 0)
        {
            return null;
        }

        var ended = missing.Select(s => WhyNobodyMay(s, intent)).Where(r => r.Length > 0).ToList();
        var count = spec.Mode == WorkloadMode.Everywhere ? 0 : missing.Count;
        if (ended.Count == missing.Count)
        {
            return new(count, ended[0], null, []);
        }

        if (_nodes.Value.Count == 0)
        {
            return new(count, "no node is online", null, []);
        }

        // Where a rule deals slots to domains, one has a place and another none.
        List<(NodeView Node, Self Self, IReadOnlyList<Obstacle> Obstacles)> nodes = [.. _nodes.Value.Select(n => (n.Node, n.Self, ObstaclesOf(intent, n.Node, n.Self)))];
        var nearest = missing.Select(s => nodes.Select(n => (n.Node.Name, Obstacles: Obstacles.OfDomain(s, spec, n.Self.Labels) is { } elsewhere ? [elsewhere, .. n.Obstacles] : n.Obstacles)).MinBy(n => Nearness.Of(n.Name, n.Obstacles)))
            .Where(n => n.Obstacles.Count > 0).ToList();
        return nearest.Count == 0 ? null
            : new(spec.Mode == WorkloadMode.Everywhere ? 0 : nearest.Count, $"nearest: {nearest[0].Name}, {Obstacles.Phrase(nearest[0].Obstacles)}", nearest[0].Name, nearest[0].Obstacles);
    }

    /// <summary>Slots that nobody who is online holds, nor has brought to their end. Of work of every node its one slot, where no node has it.</summary>
    public IReadOnlyList<SlotId> Missing(Intent intent)
    {
        var slots = view.SlotsOf(intent.Workload);
        if (intent.Spec!.Mode == WorkloadMode.Everywhere)
        {
            return slots.Any(IsHeld) ? [] : [new SlotId(intent.Workload, 0)];
        }

        var had = slots.Where(c => IsHeld(c) || ClaimOrder.Succeeded(c, intent.RunId)).Select(c => c.Slot.Index).ToHashSet();
        return [.. Enumerable.Range(0, intent.Spec.Replicas).Where(i => !had.Contains(i)).Select(i => new SlotId(intent.Workload, i))];
    }

    private bool IsHeld(Claim claim) => claim.IsHolding && view.NodeOf(claim.Node) is { IsOnline: true };

    /// <summary>What isn't a matter of room or fitness; empty where it is one.</summary>
    private string WhyNobodyMay(SlotId slot, Intent intent)
    {
        var spec = intent.Spec!;
        var last = view.SlotsOf(intent.Workload).FirstOrDefault(c => c.Slot == slot);
        return last switch
        {
            { IsHolding: true, IsStarted: true } when spec.Partition == PartitionPolicy.Pin => $"{slot} is pinned to {last.Node}, which is {view.NodeOf(last.Node)?.State ?? "gone"}",
            { Phase: ClaimPhase.Failed } when spec.Partition == PartitionPolicy.Pin => $"{slot} is pinned to {last.Node}, where it failed: {last.Reason}",
            { Phase: ClaimPhase.Failed } when spec.Mode == WorkloadMode.Job && last.RunId == intent.RunId && last.Attempts >= spec.Job.Attempts => $"{slot} has used up its {last.Attempts} attempts, the last on {last.Node}: {last.Reason}",
            _ => "",
        };
    }

    private IReadOnlyList<Obstacle> ObstaclesOf(Intent intent, NodeView node, in Self self)
    {
        var obstacles = Obstacles.Of(intent, self, node.Status!.Drain != DrainScope.None);
        obstacles = intent.Spec!.Run.IsOncePerNode && view.ClaimsOf(intent.Workload).Any(c => c.Node == node.Name && c.IsHolding) ? [.. obstacles, Obstacles.HereOnce] : obstacles;
        return InTheWay(intent, node) is { } other ? [.. obstacles, Obstacles.OfApart(intent, other)] : obstacles;
    }

    /// <summary>A workload on the node that is to be apart from this one; null: none.</summary>
    private WorkloadName? InTheWay(Intent intent, NodeView node)
    {
        var here = view.Claims.Where(c => c.Node == node.Name && c.IsHolding).Select(c => c.Slot.Workload).Distinct().ToList();
        var other = here.FindIndex(w => intent.Spec!.Apart.Contains(w) || view.IntentOf(w)?.Spec?.Apart.Contains(intent.Workload) == true);
        return other < 0 ? null : here[other];
    }

    /// <summary>Less what is held and bid for, where all of that is known: a status is behind by a part of the capacity.</summary>
    private static Resources FreeOf(NodeView node, FleetView view)
    {
        var free = node.Status!.Capacity;
        foreach (var claim in view.Claims.Where(c => c.Node == node.Name && c.IsHolding))
        {
            if (view.IntentOf(claim.Slot.Workload) is not { Spec: { } spec } intent || intent.RunId != claim.RunId || (spec.Devices.Count > 0 && claim.Devices.IsNone))
            {
                return node.Status.Free;
            }

            free -= spec.Resources with { Devices = claim.Devices };
        }

        return free;
    }
}
