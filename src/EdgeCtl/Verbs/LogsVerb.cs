using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl logs</c>: what a workload wrote, from every node that runs it.</summary>
public static class LogsVerb
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "a workload, or one slot of it: hello/3" };
        var follow = new Option<bool>("--follow", "-f") { Description = "go on as it is written" };
        var lines = new Option<int?>("-n", "--lines") { Description = "the last lines of each slot; all that is kept unless given", HelpName = "n" };
        var times = new Option<bool>("--timestamps") { Description = "each line with its time" };
        var command = new Command("logs", "what a workload wrote, on every node that runs it") { name, follow, lines, times };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var (workload, index) = ReadName(parsed.GetValue(name)!);
            await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
            var claims = session.View.SlotsOf(workload).Where(c => (index is null || c.Slot.Index == index) && c.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen)).ToList();
            var nodes = claims.Select(c => c.Node).Distinct().Where(node => session.View.NodeOf(node) is { IsOnline: true }).ToList();
            var errors = parsed.InvocationConfiguration.Error;
            foreach (var away in claims.Where(c => !nodes.Contains(c.Node)))
            {
                await errors.WriteLineAsync($"edgectl logs: {away.Slot}: {away.Node} is offline, and its log with it").ConfigureAwait(false);
            }

            if (claims.Count == 0)
            {
                await GetVerb.ReadAllAsync(session, isEvery: false, cancel).ConfigureAwait(false);
                throw new VerbException(ExitCode.Failed, Missing.Slot(session.View, index is null ? workload.Value : $"{workload}/{index}"));
            }

            if (nodes.Count == 0)
            {
                throw new VerbException(ExitCode.Failed, "no node that has its log is online: what it wrote is read when one is back (edgectl get nodes)");
            }

            return await ReadAsync(parsed, session, nodes, claims, Arguments(workload.Value, index, parsed.GetValue(lines), parsed.GetValue(follow)), parsed.GetValue(times), cancel).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>As one types it: hello, hello/3, workload/hello.</summary>
    private static (WorkloadName Workload, int? Index) ReadName(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 1 && parts[0] is "workload" or "workloads" or "slot" or "slots")
        {
            parts = parts[1..];
        }

        if (parts.Length == 1)
        {
            return (WorkloadNames.Read(parts[0]), null);
        }

        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (WorkloadNames.Read(parts[0]), index)
            : throw new VerbException(ExitCode.Usage, $"\"{text}\" is neither a workload, such as hello, nor one slot of it, such as hello/3");
    }

    private static async Task<int> ReadAsync(ParseResult parsed, FleetSession session, IReadOnlyList<NodeId> nodes, List<Claim> claims, Dictionary<string, string> arguments, bool withTimes, CancellationToken cancel)
    {
        var output = parsed.InvocationConfiguration.Output;
        var failures = 0;
        var isNamed = claims.Count > 1;

        // What a node wrote before the slot moved on to another isn't what the slot says now.
        var current = claims.Select(c => (c.Node, c.Slot.ToString())).ToHashSet();
        var asker = new Asker(session)
        {
            Heard = reply =>
            {
                var isCurrent = current.Contains((reply.Node, reply.Subject));
                foreach (var line in !isCurrent ? [] : Encoding.UTF8.GetString(reply.Chunk.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    var text = withTimes ? line : line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
                    output.WriteLine(isNamed ? $"{reply.Subject} {text}" : text);
                }

                output.Flush();
                if (reply.Error is { } error)
                {
                    Interlocked.Increment(ref failures);
                    parsed.InvocationConfiguration.Error.WriteLine($"edgectl logs: {reply.Node}: {error}");
                }
            },
        };
        var silent = await asker.AskAsync(nodes, "logs", arguments, SilenceMax, arguments["follow"] == "true", cancel).ConfigureAwait(false);
        foreach (var node in silent)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"edgectl logs: {node} does not answer").ConfigureAwait(false);
        }

        return silent.Count > 0 || failures > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static Dictionary<string, string> Arguments(string workload, int? index, int? lines, bool follow)
    {
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal) { ["workload"] = workload, ["follow"] = follow ? "true" : "false" };
        if (index is { } i)
        {
            arguments["index"] = i.ToString(CultureInfo.InvariantCulture);
        }

        if (lines is { } n)
        {
            arguments["lines"] = n.ToString(CultureInfo.InvariantCulture);
        }

        return arguments;
    }
}
