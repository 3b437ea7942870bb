using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl get nodes|workloads|slots|events</c>.</summary>
public static class GetVerb
{
    /// <summary>Slots whose claims are read in one step; each may have several.</summary>
    private const int SlotsAtOnce = 200;

    public static Command Create() => new("get", "what there is")
    {
        Of("nodes", "node", "the nodes of the cell", Tables.Nodes, (session, selector, names, _) =>
            [.. session.View.Nodes.Where(n => (names.Count == 0 || names.Contains(n.Name.Value)) && selector.Matches(n.Status?.Labels ?? new Dictionary<string, string>())).Select(n => Items.Of(n, session.View))]),
        Of("workloads", "workload", "what should run, and how much of it does", Tables.Workloads, Workloads),
        Of("slots", "slot", "one row a slot: who holds it", Tables.Slots, Slots),
        EventsVerb.Create("events", "what nodes tell of, as it comes; --for says how long to listen"),
    };

    private static List<JsonObject> Workloads(FleetSession session, Selector selector, IReadOnlyList<string> names, bool all)
    {
        var placing = new Placing.UnplacedWork(session.View);
        return [.. session.View.Intents.Where(i => !i.IsTombstone && (names.Count == 0 || names.Contains(i.Workload.Value)) && selector.Matches(i.Spec!.Labels)).Select(i => Items.Of(i, session.View, placing))];
    }

    private static List<JsonObject> Slots(FleetSession session, Selector selector, IReadOnlyList<string> names, bool all)
    {
        var view = session.View;
        var workloads = view.Claims.Select(c => c.Slot.Workload).Distinct()
            .Where(w => selector.Matches(view.IntentOf(w)?.Spec?.Labels ?? new Dictionary<string, string>()));
        var claims = workloads.SelectMany(w => all ? view.ClaimsOf(w) : view.SlotsOf(w).Where(c => c.Phase is not (ClaimPhase.Withdrawn or ClaimPhase.Seen)));
        return [.. claims.Where(c => names.Count == 0 || names.Contains(c.Slot.Workload.Value) || names.Contains(c.Slot.ToString())).Select(c => Items.Of(c, view))];
    }

