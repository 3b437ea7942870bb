using System.CommandLine;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using EdgeCtl.Logs;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl logs</c>: what a workload wrote, from every node that runs it; or what a unit of systemd did, on every node.</summary>
public static class LogsVerb
{
    public static Command Create()
    {
        var name = new Argument<string?>("workload") { Description = "a workload, or one slot of it: hello/3", Arity = ArgumentArity.ZeroOrOne };
        var unit = new Option<string?>("--unit", "-u") { Description = "a unit of systemd instead, as ssh.service: its own lines and its manager's, on each node that is asked", HelpName = "unit" };
        var nodes = new Option<string[]>("--node") { Description = "only of this node; may be given several times", HelpName = "name" };
        var selector = new Option<string?>("--selector", "-l") { Description = "only of nodes that have these labels, as site=hall-3", HelpName = "labels" };
        var follow = new Option<bool>("--follow", "-f") { Description = "go on as it is written, also after a node was away or a slot has moved" };
        var all = new Option<bool>("--all") { Description = "also what deleted workloads of the same name wrote, as far as the nodes keep it" };
        var times = new Option<bool>("--timestamps") { Description = "each line with its time" };
        var filter = new LogFilter();
        var command = new Command("logs", "what a workload wrote, on every node that runs it, in the order of time") { name, unit, nodes, selector, follow, all, times };
        filter.AddTo(command);
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var chosen = Selector.Parse(parsed.GetValue(selector));
            var named = parsed.GetValue(nodes) ?? [];
            var asked = filter.Read(parsed);
            if (parsed.GetValue(all))
            {
                asked["all"] = "true";
            }

            asked["follow"] = parsed.GetValue(follow) ? "true" : "false";
            bool IsChosen(NodeId node) => (named.Length == 0 || named.Contains(node.Value)) && chosen.Matches(session.View.NodeOf(node)?.Status?.Labels ?? new Dictionary<string, string>());
            var logs = (parsed.GetValue(name), parsed.GetValue(unit)) switch
            {
                ({ } workload, null) => await OfWorkloadAsync(session, workload, asked, IsChosen, cancel).ConfigureAwait(false),
                (null, { } of) => await OfUnitAsync(session, of, asked, named, IsChosen, cancel).ConfigureAwait(false),
                (null, null) => throw new VerbException(ExitCode.Usage, "workload is missing: edgectl logs hello, or edgectl logs -u ssh.service"),
                _ => throw new VerbException(ExitCode.Usage, "either a workload or --unit: both at once have no common log"),
            };

            using var questions = await Questions.OpenAsync(session, cancel).ConfigureAwait(false);
            var form = new LogForm(parsed.GetValue(follow), parsed.GetValue(times) || parsed.GetValue(unit) is not null, logs.WithNames);
            var reading = new LogReading(session, questions, form, parsed.InvocationConfiguration.Output, told => parsed.InvocationConfiguration.Error.WriteLine($"edgectl logs: {told}"));
            return await reading.RunAsync(logs.Places, logs.IsOver, cancel).ConfigureAwait(false) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<Logs> OfWorkloadAsync(FleetSession session, string name, Dictionary<string, string> asked, Func<NodeId, bool> isChosen, CancellationToken cancel)
    {
        var (workload, index) = SlotName.Read(name);
        await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);

        // Of what a node wrote before the slot moved on to another nothing is shown: that isn't what the slot says now.
        IReadOnlyList<LogPlace> Places() =>
        [
            .. session.View.SlotsOf(workload)
                .Where(c => (index is null || c.Slot.Index == index) && c.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen) && isChosen(c.Node))
                .Select(c => new LogPlace(c.Node, c.Slot.ToString(), c.Slot.ToString(), new Dictionary<string, string>(asked) { ["workload"] = workload.Value, ["index"] = c.Slot.Index.ToString(CultureInfo.InvariantCulture) }) { IsFinal = !c.IsStarted }),
        ];
        var places = Places();
        if (places.Count == 0)
        {
            await GetVerb.ReadAllAsync(session, cancel).ConfigureAwait(false);
            throw new VerbException(ExitCode.Failed, Missing.Slot(session.View, index is null ? workload.Value : $"{workload}/{index}"));
        }

        if (!places.Any(p => session.View.NodeOf(p.Node) is { IsOnline: true }))
        {
            throw new VerbException(ExitCode.Failed, "no node that has its log is online: what it wrote is read when one is back (edgectl get nodes)");
        }

        return new Logs(Places, () => session.View.IntentOf(workload) is null or { IsTombstone: true } or { Spec.Mode: WorkloadMode.Job }, places.Count > 1);
    }

    private static async Task<Logs> OfUnitAsync(FleetSession session, string unit, Dictionary<string, string> asked, string[] named, Func<NodeId, bool> isChosen, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllPresences, session.Topics.AllStatuses], cancel).ConfigureAwait(false);
        if (named.FirstOrDefault(n => !session.View.Nodes.Any(k => k.Name.Value == n)) is { } missing)
        {
            throw new VerbException(ExitCode.Failed, Missing.Node(session.View, missing));
        }

        var full = UnitNames.Full(unit);
        var arguments = new Dictionary<string, string>(asked) { ["unit"] = full };
        var nodes = session.View.Nodes.Where(n => isChosen(n.Name) && (n.IsOnline || named.Contains(n.Name.Value))).Select(n => n.Name).ToList();
        return nodes.Count > 0
            ? new Logs(() => [.. nodes.Select(n => new LogPlace(n, n.Value, full, arguments))], () => true, nodes.Count > 1)
            : throw new VerbException(ExitCode.Failed, "no node that could be asked is online (edgectl get nodes)");
    }

    /// <summary>What is to be read at any time, and whether all of it has been written once the nodes have ended their answers.</summary>
    private sealed record Logs(Func<IReadOnlyList<LogPlace>> Places, Func<bool> IsOver, bool WithNames);
}
