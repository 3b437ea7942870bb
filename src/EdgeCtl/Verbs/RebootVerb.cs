using System.CommandLine;
using System.Diagnostics;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl reboot NODE…</c>: restart machines, and wait until they are back.</summary>
public static class RebootVerb
{
    /// <summary>A node tries it, tells the cell, and does it: each has a limit of its own.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var names = new Argument<string[]>("node") { Description = "their names; all are asked at once", Arity = ArgumentArity.OneOrMore };
        var over = new Option<bool>("--ignore-inhibitors") { Description = "also where a program there holds it off, as a backup that runs (systemd-inhibit --list)" };
        var wait = new Option<bool>("--wait") { Description = "return when each is online again" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "5m");
        var command = new Command("reboot", "restart the machines of nodes; their work starts there again, or elsewhere after its lostAfter") { names, over, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var before = await BeforeAsync(session, parsed.GetValue(names)!, cancel).ConfigureAwait(false);
            var begun = Stopwatch.StartNew();
            var failures = await AskAsync(session, before, parsed.GetValue(over), cancel).ConfigureAwait(false);
            foreach (var node in before.Keys)
            {
                await (failures.TryGetValue(node, out var failure) ? errors.WriteLineAsync($"edgectl reboot: {node}: {failure}") : output.WriteLineAsync($"{node} restarts")).ConfigureAwait(false);
            }

            var awaited = before.Where(b => !failures.ContainsKey(b.Key)).Select(b => b.Value).ToList();
            if (parsed.GetValue(wait))
            {
                await WaitAsync(session, awaited, begun, patience, output, cancel).ConfigureAwait(false);
            }

            return failures.Count > 0 ? ExitCode.Failed : awaited.Count > 0 && parsed.GetValue(wait) ? throw Late(awaited, patience) : ExitCode.Done;
        });
        return command;
    }

    /// <summary>What each says of itself now; all have to be there.</summary>
    private static async Task<SortedDictionary<NodeId, Presence>> BeforeAsync(FleetSession session, string[] names, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllPresences], cancel).ConfigureAwait(false);
        var before = new SortedDictionary<NodeId, Presence>();
        foreach (var name in names)
        {
            if (!NodeId.TryParse(name, out var node) || session.View.NodeOf(node) is not { Presence: { } presence } view)
            {
                throw new VerbException(ExitCode.Failed, Missing.Node(session.View, name));
            }

            before[node] = view.IsOnline ? presence : throw new VerbException(ExitCode.Failed, $"{node} is {view.State}: nobody is there to be asked");
        }

        return before;
    }

    /// <summary>Why it isn't done, of those that don't do it.</summary>
    private static async Task<Dictionary<NodeId, string>> AskAsync(FleetSession session, SortedDictionary<NodeId, Presence> before, bool overInhibitors, CancellationToken cancel)
    {
        var arguments = overInhibitors ? new Dictionary<string, string> { ["inhibitors"] = "ignore" } : [];
        using var questions = await Questions.OpenAsync(session, cancel).ConfigureAwait(false);
        var open = new HashSet<NodeId>();
        foreach (var node in before.Keys)
        {
            await questions.AskAsync(node, "reboot", arguments, cancel).ConfigureAwait(false);
            open.Add(node);
        }

        var failures = new Dictionary<NodeId, string>();
        Presence? Now(NodeId node) => session.View.NodeOf(node)?.Presence;
        bool IsGone(NodeId node) => Now(node) is not { State: not PresenceState.Offline } now || now.Instance != before[node].Instance;
        var waited = Stopwatch.StartNew();
        while (open.Count > 0 && waited.Elapsed < AnswerPatience)
        {
            await session.WaitAsync(() => questions.HasReplies || open.Any(IsGone), TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
            while (questions.TryTake(out var question, out var reply))
            {
                if (open.Remove(question.Node) && reply.Error is { } error)
                {
                    failures[question.Node] = EventsVerb.Clean(error);
                }
            }

            foreach (var gone in open.Where(IsGone).ToList())
            {
                open.Remove(gone);
                if (Now(gone) is not { State: not PresenceState.Offline })
                {
                    failures[gone] = "it went offline before it answered (edgectl get nodes)";
                }
            }
        }

        // The last word of a broker that drops messages: the presence says it too.
        foreach (var silent in open.Where(n => Now(n) is not { State: PresenceState.Restarting }))
        {
            failures[silent] = $"it does not answer: edgectl describe node {silent} says what is known of it";
        }

        return failures;
    }

    /// <summary>Takes those off the list that are back, and tells of each.</summary>
    private static async Task WaitAsync(FleetSession session, List<Presence> awaited, Stopwatch begun, TimeSpan patience, TextWriter output, CancellationToken cancel)
    {
        bool IsBack(Presence before) => session.View.NodeOf(before.Node) is { IsOnline: true, Presence: { } now } && now.Instance != before.Instance;
        while (awaited.Count > 0 && begun.Elapsed < patience)
        {
            await session.WaitAsync(() => awaited.Any(IsBack), patience - begun.Elapsed, cancel).ConfigureAwait(false);
            foreach (var back in awaited.Where(IsBack).ToList())
            {
                awaited.Remove(back);
                await output.WriteLineAsync($"{back.Node} came back after {begun.Elapsed.TotalSeconds:0} s (new instance)").ConfigureAwait(false);
            }
        }
    }

    private static VerbException Late(List<Presence> awaited, TimeSpan patience) =>
        new(ExitCode.TimedOut, $"{string.Join(", ", awaited.Select(a => a.Node))}: not back after {patience.TotalSeconds:0} s (edgectl get nodes)");
}
