using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Showing;

/// <summary>
/// <c>get slots</c>: a row a slot with its greatest claim; of an everywhere workload a row a node. A slot that nobody claims is
/// <c>vacant</c>; one whose holder isn't online is <c>unknown</c>, and <c>lastPhase</c> says what it was. With all: every claim.
/// </summary>
internal static class SlotListing
{
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("SLOT"), new("NODE"), new("PHASE", IsState: true), new("EPOCH"), new("PID"), new("GENERATION", IsWide: true), new("SCORE", IsWide: true),
        new("ATTEMPTS", IsWide: true), new("UNIT", IsWide: true), new("REASON", IsWide: true),
    ];

    /// <summary>Whose labels select: the workload's. A name is a workload's or a slot's.</summary>
    public static Listing Of(FleetView view, Selection selection, bool isAll)
    {
        var rows = new List<Row>();
        foreach (var workload in view.Workloads)
        {
            var intent = view.Intents.GetValueOrDefault(workload);
            foreach (var (slot, claim) in isAll ? Every(view, workload) : Current(view, workload, intent))
            {
                if (selection.Selects(workload.Value, intent?.Spec?.Labels) || (selection.Names.Count > 0 && selection.Selects(slot.ToString(), intent?.Spec?.Labels)))
                {
                    rows.Add(RowOf(slot, claim, view));
                }
            }
        }

        return new(Columns, rows);
    }

    /// <summary>The state of each slot of a workload, in order; null where nobody claims it.</summary>
    public static IEnumerable<(SlotId Slot, Claim? Claim)> Current(FleetView view, WorkloadName workload, Intent? intent)
    {
        if (intent?.Spec is not { } spec)
        {
            // Deleted, or not to be read: what still runs.
            return Every(view, workload).Where(s => s.Claim is { IsStarted: true });
        }

        var first = new SlotId(workload, 0);
        if (spec.Mode == WorkloadMode.Everywhere)
        {
            return view.ClaimsOn(first).Where(c => c.Incarnation == intent.Incarnation && !IsNothing(c)).Select(c => (first, (Claim?)c));
        }

        var wanted = Enumerable.Range(0, spec.Replicas).Select(i => new SlotId(workload, i)).Select(s => (s, view.GreatestOn(s, intent) is { } c && !IsNothing(c) ? c : null));
        var surplus = Every(view, workload).Where(s => s.Slot.Index >= spec.Replicas && s.Claim is { IsStarted: true });
        return wanted.Concat(surplus);
    }

    private static IEnumerable<(SlotId Slot, Claim? Claim)> Every(FleetView view, WorkloadName workload) =>
        view.SlotsOf(workload).SelectMany(s => view.ClaimsOn(s).Select(c => (s, (Claim?)c)));

    private static bool IsNothing(Claim claim) => claim.Phase is ClaimPhase.Seen or ClaimPhase.Withdrawn;

    private static Row RowOf(SlotId slot, Claim? claim, FleetView view)
    {
        var said = claim?.Phase.ToString().ToLowerInvariant() ?? "vacant";
        var phase = claim is { IsHolding: true } && !view.IsOnline(claim.Node) ? "unknown" : said;
        var json = new JsonObject { ["workload"] = slot.Workload.Value, ["index"] = slot.Index, ["node"] = claim?.Node.Value, ["epoch"] = claim?.Epoch.Value ?? 0, ["phase"] = phase };
        if (phase == "unknown")
        {
            json["lastPhase"] = said;
        }

        if (claim is not null)
        {
            if (claim.Pid > 0)
            {
                json["pid"] = claim.Pid;
            }

            json["generation"] = claim.Generation;
            json["incarnation"] = claim.Incarnation.ToString();
            json["score"] = claim.Score;
            json["attempts"] = claim.Attempts;
            json["unit"] = claim.Unit;
            json["reason"] = claim.Reason;
        }

        return new($"{slot}",
        [
            $"{slot}", claim?.Node.Value ?? "", phase, claim?.Epoch.ToString() ?? "", claim is { Pid: > 0 } ? Number(claim.Pid) : "", claim is null ? "" : Number(claim.Generation),
            claim is null ? "" : Number(claim.Score), claim is null ? "" : Number(claim.Attempts), claim?.Unit ?? "", claim?.Reason ?? "",
        ], json);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
