using System.CommandLine;
using System.Text;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl why</c>: every node's own reasons.</summary>
public static class WhyVerb
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "its name" };
        var command = new Command("why", "why a workload runs where it does, or nowhere, node by node") { name };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var workload = WorkloadNames.Read(parsed.GetValue(name)!);
            await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            if (session.View.IntentOf(workload) is null or { IsTombstone: true })
            {
                throw await Missing.WorkloadAsync(session, workload, cancel).ConfigureAwait(false);
            }

            var nodes = session.View.Nodes.Where(n => n.IsOnline).Select(n => n.Name).ToList();
            void Hear(Reply reply)
            {
                output.WriteLine($"{reply.Node}:");
                foreach (var line in Encoding.UTF8.GetString(reply.Chunk.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries).Append(reply.Error).OfType<string>())
                {
                    output.WriteLine($"  {EventsVerb.Clean(line)}");
                }
            }

            var silent = await Questions.AskAllAsync(session, nodes, "why", new Dictionary<string, string> { ["workload"] = workload.Value }, SilenceMax, Hear, cancel).ConfigureAwait(false);
            foreach (var node in silent)
            {
                output.WriteLine($"{node}:\n  does not answer");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
