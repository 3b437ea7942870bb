using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Changing;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;

namespace EdgeCtl.Showing;

/// <summary><c>get workloads</c>: a row a workload. Deleted ones are shown while something of them runs, and with all.</summary>
internal static class WorkloadListing
{
    private static readonly IReadOnlyList<Column> Columns =
        [new("NAME"), new("MODE"), new("RUNNING"), new("STATE", IsState: true), new("GENERATION"), new("AGE"), new("LABELS", IsWide: true), new("COMMAND", IsWide: true)];

    public static Listing Of(FleetView view, Selection selection, bool isAll, DateTimeOffset now)
    {
        var rows = new List<Row>();
        foreach (var workload in view.Workloads)
        {
            var intent = view.Intents.GetValueOrDefault(workload);
            var isShown = isAll || intent is { IsTombstone: false } || view.Unread.ContainsKey(workload) || Completion.StartedOf(workload, view).Any();
            if (isShown && selection.Selects(workload.Value, intent?.Spec?.Labels))
            {
                rows.Add(intent is null ? Unread(workload, view) : RowOf(intent, view, now));
            }
        }

        return new(Columns, rows);
    }

    private static Row RowOf(Intent intent, FleetView view, DateTimeOffset now)
    {
        var slots = SlotListing.Current(view, intent.Workload, intent).ToList();
        var running = slots.Count(s => s.Claim is { Phase: ClaimPhase.Running } c && view.IsOnline(c.Node));
        var succeeded = slots.Count(s => s.Claim is { } c && ClaimOrder.Succeeded(c, intent.RunId));
        var isJob = intent.Spec?.Mode == WorkloadMode.Job;
        var wanted = intent.Spec switch { null => 0, { Mode: WorkloadMode.Everywhere } => slots.Count, var spec => spec.Replicas };
        var state = StateOf(intent, slots, isJob ? succeeded : running, wanted, isJob);
        var json = new JsonObject
        {
            ["name"] = intent.Workload.Value,
            ["mode"] = intent.Spec is { } m ? ManifestText.ModeOf(m.Mode) : null,
            ["state"] = state,
            ["replicas"] = wanted,
            ["running"] = running,
            ["succeeded"] = succeeded,
            ["generation"] = intent.Generation,
            ["runId"] = intent.RunId,
            ["incarnation"] = intent.Incarnation.ToString(),
            ["signedAt"] = Ages.Stamp(intent.SignedAt),
        };
        if (intent.Spec is { } said)
        {
            foreach (var (key, value) in ManifestText.Of(intent.Workload, said))
            {
                json[key] = value?.DeepClone();
            }
        }

        return new(intent.Workload.Value,
        [
            intent.Workload.Value, intent.Spec is { } s ? ManifestText.ModeOf(s.Mode) : "", $"{(isJob ? succeeded : running)}/{wanted}", state,
            intent.Generation.ToString(CultureInfo.InvariantCulture), Ages.Since(intent.SignedAt, now),
            string.Join(',', (intent.Spec?.Labels ?? new Dictionary<string, string>()).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")),
            string.Join(' ', intent.Spec?.Run.Command ?? []),
        ], json);
    }

    private static string StateOf(Intent intent, List<(SlotId Slot, Claim? Claim)> slots, int there, int wanted, bool isJob) =>
        intent.IsTombstone ? (slots.Count > 0 ? "deleting" : "deleted")
        : there >= wanted ? (isJob ? "succeeded" : "running")
        : slots.Any(s => s.Claim is { Phase: ClaimPhase.Failed }) ? "failed"
        : "waiting";

    private static Row Unread(WorkloadName workload, FleetView view)
    {
        var reason = view.Unread.TryGetValue(workload, out var error) ? error.Message : "no intent stands there, only claims";
        var json = new JsonObject { ["name"] = workload.Value, ["state"] = "unreadable", ["running"] = Completion.StartedOf(workload, view).Count(), ["reason"] = reason };
        return new(workload.Value, [workload.Value, "", "", "unreadable", "", "", "", reason], json);
    }
}
