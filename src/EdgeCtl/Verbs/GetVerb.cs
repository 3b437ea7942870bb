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

    private static readonly Column[] NodeColumns =
    [
        new("NAME", i => Listing.Text(i, "name")),
        new("STATE", i => Listing.Text(i, "state")),
        new("SLOTS", i => Listing.Text(i, "slots")),
        new("FREE CPU", i => Listing.Text(i["free"] as JsonObject ?? [], "cpu")),
        new("FREE MEMORY", i => Short(Listing.Text(i["free"] as JsonObject ?? [], "memory"))),
        new("VERSION", i => Listing.Text(i, "version")),
        new("ARCH", i => Listing.Text(i, "architecture"), IsWide: true),
        new("RUNTIME", i => Listing.Text(i, "runtime"), IsWide: true),
        new("SYSTEM", i => Listing.Text(i, "operatingSystem"), IsWide: true),
        new("KERNEL", i => Listing.Text(i, "kernel"), IsWide: true),
        new("LABELS", i => string.Join(',', (i["labels"] as JsonObject ?? []).Select(l => $"{l.Key}={l.Value}")), IsWide: true),
    ];

    private static readonly Column[] WorkloadColumns =
    [
        new("NAME", i => Listing.Text(i, "name")),
        new("MODE", i => Listing.Text(i, "mode")),
        new("READY", i => i["replicas"] is { } all ? $"{i["ready"]}/{all}" : Listing.Text(i, "ready")),
        new("UP-TO-DATE", i => Listing.Text(i, "updated")),
        new("GENERATION", i => Listing.Text(i, "generation")),
        new("PARTITION", i => Listing.Text(i, "partition"), IsWide: true),
        new("COMMAND", i => string.Join(' ', (i["command"] as JsonArray ?? []).Select(a => a!.GetValue<string>())), IsWide: true),
    ];

    private static readonly Column[] SlotColumns =
    [
        new("WORKLOAD", i => Listing.Text(i, "workload")),
        new("INDEX", i => Listing.Text(i, "index")),
        new("NODE", i => Listing.Text(i, "node")),
        new("PHASE", i => Listing.Text(i, "phase")),
        new("EPOCH", i => Listing.Text(i, "epoch")),
        new("PID", i => Listing.Text(i, "pid")),
        new("REASON", i => Listing.Text(i, "reason")),
        new("GENERATION", i => Listing.Text(i, "generation"), IsWide: true),
        new("SCORE", i => Listing.Text(i, "score"), IsWide: true),
        new("SANDBOX", i => Listing.Text(i, "sandbox"), IsWide: true),
        new("UNIT", i => Listing.Text(i, "unit"), IsWide: true),
    ];

    public static Command Create() => new("get", "what there is")
    {
        Of("nodes", "node", "the nodes of the cell", NodeColumns, (session, selector, names, _) =>
            [.. session.View.Nodes.Where(n => (names.Count == 0 || names.Contains(n.Name.Value)) && selector.Matches(n.Status?.Labels ?? new Dictionary<string, string>())).Select(n => Items.Of(n, session.View))]),
        Of("workloads", "workload", "what should run, and how much of it does", WorkloadColumns, (session, selector, names, _) =>
            [.. session.View.Intents.Where(i => !i.IsTombstone && (names.Count == 0 || names.Contains(i.Workload.Value)) && selector.Matches(i.Spec!.Labels)).Select(i => Items.Of(i, session.View))]),
        Of("slots", "slot", "one row a slot: who holds it", SlotColumns, Slots),
        EventsVerb.Create("events", "what nodes tell of, as it comes; --for says how long to listen"),
    };

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
        var selector = new Option<string?>("--selector", "-l") { Description = "only what has these labels, as app=web,tier!=test" };
        var watch = new Option<bool>("--watch", "-w") { Description = "again whenever something changes" };
        var all = new Option<bool>("--all") { Description = "slots: every claim, not the greatest alone" };
        var command = new Command(kinds, about) { names, form, selector, watch, all };
        command.Aliases.Add(kind);
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var chosen = Selector.Parse(parsed.GetValue(selector));
            await ReadAllAsync(session, isEvery: parsed.GetValue(all) || parsed.GetValue(watch), cancel).ConfigureAwait(false);
            if (kind == "workload" && !session.HasKey)
            {
                throw new VerbException(ExitCode.Failed, $"no key is known for {session.Context.Broker}, and what isn't verified isn't shown: give --key FILE");
            }

            var listing = new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), columns);
            var shown = items(session, chosen, parsed.GetValue(names)!, parsed.GetValue(all));
            listing.Write(shown, kind);
            if (shown.Count == 0 && parsed.GetValue(form) is not ("json" or "yaml" or "name"))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"there are no {kinds}{(kind == "node" ? ": is an agent connected to this broker? (edgeagent doctor)" : ": edgectl apply -f FILE makes some")}").ConfigureAwait(false);
            }

            if (parsed.GetValue(names)!.FirstOrDefault(n => !shown.Any(i => IsNamed(i, n))) is { } missing)
            {
                throw new VerbException(ExitCode.Failed, $"there is no {kind} {missing} (edgectl get {kinds})");
            }

            while (parsed.GetValue(watch))
            {
                var before = Fingerprint(shown);
                await session.WaitAsync(() => Fingerprint(shown = items(session, chosen, parsed.GetValue(names)!, parsed.GetValue(all))) != before, TimeSpan.FromDays(365), cancel).ConfigureAwait(false);
                listing.Write(shown, kind);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>
    /// Everything, in steps of some hundred messages: one great subscription overflows a broker's queue, and its barrier passes all the same
    /// (protocol.md, "Connecting", 1). With <paramref name="isEvery"/> also the claims of workloads that nobody described, and of those to come.
    /// </summary>
    public static async Task ReadAllAsync(FleetSession session, bool isEvery, CancellationToken cancel)
    {
        var (connection, topics, view) = (session.Connection, session.Topics, session.View);
        await connection.ReadAsync([topics.AllPresences], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllStatuses], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllIntents], cancel).ConfigureAwait(false);
        await connection.ReadAsync([topics.AllCopies], cancel).ConfigureAwait(false);
        var (filters, slots) = (new List<string>(), 0);
        foreach (var intent in view.Intents)
        {
            filters.Add(topics.ClaimsOf(intent.Workload));
            slots += intent.Spec is { Mode: WorkloadMode.Everywhere } ? view.Nodes.Count : intent.Spec?.Replicas ?? 1;
            if (slots >= SlotsAtOnce)
            {
                await connection.ReadAsync(filters, cancel).ConfigureAwait(false);
                (filters, slots) = ([], 0);
            }
        }

        // The last step takes what is left.
        await connection.ReadAsync(isEvery || !session.HasKey ? [topics.AllClaims] : filters, cancel).ConfigureAwait(false);
    }

    public static Option<string?> OutputForm()
    {
        var option = new Option<string?>("--output", "-o") { Description = "wide, json, yaml or name" };
        option.AcceptOnlyFromAmong([.. Listing.Forms]);
        return option;
    }

    /// <summary>A slot goes by its workload's name too.</summary>
    private static bool IsNamed(JsonObject item, string name) => Listing.NameOf(item) == name || Listing.Text(item, "workload") == name;

    private static string Fingerprint(List<JsonObject> items) => string.Join('\n', items.Select(i => i.ToJsonString()));

    /// <summary>Bytes as whole MiB: a table is for looking.</summary>
    private static string Short(string memory) => long.TryParse(memory, out var bytes) ? $"{bytes >> 20}Mi" : memory;
}
