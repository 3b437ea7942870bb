using System.CommandLine;
using System.Text;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;
using EdgeCtl.Showing;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl why</c>: why a workload runs where it does, or nowhere; each node that is online says it itself.</summary>
public static class WhyVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "its name" };
        return new Command("why", "why a workload runs where it does, or doesn't, node by node") { name }.Does(async (parsed, cancel) =>
        {
            var workload = ChangeOptions.Name(parsed.GetRequiredValue(name));
            var target = GlobalOptions.Target(parsed);
            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            await connection.ReadNodesAsync(view, withStatus: false, cancel).ConfigureAwait(false);
            var asking = new Asking(connection, key, TimeProvider.System);
            await asking.ListenAsync(cancel).ConfigureAwait(false);
            var open = new HashSet<NodeId>();
            foreach (var node in view.Presences.Keys.Order())
            {
                if (!view.IsOnline(node))
                {
                    await output.WriteLineAsync($"{node}: is offline").ConfigureAwait(false);
                    continue;
                }

                await asking.AskAsync(node, "why", new Dictionary<string, string> { ["workload"] = workload.Value }, cancel).ConfigureAwait(false);
                open.Add(node);
            }

            if (open.Count == 0)
            {
                throw new CtlException(ExitCode.Failed, "no node of this cell is online: nobody can run anything");
            }

            await HearAsync(connection, asking, open, output, errors, cancel).ConfigureAwait(false);
        });
    }

    private static async Task HearAsync(FleetConnection connection, Asking asking, HashSet<NodeId> open, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        var texts = new SortedDictionary<NodeId, StringBuilder>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Asking.Patience);
        try
        {
            while (open.Count > 0)
            {
                if (asking.Hear(await connection.ReadAsync(patience.Token).ConfigureAwait(false)) is not { } reply)
                {
                    continue;
                }

                texts.TryAdd(reply.Node, new StringBuilder());
                texts[reply.Node].Append(Encoding.UTF8.GetString(reply.Chunk.Span)).Append(reply.Error);
                if (reply.IsEnd)
                {
                    open.Remove(reply.Node);
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            await errors.WriteLineAsync($"{string.Join(", ", open.Order())} did not answer within {Asking.Patience.TotalSeconds:0} s: does the agent trust this operator's key, and is its clock right?").ConfigureAwait(false);
        }

        foreach (var (node, text) in texts)
        {
            foreach (var line in text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await output.WriteLineAsync($"{node}: {Terminal.Printable(line)}").ConfigureAwait(false);
            }
        }

        if (open.Count > 0)
        {
            throw new CtlException(ExitCode.TimedOut, "not every node that is online answered");
        }
    }
}
