using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Changing;
using EdgeCtl.Connection;
using EdgeCtl.Showing;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl describe</c>: everything that is known of one node, workload or slot.</summary>
public static class DescribeVerb
{
    public static Command Create()
    {
        var format = new Option<string>("-o", "--output") { Description = "yaml or json; yaml unless given", HelpName = "FORMAT" };
        format.AcceptOnlyFromAmong("yaml", "json");
        Command Of(string kind, string says, string what, Func<FleetView, string, JsonObject> show)
        {
            var argument = new Argument<string>("name") { Description = what };
            return new Command(kind, says) { argument, format }.Does(async (parsed, cancel) =>
            {
                var target = GlobalOptions.Target(parsed);
                using var key = target.Key();
                await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
                var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
                await connection.ReadNodesAsync(view, withStatus: true, cancel).ConfigureAwait(false);
                await connection.ReadIntentsAsync(view, cancel).ConfigureAwait(false);
                await connection.ReadClaimsAsync(view, isEvery: true, cancel).ConfigureAwait(false);
                var shown = show(view, parsed.GetRequiredValue(argument));
                if (parsed.GetValue(format) == "json")
                {
                    JsonText.Write(parsed.InvocationConfiguration.Output, shown, isIndented: true);
                }
                else
                {
                    YamlText.Write(parsed.InvocationConfiguration.Output, shown);
                }
            });
        }

        return new Command("describe", "everything that is known of one thing")
        {
            Of("node", "a node: what it can do, what is free, its counters, its slots", "the node's name", Node),
            Of("workload", "a workload: what was applied, and every slot", "the workload's name", Workload),
            Of("slot", "a slot: every node's claim on it", "workload/index", Slot),
        };
    }

    private static JsonObject Node(FleetView view, string name)
    {
        var shown = One(NodeListing.Of(view, Named(name)), "node", name);
        var counters = new JsonObject();
        if (NodeId.TryParse(name, out var node) && view.Statuses.TryGetValue(node, out var status))
        {
            shown["statusAt"] = Ages.Stamp(status.At);
            foreach (var (counter, value) in status.Counters.OrderBy(c => c.Key, StringComparer.Ordinal))
            {
                counters[counter] = value;
            }
        }

        shown["counters"] = counters;
        shown["running"] = new JsonArray([.. view.Workloads.SelectMany(w => Completion.StartedOf(w, view)).Where(c => c.Node.Value == name)
            .Select(c => (JsonNode)new JsonObject { ["slot"] = c.Slot.ToString(), ["phase"] = c.Phase.ToString().ToLowerInvariant(), ["epoch"] = c.Epoch.Value, ["pid"] = c.Pid })]);
        return shown;
    }

    private static JsonObject Workload(FleetView view, string name)
    {
        var shown = One(WorkloadListing.Of(view, Named(name), isAll: true, TimeProvider.System.GetUtcNow()), "workload", name);
        shown["slots"] = new JsonArray([.. SlotListing.Of(view, Named(name), isAll: false).Rows.Select(r => r.Json)]);
        return shown;
    }

    private static JsonObject Slot(FleetView view, string name)
    {
        var shown = One(SlotListing.Of(view, Named(name), isAll: false), "slot", name);
        shown["claims"] = new JsonArray([.. SlotListing.Of(view, Named(name), isAll: true).Rows.Select(r => r.Json)]);
        return shown;
    }

    private static JsonObject One(Listing listing, string kind, string name) => listing.Rows.Count > 0
        ? listing.Rows[0].Json
        : throw new CtlException(ExitCode.Failed, $"there is no {kind} {name}: edgectl get {kind}s lists what there is");

    private static Selection Named(string name) =>
        Selection.TryParse([name], null, out var selection, out _) ? selection : Selection.All;
}
