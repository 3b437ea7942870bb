using System.CommandLine;
using EdgeCtl.Connection;
using EdgeCtl.Showing;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl get</c>: lists nodes, workloads and slots.</summary>
public static class GetVerb
{
    /// <summary>With -w: what changes within this is shown together.</summary>
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Kinds = ["nodes", "workloads", "slots", "events"];

    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = $"{string.Join(", ", Kinds)}; the singular does too" };
        kind.CompletionSources.Add(_ => Kinds.Select(k => new System.CommandLine.Completions.CompletionItem(k)));
        var names = new Argument<string[]>("name") { Description = "only these; of slots a workload or workload/index", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "also what is over: every claim, deleted workloads" };
        var show = new ShowOptions();
        return new Command("get", "list nodes, workloads, slots or events") { kind, names, show.Format, show.Labels, show.Watch, all }.Does(async (parsed, cancel) =>
        {
            var wanted = KindOf(parsed.GetRequiredValue(kind));
            var selection = show.Selection(parsed, parsed.GetValue(names) ?? []);
            var writer = show.Writer(parsed);
            var target = GlobalOptions.Target(parsed);
            if (wanted == "events")
            {
                await EventsVerb.ShowAsync(target, writer, selection, parsed.GetValue(show.Watch) ? null : EventsVerb.ListenDefault, parsed.InvocationConfiguration.Error, cancel).ConfigureAwait(false);
                return;
            }

            await new Run(target, wanted, selection, parsed.GetValue(all), writer).ShowAsync(parsed.GetValue(show.Watch), cancel).ConfigureAwait(false);
        });
    }

    private static string KindOf(string text) => text switch
    {
        "node" => "nodes",
        "workload" => "workloads",
        "slot" => "slots",
        "event" => "events",
        _ => Kinds.Contains(text) ? text : throw new CtlException(ExitCode.WrongUsage, $"\"{text}\" can't be listed: expected one of {string.Join(", ", Kinds)}"),
    };

    private sealed class Run(FleetTarget target, string kind, Selection selection, bool isAll, ListingWriter writer)
    {
        public async Task ShowAsync(bool isWatching, CancellationToken cancel)
        {
            // Nodes can be seen by anyone; what should run is believed only when the key verifies it.
            using var key = kind == "nodes" && target.Context.KeyFile is null ? null : target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, key is null ? null : FleetTarget.EnvelopeOf(key));
            await connection.ReadNodesAsync(view, withStatus: kind == "nodes", cancel).ConfigureAwait(false);
            await connection.ReadIntentsAsync(view, cancel).ConfigureAwait(false);
            await connection.ReadClaimsAsync(view, isAll || key is null, cancel).ConfigureAwait(false);
            var listing = Of(view);
            RefuseMissing(listing);
            writer.Write(listing);
            while (isWatching)
            {
                listing = await NextAsync(connection, view, listing, cancel).ConfigureAwait(false);
            }
        }

        private async Task<Listing> NextAsync(FleetConnection connection, FleetView view, Listing shown, CancellationToken cancel)
        {
            var known = view.Workloads.ToHashSet();
            var isChanged = view.Hear(await connection.ReadAsync(cancel).ConfigureAwait(false));
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            pause.CancelAfter(WatchPause);
            try
            {
                while (true)
                {
                    isChanged |= view.Hear(await connection.ReadAsync(pause.Token).ConfigureAwait(false));
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // Shown together.
            }

            var fresh = view.Workloads.Where(w => !known.Contains(w)).Select(connection.Topics.ClaimsOf).ToList();
            if (fresh.Count > 0)
            {
                await connection.SubscribeAsync(fresh, cancel).ConfigureAwait(false);
            }

            if (!isChanged)
            {
                return shown;
            }

            var now = Of(view);
            var before = shown.Rows.Select(r => (r.Name, string.Join('\t', r.Cells))).ToHashSet();
            writer.WriteRows(now, now.Rows.Where(r => !before.Contains((r.Name, string.Join('\t', r.Cells)))));
            return now;
        }

        private Listing Of(FleetView view) => kind switch
        {
            "nodes" => NodeListing.Of(view, selection),
            "workloads" => WorkloadListing.Of(view, selection, isAll, TimeProvider.System.GetUtcNow()),
            _ => SlotListing.Of(view, selection, isAll),
        };

        private void RefuseMissing(Listing listing)
        {
            if (selection.Names.FirstOrDefault(n => !listing.Rows.Any(r => r.Name == n || (kind == "slots" && r.Name.StartsWith(n + "/", StringComparison.Ordinal)))) is { } missing)
            {
                throw new CtlException(ExitCode.Failed, $"there is no {kind[..^1]} {missing}: edgectl get {kind} lists what there is");
            }
        }
    }
}
