using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Changing;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;

namespace EdgeCtl.Showing;

/// <summary><c>get nodes</c>: a row a node.</summary>
internal static class NodeListing
{
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("NAME"), new("STATE", IsState: true), new("SLOTS"), new("ARCH"), new("RUNTIME"), new("CPU FREE"), new("MEMORY FREE"), new("AGENT"),
        new("LABELS", IsWide: true), new("TAINTS", IsWide: true), new("OS", IsWide: true), new("KERNEL", IsWide: true), new("CONDITIONS", IsWide: true),
    ];

    public static Listing Of(FleetView view, Selection selection)
    {
        var slots = view.Workloads.SelectMany(w => Completion.StartedOf(w, view)).GroupBy(c => c.Node).ToDictionary(g => g.Key, g => g.Count());
        var rows = view.Presences.Keys.Union(view.Statuses.Keys).Order()
            .Where(n => selection.Selects(n.Value, view.Statuses.GetValueOrDefault(n)?.Labels))
            .Select(n => RowOf(view.Presences.GetValueOrDefault(n), view.Statuses.GetValueOrDefault(n) ?? new NodeStatus { Node = n }, slots.GetValueOrDefault(n)));
        return new(Columns, [.. rows]);
    }

    /// <summary>As scripts know it. A node that restarts is offline until it is back.</summary>
    public static string StateOf(Presence? presence) => presence?.State switch
    {
        PresenceState.Online => "online",
        PresenceState.Draining => "draining",
        _ => "offline",
    };

    private static Row RowOf(Presence? presence, NodeStatus status, int slots)
    {
        var version = presence?.Version is { Length: > 0 } v ? v : status.Version;
        var json = new JsonObject
        {
            ["name"] = status.Node.Value,
            ["state"] = StateOf(presence),
            ["session"] = presence?.Session ?? 0,
            ["slots"] = slots,
            ["version"] = version,
            ["architecture"] = status.Architecture,
            ["operatingSystem"] = status.OperatingSystem,
            ["kernel"] = status.Kernel,
            ["runtime"] = status.Runtime,
            ["capacity"] = ManifestText.Amounts(status.Capacity),
            ["free"] = ManifestText.Amounts(status.Free),
            ["labels"] = ManifestText.Pairs(status.Labels),
            ["taints"] = new JsonArray([.. status.Taints.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value, ["effect"] = t.Effect.ToString() })]),
            ["features"] = ManifestText.Texts(status.Features),
            ["facts"] = ManifestText.Pairs(status.Facts),
            ["conditions"] = ManifestText.Pairs(status.Conditions),
        };
        if (presence?.RestartingUntil is { } until && presence.State == PresenceState.Restarting)
        {
            json["restartingUntil"] = Ages.Stamp(until);
        }

        return new(status.Node.Value,
        [
            status.Node.Value, StateOf(presence), $"{slots}", status.Architecture, status.Runtime, status.Free.Cpu.ToString(), status.Free.Memory.ToString(), version,
            string.Join(',', status.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")),
            string.Join(',', status.Taints.Select(t => $"{t.Key}={t.Value}:{t.Effect}")),
            status.OperatingSystem, status.Kernel, string.Join(',', status.Conditions.Keys),
        ], json);
    }
}
