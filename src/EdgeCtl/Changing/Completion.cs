using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Changing;

/// <summary>How far the fleet is with what was asked of it: done, or what is missing, for a person.</summary>
internal readonly record struct Progress(bool IsDone, string Missing)
{
    /// <summary>It will not get there: a reason that ends the waiting.</summary>
    public string? Failure { get; init; }
}

/// <summary>
/// When <c>--wait</c> ends. Replicated: each slot's greatest claim is <c>running</c> in this generation on a node that is online.
/// Everywhere: one on each online node that its status lets through. A job: all succeeded. Deleted: nothing runs any more.
/// </summary>
internal static class Completion
{
    private const int ShownMax = 5;

    public static Progress Of(Intent intent, FleetView view) =>
        intent.Spec is not { } spec ? Deleted(intent, view)
        : spec.Mode == WorkloadMode.Everywhere ? Everywhere(intent, spec, view)
        : Replicated(intent, spec, view);

    /// <summary>Whether work of this workload may still be running on the node that says so.</summary>
    public static IEnumerable<Claim> StartedOf(WorkloadName workload, FleetView view) =>
        view.SlotsOf(workload).SelectMany(view.ClaimsOn).Where(c => c.IsStarted);

    private static Progress Replicated(Intent intent, WorkloadSpec spec, FleetView view)
    {
        var missing = new List<string>();
        for (var index = 0; index < spec.Replicas; index++)
        {
            var slot = new SlotId(intent.Workload, index);
            var claim = view.GreatestOn(slot, intent);
            if (IsThere(claim, intent, spec, view))
            {
                continue;
            }

            if (claim is { Phase: ClaimPhase.Failed } && claim.RunId >= intent.RunId)
            {
                return new(false, "") { Failure = $"{slot} failed on {claim.Node}: {(claim.Reason.Length > 0 ? claim.Reason : "no reason was given")}; see edgectl logs {slot}" };
            }

            missing.Add($"{slot} is {Describe(claim, view)}");
        }

        var surplus = StartedOf(intent.Workload, view).Where(c => c.Slot.Index >= spec.Replicas && view.IsOnline(c.Node)).ToList();
        missing.AddRange(surplus.Select(c => $"{c.Slot} still runs on {c.Node}"));
        return Told(missing, spec.Replicas + surplus.Count, spec.Mode == WorkloadMode.Job ? "succeeded" : "running");
    }

    private static bool IsThere(Claim? claim, Intent intent, WorkloadSpec spec, FleetView view) => spec.Mode == WorkloadMode.Job
        ? claim is not null && ClaimOrder.Succeeded(claim, intent.RunId)
        : claim is { Phase: ClaimPhase.Running } && claim.Generation >= intent.Generation && view.IsOnline(claim.Node);

    private static Progress Everywhere(Intent intent, WorkloadSpec spec, FleetView view)
    {
        var slot = new SlotId(intent.Workload, 0);
        var claims = view.ClaimsOn(slot).Where(c => c.Incarnation == intent.Incarnation).ToDictionary(c => c.Node);
        var nodes = view.Presences.Values.Where(p => p.State == PresenceState.Online && MayRun(spec, intent, view.Statuses.GetValueOrDefault(p.Node))).Select(p => p.Node).Order().ToList();
        var missing = nodes.Where(n => claims.GetValueOrDefault(n) is not { Phase: ClaimPhase.Running } c || c.Generation < intent.Generation)
            .Select(n => $"on {n} it is {(claims.GetValueOrDefault(n) is { } c ? Phase(c) : "not started")}").ToList();
        return Told(missing, nodes.Count, "running");
    }

    /// <summary>What a status can tell: facts and what is free are the node's own to judge, and it says so with edgectl why.</summary>
    private static bool MayRun(WorkloadSpec spec, Intent intent, NodeStatus? status) =>
        status is not null
        && intent.Features.All(status.Features.Contains)
        && (spec.Requires.Architectures.Count == 0 || spec.Requires.Architectures.Contains(status.Architecture))
        && spec.Requires.Labels.All(l => status.Labels.TryGetValue(l.Key, out var value) && value == l.Value)
        && status.Taints.All(t => t.Effect == TaintEffect.PreferNoPlace || spec.Tolerations.Any(o => o.Covers(t)))
        && status.Capacity.Fits(spec.Resources, out _);

    private static Progress Deleted(Intent intent, FleetView view)
    {
        var left = StartedOf(intent.Workload, view).ToList();
        return Told([.. left.Select(c => $"{c.Slot} still runs on {c.Node}{(view.IsOnline(c.Node) ? "" : ", which is offline: it ends when the node is back")}")], left.Count, "gone");
    }

    private static Progress Told(List<string> missing, int all, string what)
    {
        if (missing.Count == 0)
        {
            return new(true, "");
        }

        var shown = string.Join("; ", missing.Take(ShownMax));
        return new(false, $"{all - missing.Count} of {all} {what}: {shown}{(missing.Count > ShownMax ? $"; and {missing.Count - ShownMax} more" : "")}");
    }

    private static string Describe(Claim? claim, FleetView view) => claim switch
    {
        null => "held by nobody",
        _ when !view.IsOnline(claim.Node) => $"{Phase(claim)} on {claim.Node}, which is offline",
        _ => $"{Phase(claim)} on {claim.Node}{(claim.Reason.Length > 0 ? $" ({claim.Reason})" : "")}",
    };

    private static string Phase(Claim claim) => claim.Phase.ToString().ToLowerInvariant();
}
