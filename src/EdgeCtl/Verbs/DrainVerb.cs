using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl drain NODE…</c>: what runs there moves to other nodes, as its policy allows.</summary>
public static class DrainVerb
{
    /// <summary>A slot leaves with a word of its node; should that be lost on the way, the node is asked again after so long.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    /// <summary>Of a slot that can't leave, so many nodes are named with their reasons.</summary>
    private const int ReasonsMax = 3;

    public static Command Create()
    {
        var names = new Argument<string[]>("node") { Description = "their names", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force") { Description = "end pinned work there too (partition: pin), and let another node begin it" };
        var wait = new Option<bool>("--wait") { Description = "return when all that can leave has left; what can't is named, with what hinders it" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "5m");
        var command = new Command("drain", "cordon nodes and move their work: failover work runs on its next node before it ends here, exclusive work ends first, pinned work and work of every node stays; edgectl uncordon ends it") { names, force, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var writers = ParseResultWriters.Of(parsed);
            var scope = parsed.GetValue(force) ? "pinned" : "movable";
            var nodes = await NodeWords.OnlineAsync(session, parsed.GetValue(names)!, cancel).ConfigureAwait(false);
            var code = await NodeWords.EachAsync(writers, "drain", nodes, async node =>
                await NodeWords.SayAsync(session, node, "drain", before => before["drain"]?.GetValue<string>() == scope ? null : new Dictionary<string, string> { ["scope"] = scope }, cancel).ConfigureAwait(false)
                    ? "cordoned, and is being drained" : "is being drained already").ConfigureAwait(false);
            if (!parsed.GetValue(wait) || code != ExitCode.Done)
            {
                return code;
            }

            var begun = Stopwatch.StartNew();
            foreach (var node in nodes)
            {
                var left = patience - begun.Elapsed;
                code = Math.Max(code, await WaitAsync(session, node, left > TimeSpan.Zero ? left : TimeSpan.Zero, writers, cancel).ConfigureAwait(false));
            }

            return code;
        });
        return command;
    }

    private static async Task<int> WaitAsync(FleetSession session, NodeId node, TimeSpan patience, ParseResultWriters writers, CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        var known = new SortedSet<string>(StringComparer.Ordinal);
        await session.Connection.ReadAsync([session.Topics.ClaimsBy(node)], cancel).ConfigureAwait(false);
        long WordsSaid() => session.View.Claims.Where(c => c.Node == node).Sum(c => c.Order.Rev);
        while (true)
        {
            var said = WordsSaid();
            var here = await AskedNode.AskAsync(session, node, "leaving", new Dictionary<string, string>(), cancel).ConfigureAwait(false);
            foreach (var gone in known.Where(k => !here.ContainsKey(k)).ToList())
            {
                known.Remove(gone);
                await writers.Output.WriteLineAsync($"{gone} has left {node}").ConfigureAwait(false);
            }

            known.UnionWith(here.Select(h => h.Key));
            var leaving = here.Where(h => !Stays(h.Value)).Select(h => h.Key).ToList();
            if (leaving.Count == 0)
            {
                return await EndAsync(node, here, writers).ConfigureAwait(false);
            }

            if (waited.Elapsed >= patience)
            {
                await TellWhyAsync(session, node, here, leaving, writers, cancel).ConfigureAwait(false);
                throw new VerbException(ExitCode.TimedOut, $"{string.Join(", ", leaving)} did not leave {node} within {patience.TotalSeconds:0} s, and {(leaving.Count == 1 ? "goes" : "go")} on there; the drain goes on too, until edgectl uncordon {node}");
            }

            var left = patience - waited.Elapsed;
            await session.WaitAsync(() => WordsSaid() != said, left < LookAgain ? left : LookAgain, cancel).ConfigureAwait(false);
        }
    }

    private static bool Stays(JsonNode? slot) => slot?["stays"]?.GetValue<bool>() == true;

    /// <summary>What is pinned was meant to stay; what came back because nobody took it was not.</summary>
    private static async Task<int> EndAsync(NodeId node, JsonObject here, ParseResultWriters writers)
    {
        var code = ExitCode.Done;
        foreach (var (slot, what) in here)
        {
            var text = EventsVerb.Clean(what?["text"]?.GetValue<string>() ?? "");
            code = what?["pinned"]?.GetValue<bool>() == true ? code : ExitCode.Failed;
            await writers.Errors.WriteLineAsync($"{slot} {text}").ConfigureAwait(false);
        }

        await writers.Output.WriteLineAsync($"node/{node} {(code == ExitCode.Done ? "drained" : "not drained")}").ConfigureAwait(false);
        return code;
    }

    /// <summary>Each that is left, what it waits for, and why no other node has taken it, by their own words.</summary>
    private static async Task TellWhyAsync(FleetSession session, NodeId node, JsonObject here, List<string> leaving, ParseResultWriters writers, CancellationToken cancel)
    {
        var others = session.View.Nodes.Where(n => n.IsOnline && n.Name != node).Select(n => n.Name).ToList();
        foreach (var workload in leaving.Select(l => l.Split('/')[0]).Distinct(StringComparer.Ordinal))
        {
            foreach (var slot in leaving.Where(l => l.Split('/')[0] == workload))
            {
                await writers.Errors.WriteLineAsync($"{slot} {EventsVerb.Clean(here[slot]?["text"]?.GetValue<string>() ?? "")}").ConfigureAwait(false);
            }

            if (others.Count == 0)
            {
                await writers.Errors.WriteLineAsync("  no other node is online").ConfigureAwait(false);
                continue;
            }

            var reasons = new List<string>();
            await Questions.AskAllAsync(session, others, "why", new Dictionary<string, string> { ["workload"] = workload }, SilenceMax, reply =>
            {
                var line = Encoding.UTF8.GetString(reply.Chunk.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
                reasons.Add($"  {EventsVerb.Clean(line ?? reply.Error ?? $"{reply.Node} says nothing")}");
            }, cancel).ConfigureAwait(false);
            foreach (var reason in reasons.Order(StringComparer.Ordinal).Take(ReasonsMax).Append(reasons.Count > ReasonsMax ? $"  and {reasons.Count - ReasonsMax} nodes more (edgectl why {workload})" : null).OfType<string>())
            {
                await writers.Errors.WriteLineAsync(reason).ConfigureAwait(false);
            }
        }
    }
}