    private static Command Of(string kinds, string kind, string about, IReadOnlyList<Column> columns, Func<FleetSession, Selector, IReadOnlyList<string>, bool, List<JsonObject>> items)
    {
        var names = new Argument<string[]>("name") { Description = "only these", Arity = ArgumentArity.ZeroOrMore };
        var form = OutputForm();
        var selector = new Option<string?>("--selector", "-l") { Description = "only what has these labels, as app=web,tier!=test", HelpName = "labels" };
        var watch = new Option<bool>("--watch", "-w") { Description = "go on, and print what changes" };
        var all = new Option<bool>("--all") { Description = "every claim, not the greatest of each slot alone" };
        var command = new Command(kinds, about) { names, form, selector, watch };
        var labels = new Option<bool>("--show-labels") { Description = "a column with their labels" };
        if (kind == "slot")
        {
            command.Add(all);
        }
        else if (kind == "node")
        {
            command.Add(labels);
        }

        command.Aliases.Add(kind);
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var chosen = Selector.Parse(parsed.GetValue(selector));
            var isAll = kind == "slot" && parsed.GetValue(all);
            var isWatch = parsed.GetValue(watch);
            await ReadAllAsync(session, cancel).ConfigureAwait(false);
            if (kind == "workload" && !session.HasKey)
            {
                throw new VerbException(ExitCode.Failed, $"no key is known for {session.Context.Broker}, and what isn't verified isn't shown: give --key FILE");
            }

            List<JsonObject> Now() => items(session, chosen, parsed.GetValue(names)!, isAll);
            var shown = Now();
            if (parsed.GetValue(names)!.FirstOrDefault(n => !shown.Any(i => IsNamed(i, n))) is { } missing)
            {
                throw new VerbException(ExitCode.Failed, Unknown(session, kind, missing));
            }

            var listing = new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), kind == "node" && parsed.GetValue(labels) ? [.. columns.Select(c => c.Head == "LABELS" ? c with { IsWide = false } : c)] : columns)
            {
                Document = kind == "workload" ? i => ManifestOf(session, i) : null,
            };
            if (shown.Count > 0 || parsed.GetValue(form) is "json" or "yaml" or "name")
            {
                listing.Write(shown, kind);
            }
            else
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(Nothing(kind, kinds, parsed.GetValue(selector))).ConfigureAwait(false);
            }

            return isWatch ? await WatchAsync(session, listing, kind, shown, Now, cancel).ConfigureAwait(false) : ExitCode.Done;
        });
        return command;
    }

    /// <summary>As kubectl does: a row for each that came, changed or went, under the table that is there.</summary>
    private static async Task<int> WatchAsync(FleetSession session, Listing listing, string kind, List<JsonObject> shown, Func<List<JsonObject>> now, CancellationToken cancel)
    {
        var before = ByKey(shown);
        var changed = new List<JsonObject>();
        bool HasChanged()
        {
            var after = ByKey(now());
            changed = [.. after.Where(a => !before.TryGetValue(a.Key, out var old) || old.ToJsonString() != a.Value.ToJsonString()).Select(a => a.Value)];
            foreach (var (key, gone) in before.Where(b => !after.ContainsKey(b.Key)))
            {
                var last = (JsonObject)gone.DeepClone();
                last[Listing.Deleted] = true;
                changed.Add(last);
            }

            before = after;
            return changed.Count > 0;
        }

        while (true)
        {
            await session.WaitAsync(HasChanged, TimeSpan.FromDays(365), cancel).ConfigureAwait(false);
            listing.WriteChanged(changed, kind);
        }
    }

    /// <summary>In their order; claims of one slot differ by their node.</summary>
    private static OrderedDictionary<string, JsonObject> ByKey(List<JsonObject> items)
    {
        var keyed = new OrderedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            keyed[$"{Listing.NameOf(item)} {Listing.Text(item, "node")}"] = item;
        }

        return keyed;
    }

    private static JsonObject ManifestOf(FleetSession session, JsonObject item)
    {
        var name = WorkloadName.Parse(Listing.NameOf(item));
        return session.View.IntentOf(name)?.Spec is { } spec
            ? ManifestText.Of(name, spec)
            : new JsonObject { ["apiVersion"] = Manifests.Schema.ApiVersion, ["kind"] = Manifests.Schema.Kind, ["metadata"] = new JsonObject { ["name"] = name.Value }, [Listing.Deleted] = true };
    }

    private static string Unknown(FleetSession session, string kind, string name) => kind switch
    {
        "workload" => Missing.Workload(session.View, name),
        "node" => Missing.Node(session.View, name),
        _ => Missing.Slot(session.View, name),
    };

    private static string Nothing(string kind, string kinds, string? selector) =>
        !string.IsNullOrEmpty(selector) ? $"no {kind} has the labels {selector}"
        : kind == "node" ? "there are no nodes: is an agent connected to this broker? (edgeagent doctor)"
        : $"there are no {kinds}: edgectl apply -f FILE makes some";

    /// <summary>
    /// Everything, in steps of some hundred messages: one great subscription overflows a broker's queue, and its barrier passes all the same
    /// (protocol.md, "Connecting", 1).
    /// </summary>
    public static async Task ReadAllAsync(FleetSession session, CancellationToken cancel)
    {
        var (connection, topics, view) = (session.Connection, session.Topics, session.View);
        await connection.ReadAsync([topics.AllPresences], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllStatuses], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllIntents], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllCopies], cancel).ConfigureAwait(false);
        var slots = view.Intents.Sum(i => i.Spec is { Mode: WorkloadMode.Everywhere } ? view.Nodes.Count : i.Spec?.Replicas ?? 1);
        var bucketsAtOnce = Math.Clamp(Bucket.Count * SlotsAtOnce / Math.Max(1, slots), 1, Bucket.Count);
        foreach (var filters in topics.AllClaims.Chunk(bucketsAtOnce))
        {
            await connection.ReadAsync(filters, cancel).ConfigureAwait(false);
        }
    }

    public static Option<string?> OutputForm()
    {
        var option = new Option<string?>("--output", "-o") { Description = "wide, json, yaml or name" };
        option.AcceptOnlyFromAmong([.. Listing.Forms]);
        return option;
    }

    /// <summary>A slot goes by its workload's name too.</summary>
    private static bool IsNamed(JsonObject item, string name) => Listing.NameOf(item) == name || Listing.Text(item, "workload") == name;
}
