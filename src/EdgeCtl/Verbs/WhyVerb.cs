using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using EdgeCtl.Output;
using EdgeCtl.Placing;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl why</c>: every node's own reasons, and of what runs nowhere the node that comes nearest (docs/spec/why.md).</summary>
public static class WhyVerb
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "its name" };
        var since = new Option<string?>("--since") { Description = "also what each node decided about it in that time, at most the past hour, such as 10m", HelpName = "duration" };
        var form = new Option<string?>("--output", "-o") { Description = "json: what each node answered, as docs/spec/why.md has it" };
        form.AcceptOnlyFromAmong("json");
        var command = new Command("why", "why a workload runs where it does, or nowhere, node by node: all that keeps it off with the figures, or the score and its parts; of what runs nowhere the nearest node, and what that lacks") { name, since, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var workload = WorkloadNames.Read(parsed.GetValue(name)!);
            var span = Since(parsed.GetValue(since));
            await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
            if (session.View.IntentOf(workload) is not { IsTombstone: false } intent)
            {
                throw await Missing.WorkloadAsync(session, workload, cancel).ConfigureAwait(false);
            }

            var online = session.View.Nodes.Where(n => n.IsOnline).Select(n => n.Name).ToList();
            var (answers, silent) = await AskAsync(session, online, workload, span, cancel).ConfigureAwait(false);
            var offline = session.View.Nodes.Where(n => !n.IsOnline).ToList();
            var missing = new UnplacedWork(session.View).Missing(intent);
            var (wanted, nearest) = NearestOf(answers, missing);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(form) == "json")
            {
                output.WriteLine(JsonText.Indented(Document(intent, answers, silent, offline, missing, wanted, nearest)));
                return ExitCode.Done;
            }

            foreach (var answer in answers)
            {
                Write(output, answer.Node, [.. answer.Lines, .. span is null ? [] : answer.Decisions]);
            }

            foreach (var node in silent)
            {
                Write(output, node, ["does not answer"]);
            }

            foreach (var node in offline)
            {
                Write(output, node.Name, [$"is {node.State}"]);
            }

            if (missing.Count > 0)
            {
                output.WriteLine(nearest is null ? "nearest: none, no node that answers says what keeps it off" : $"nearest: {nearest.Node}, {EventsVerb.Clean(Lacks(nearest, wanted))}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static TimeSpan? Since(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return DurationText.TryParse(text, out var span, out var error) ? span : throw new VerbException(ExitCode.Usage, $"--since {text} {error}");
    }

    private static async Task<(IReadOnlyList<NodeAnswer> Answers, IReadOnlyList<NodeId> Silent)> AskAsync(FleetSession session, IReadOnlyList<NodeId> nodes, WorkloadName workload, TimeSpan? since, CancellationToken cancel)
    {
        var arguments = new Dictionary<string, string> { ["workload"] = workload.Value, ["form"] = "json" };
        if (since is { } span)
        {
            arguments["since"] = Math.Ceiling(span.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        }

        var heard = await Inquiry.GatherAsync(session, nodes, "why", arguments, cancel, SilenceMax).ConfigureAwait(false);
        var answers = heard.Answers.Where(a => !heard.Silent.Contains(a.Key))
            .Select(a => heard.Errors.TryGetValue(a.Key, out var error) ? new NodeAnswer(a.Key, [error]) : NodeAnswer.Read(a.Key, Encoding.UTF8.GetString(a.Value.ToArray())));
        return ([.. answers], heard.Silent);
    }

    /// <summary>The first slot that none of them can take, else the first that is missing, and who comes nearest to it.</summary>
    private static (SlotId Slot, NodeAnswer? Nearest) NearestOf(IReadOnlyList<NodeAnswer> answers, IReadOnlyList<SlotId> missing)
    {
        var able = answers.Where(a => a.Obstacles is not null).ToList();
        var slot = missing.Where(s => able.TrueForAll(a => a.ObstaclesOf(s)!.Count > 0)).Concat(missing).FirstOrDefault();
        return (slot, missing.Count == 0 ? null : able.MinBy(a => Nearness.Of(a.Node, a.ObstaclesOf(slot)!)));
    }

    private static string Lacks(NodeAnswer nearest, SlotId slot) => nearest.ObstaclesOf(slot) is { Count: > 0 } obstacles
        ? Obstacles.Phrase(obstacles)
        : $"lacks nothing: {(nearest.TextOf(slot) is { Length: > 0 } text ? $"{slot}: {text}" : $"{slot} is not held yet")}";

    private static void Write(TextWriter output, NodeId node, IEnumerable<string> lines)
    {
        output.WriteLine($"{node}:");
        foreach (var line in lines)
        {
            output.WriteLine($"  {EventsVerb.Clean(line)}");
        }
    }

    private static JsonObject Document(Intent intent, IReadOnlyList<NodeAnswer> answers, IReadOnlyList<NodeId> silent, IReadOnlyList<NodeView> offline, IReadOnlyList<SlotId> missing, SlotId wanted, NodeAnswer? nearest)
    {
        var document = new JsonObject
        {
            ["workload"] = intent.Workload.Value,
            ["generation"] = intent.Generation,
            ["missing"] = Texts(missing.Select(s => s.ToString())),
            ["nodes"] = new JsonArray([.. answers.Select(a => a.Document?.DeepClone() ?? new JsonObject { ["node"] = a.Node.Value, ["lines"] = Texts(a.Lines) })]),
            ["silent"] = Texts(silent.Select(n => n.Value)),
            ["offline"] = Texts(offline.Select(n => n.Name.Value)),
        };
        if (nearest is not null)
        {
            document["nearest"] = new JsonObject { ["node"] = nearest.Node.Value, ["text"] = Lacks(nearest, wanted), ["slot"] = wanted.ToString(), ["obstacles"] = Unplaced.ToJson(nearest.ObstaclesOf(wanted)!) };
        }

        return document;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
