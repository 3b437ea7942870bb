using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using EdgeCtl.Manifests;

namespace EdgeCtl.Verbs;

/// <summary>What to say where a name is none: what there is instead. Everything has been read into the view before.</summary>
internal static class Missing
{
    private const int NamesMax = 10;
    private const int NearEnough = 3;

    public static string Workload(FleetView view, string name) =>
        WorkloadName.TryParse(name, out var workload) && view.Refused.TryGetValue(workload, out var refused)
            ? $"{name} is there, but can't be trusted: {refused}; --key FILE names its operator's key"
            : Of("workload", name, [.. view.Intents.Where(i => !i.IsTombstone).Select(i => i.Workload.Value)], "edgectl apply -f FILE makes one");

    /// <summary>Where nothing but this one was read before.</summary>
    public static async Task<VerbException> WorkloadAsync(FleetSession session, WorkloadName workload, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllIntents], cancel).ConfigureAwait(false);
        await session.Connection.ReadAsync([session.Topics.AllCopies], cancel).ConfigureAwait(false);
        return new VerbException(ExitCode.Failed, Workload(session.View, workload.Value));
    }

    public static string Node(FleetView view, string name) =>
        Of("node", name, [.. view.Nodes.Select(n => n.Name.Value)], "is an agent connected to this broker? (edgeagent doctor)");

    /// <summary>Of a workload, or of "workload/index".</summary>
    public static string Slot(FleetView view, string name)
    {
        var parts = name.Split('/');
        if (!WorkloadName.TryParse(parts[0], out var workload) || view.IntentOf(workload) is not { Spec: { } spec })
        {
            return Workload(view, parts[0]);
        }

        if (parts.Length == 1 || (int.TryParse(parts[1], out var index) && index >= 0 && index < spec.Replicas))
        {
            return $"nobody holds {name} yet: edgectl why {workload} says what hinders it";
        }

        var slots = spec.Replicas switch { 0 => "it has none: edgectl scale", 1 => $"its slot is {workload}/0", _ => $"its slots are {workload}/0 to {workload}/{spec.Replicas - 1}" };
        return $"there is no slot {name}: {slots}";
    }

    private static string Of(string kind, string name, IReadOnlyList<string> names, string none)
    {
        if (names.Count == 0)
        {
            return $"there is no {kind} {name}, and no other: {none}";
        }

        var near = names.MinBy(n => EditDistance.Between(n, name))!;
        var all = $"there {(names.Count == 1 ? "is" : "are")} {string.Join(", ", names.Take(NamesMax))}{(names.Count > NamesMax ? $" and {names.Count - NamesMax} more (edgectl get {kind}s)" : "")}";
        return $"there is no {kind} {name}; {(EditDistance.Between(near, name) <= NearEnough && near.Length > NearEnough ? $"did you mean {near}? " : "")}{all}";
    }
}
