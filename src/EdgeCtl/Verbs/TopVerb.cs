using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl top nodes|slots</c>: what is used at this moment, by asking each node twice.</summary>
public static class TopVerb
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    public static Command Create() => new("top", "how much is used now, measured over a second") { Nodes(), Slots() };

    private static Command Nodes()
    {
        var names = new Argument<string[]>("name") { Description = "only these", Arity = ArgumentArity.ZeroOrMore };
        var selector = new Option<string?>("--selector", "-l") { Description = "only what has these labels, as app=web,tier!=test", HelpName = "labels" };
        var (form, sort) = (GetVerb.OutputForm(), SortBy());
        var command = new Command("nodes", "what each machine uses of its processors, memory and disk") { names, form, selector, sort };
        command.Aliases.Add("node");
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var chosen = Selector.Parse(parsed.GetValue(selector));
            var looks = await LookAsync(parsed, session, parsed.GetValue(names)!, n => chosen.Matches(n.Status?.Labels ?? new Dictionary<string, string>()), "top nodes", cancel).ConfigureAwait(false);
            var items = looks.Answers.Select(a => Usage.OfNode(a.Node.Value, a.Before, a.After)).ToList();
            new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), Tables.NodeUsage).Write(Sorted(items, parsed.GetValue(sort), "name"), "node");
            return looks.IsWhole ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Command Slots()
    {
        var names = new Argument<string[]>("name") { Description = "only these: a workload, or one slot of it, as hello/3", Arity = ArgumentArity.ZeroOrMore };
        var nodes = new Option<string[]>("--node", "-n") { Description = "only on this node; may be given several times", HelpName = "name" };
        var (form, sort) = (GetVerb.OutputForm(), SortBy());
        var command = new Command("slots", "what each slot uses, greatest first") { names, nodes, form, sort };
        command.Aliases.Add("slot");
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var wanted = parsed.GetValue(names)!;
            var looks = await LookAsync(parsed, session, parsed.GetValue(nodes) ?? [], _ => true, "top slots", cancel).ConfigureAwait(false);
            var items = looks.Answers.SelectMany(a => Usage.OfSlots(a.Node.Value, a.Before, a.After))
                .Where(i => wanted.Length == 0 || wanted.Contains(Listing.NameOf(i)) || wanted.Contains(Listing.Text(i, "workload"))).ToList();
            if (wanted.FirstOrDefault(w => !items.Exists(i => Listing.NameOf(i) == w || Listing.Text(i, "workload") == w)) is { } missing)
            {
                throw new VerbException(ExitCode.Failed, $"no process of {missing} runs on the nodes that answered: edgectl get slots {missing} says who holds it");
            }

            if (items.Count == 0 && parsed.GetValue(form) is null or "wide")
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync("no work runs there: edgectl get slots").ConfigureAwait(false);
            }
            else
            {
                new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), Tables.SlotUsage).Write(Sorted(items, parsed.GetValue(sort) ?? "cpu", "name"), "slot");
            }

            return looks.IsWhole ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Asks twice. Nodes that are away are told of, and the rest go on; where none is left, that is an error.</summary>
    private static async Task<Looks> LookAsync(ParseResult parsed, FleetSession session, string[] names, Func<NodeView, bool> isChosen, string verb, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllPresences], cancel).ConfigureAwait(false);
        await session.Connection.ReadAsync([session.Topics.AllStatuses], cancel).ConfigureAwait(false);
        var known = session.View.Nodes;
        if (names.FirstOrDefault(n => !known.Any(k => k.Name.Value == n)) is { } missing)
        {
            throw new VerbException(ExitCode.Failed, Missing.Node(session.View, missing));
        }

        var wanted = known.Where(n => (names.Length == 0 || names.Contains(n.Name.Value)) && isChosen(n)).ToList();
        var isWhole = true;
        var errors = parsed.InvocationConfiguration.Error;
        foreach (var away in wanted.Where(n => !n.IsOnline))
        {
            // Who named it wanted it.
            isWhole &= !names.Contains(away.Name.Value);
            await errors.WriteLineAsync($"edgectl {verb}: {away.Name} is offline").ConfigureAwait(false);
        }

        var nodes = wanted.Where(n => n.IsOnline).Select(n => n.Name).ToList();
        if (nodes.Count == 0)
        {
            throw new VerbException(ExitCode.Failed, "no node that could be asked is online (edgectl get nodes)");
        }

        void Tell(string failure)
        {
            isWhole = false;
            errors.WriteLine($"edgectl {verb}: {failure}");
        }

        var none = new Dictionary<string, string>();
        IReadOnlyDictionary<NodeId, JsonObject> before, after;
        using (var progress = new ProgressLine(errors))
        {
            progress.Show($"measuring {(nodes.Count == 1 ? nodes[0].Value : $"{nodes.Count} nodes")} over a second");
            before = await Inquiry.AskAsync(session, nodes, "top", none, Tell, cancel).ConfigureAwait(false);
            await Task.Delay(Between, cancel).ConfigureAwait(false);
            after = before.Count == 0 ? before : await Inquiry.AskAsync(session, [.. before.Keys], "top", none, Tell, cancel).ConfigureAwait(false);
        }

        return new Looks([.. after.Select(a => (a.Key, before[a.Key], a.Value))], isWhole);
    }

    private static List<JsonObject> Sorted(List<JsonObject> items, string? by, string otherwise) =>
        by is null ? [.. items.OrderBy(i => Listing.Text(i, otherwise), StringComparer.Ordinal)] : [.. items.OrderByDescending(i => Usage.Number(i, by) ?? -1).ThenBy(Listing.NameOf, StringComparer.Ordinal)];

    private static Option<string?> SortBy()
    {
        var option = new Option<string?>("--sort-by") { Description = "the greatest first" };
        option.AcceptOnlyFromAmong("cpu", "memory");
        return option;
    }

    private sealed record Looks(IReadOnlyList<(NodeId Node, JsonObject Before, JsonObject After)> Answers, bool IsWhole);
}
