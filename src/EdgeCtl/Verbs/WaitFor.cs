using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Verbs;

/// <summary>When what was asked for has come to be.</summary>
internal static class WaitFor
{
    /// <summary>Null while it is under way; empty when it is done; else why it failed.</summary>
    public static string? Running(Intent wanted, FleetView view)
    {
        var intent = view.IntentOf(wanted.Workload);
        if (intent is null || intent.Incarnation != wanted.Incarnation || intent.Generation > wanted.Generation || intent.IsTombstone)
        {
            return $"{wanted.Workload} was changed or deleted by someone else meanwhile";
        }

        if (RolledBack(wanted, view) is { } back)
        {
            return back;
        }

        var slots = view.SlotsOf(wanted.Workload).Where(c => view.NodeOf(c.Node) is { IsOnline: true }).ToList();
        var spec = wanted.Spec!;
        // A failure of the generation before says nothing about this one.
        if (slots.FirstOrDefault(c => c.Phase == ClaimPhase.Failed && c.Generation >= wanted.Generation && IsFinal(c, spec)) is { } failed)
        {
            return $"{failed.Slot} failed on {failed.Node}: {failed.Reason} (edgectl logs {failed.Slot.Workload})";
        }

        var isDone = spec.Mode switch
        {
            WorkloadMode.Job => view.SlotsOf(wanted.Workload).Count(c => ClaimOrder.Succeeded(c, wanted.RunId)) >= spec.Replicas,
            WorkloadMode.Everywhere => slots.Count > 0 && slots.Where(c => c.Phase != ClaimPhase.Released).All(c => Runs(c, wanted)) && slots.Any(c => Runs(c, wanted)) && AllTaken(wanted, view, slots),
            _ => slots.Count(c => c.Slot.Index < spec.Replicas && Runs(c, wanted)) >= spec.Replicas,
        };
        return isDone ? "" : null;
    }

    public static string Progress(Intent wanted, FleetView view)
    {
        var spec = wanted.Spec!;
        var done = spec.Mode == WorkloadMode.Job
            ? view.SlotsOf(wanted.Workload).Count(c => ClaimOrder.Succeeded(c, wanted.RunId))
            : view.SlotsOf(wanted.Workload).Count(c => Runs(c, wanted));
        return spec.Mode == WorkloadMode.Everywhere ? $"{done} running" : $"{done} of {spec.Replicas} {(spec.Mode == WorkloadMode.Job ? "succeeded" : "running")}";
    }

    /// <summary>Null while nobody has rejected its work.</summary>
    public static string? RolledBack(Intent wanted, FleetView view)
    {
        if (!wanted.IsTried)
        {
            return null;
        }

        var rejections = view.ClaimsOf(wanted.Workload).Where(c => Trial.IsRejection(c, wanted)).ToList();
        return rejections.Count == 0 ? null
            : $"generation {wanted.Generation} of {wanted.Workload} was rolled back to the work of generation {wanted.Fallback!.Generation}{(rejections.Find(c => c.Reason.Length > 0) is { } said ? $": {said.Slot} on {said.Node}: {said.Reason}" : "")}";
    }

    public static bool Runs(Claim claim, Intent wanted) => claim.Phase == ClaimPhase.Running && claim.Generation >= wanted.Generation && claim.RunId >= wanted.RunId;

    private static bool IsFinal(Claim claim, WorkloadSpec spec) => spec.Mode != WorkloadMode.Job || claim.Attempts >= spec.Job.Attempts;

    /// <summary>Every online node that passes the filter, as far as its status tells, has said something.</summary>
    private static bool AllTaken(Intent wanted, FleetView view, IReadOnlyList<Claim> claims) =>
        view.Nodes.Where(n => n.IsOnline && n.Status is { } status && Fits(wanted, status)).All(n => claims.Any(c => c.Node == n.Name));

    /// <summary>What runs of it there is in the free resources already: asked with the capacity.</summary>
    private static bool Fits(Intent wanted, EdgeAgent.Core.Fleet.NodeStatus status) =>
        Filter.WhyNot(wanted, StatedSelf.Of(status) with { Free = status.Capacity }).Length == 0;
}
