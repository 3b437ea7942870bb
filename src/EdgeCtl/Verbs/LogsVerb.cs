using System.CommandLine;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using EdgeCtl.Showing;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl logs</c>: the output of a workload from every node that runs it.</summary>
public static class LogsVerb
{
    private const int LinesMax = 1_000_000;

    /// <summary>A stream that nobody renews ends after twice this.</summary>
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "a workload, or one slot of it: workload/index" };
        var follow = new Option<bool>("-f", "--follow") { Description = "go on with what comes" };
        var lines = new Option<int?>("-n", "--lines") { Description = "only the last lines of each slot", HelpName = "N" };
        return new Command("logs", "the output of a workload, from every node that runs it") { name, follow, lines }.Does(async (parsed, cancel) =>
        {
            var (workload, index) = Slot(parsed.GetRequiredValue(name));
            if (parsed.GetValue(lines) is < 0 or > LinesMax)
            {
                throw new CtlException(ExitCode.WrongUsage, $"-n {parsed.GetValue(lines)}: expected a whole number from 0 to {LinesMax}");
            }

            var target = GlobalOptions.Target(parsed);
            var run = new Run(target, workload, index, parsed.GetValue(follow), parsed.GetValue(lines), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            await run.ShowAsync(cancel).ConfigureAwait(false);
        });
    }

    private static (WorkloadName Workload, int? Index) Slot(string text)
    {
        var cut = text.IndexOf('/', StringComparison.Ordinal);
        if (cut < 0)
        {
            return (ChangeOptions.Name(text), null);
        }

        return int.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < WorkloadLimits.ReplicasMax
            ? (ChangeOptions.Name(text[..cut]), index)
            : throw new CtlException(ExitCode.WrongUsage, $"\"{text}\" is no slot: write workload/index, for example {text[..cut]}/0");
    }

    private sealed class Run(FleetTarget target, WorkloadName workload, int? index, bool isFollowing, int? lines, TextWriter output, TextWriter errors)
    {
        // Asked and not answered to the end, by the id of the question.
        private readonly Dictionary<NodeId, string> _open = [];
        private readonly HashSet<(NodeId Node, string Subject)> _current = [];
        private int _failures;

        public async Task ShowAsync(CancellationToken cancel)
        {
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            await connection.ReadWorkloadsAsync(view, [workload], cancel).ConfigureAwait(false);
            var slots = Slots(view);
            var asking = new Asking(connection, key, TimeProvider.System);
            await asking.ListenAsync(cancel).ConfigureAwait(false);
            foreach (var node in Reachable(slots, view))
            {
                _open[node] = await asking.AskAsync(node, "logs", Arguments(), cancel).ConfigureAwait(false);
            }

            await HearAllAsync(connection, asking, new LogLines(output, isPrefixed: slots.Count > 1), cancel).ConfigureAwait(false);
            if (_failures > 0)
            {
                throw new CtlException(ExitCode.Failed, $"the output of {_failures} {(_failures == 1 ? "node" : "nodes")} could not be read");
            }
        }

        private List<Claim> Slots(FleetView view)
        {
            if (!view.Workloads.Contains(workload))
            {
                throw new CtlException(ExitCode.Failed, $"there is no workload {workload}: edgectl get workloads lists what there is");
            }

            var slots = SlotListing.Current(view, workload, view.Intents.GetValueOrDefault(workload))
                .Where(s => (index is null || s.Slot.Index == index) && s.Claim is { Phase: not ClaimPhase.Bid }).Select(s => s.Claim!).ToList();
            _current.UnionWith(slots.Select(c => (c.Node, c.Slot.ToString())));
            return slots.Count > 0 ? slots : throw new CtlException(ExitCode.Failed, $"{workload}{(index is null ? "" : $"/{index}")} has not run yet: ask with edgectl why {workload}");
        }

        private List<NodeId> Reachable(List<Claim> slots, FleetView view)
        {
            var nodes = slots.Select(c => c.Node).Distinct().Order().ToList();
            foreach (var gone in nodes.Where(n => !view.IsOnline(n)))
            {
                errors.WriteLine($"{gone} is offline: the output of {string.Join(", ", slots.Where(c => c.Node == gone).Select(c => c.Slot))} can be read when it is back");
            }

            var online = nodes.Where(view.IsOnline).ToList();
            return online.Count > 0 ? online : throw new CtlException(ExitCode.Failed, $"no node that ran {workload} is online");
        }

        private Dictionary<string, string> Arguments()
        {
            var arguments = new Dictionary<string, string> { ["workload"] = workload.Value };
            if (index is { } i)
            {
                arguments["index"] = i.ToString(CultureInfo.InvariantCulture);
            }

            if (lines is { } n)
            {
                arguments["lines"] = n.ToString(CultureInfo.InvariantCulture);
            }

            if (isFollowing)
            {
                arguments["follow"] = "true";
            }

            return arguments;
        }

        private async Task HearAllAsync(FleetConnection connection, Asking asking, LogLines log, CancellationToken cancel)
        {
            var renewed = TimeProvider.System.GetTimestamp();
            while (_open.Count > 0)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                patience.CancelAfter(isFollowing ? RenewEvery : Asking.Patience);
                try
                {
                    if (asking.Hear(await connection.ReadAsync(patience.Token).ConfigureAwait(false)) is { } reply)
                    {
                        Take(reply, log);
                    }
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    if (!isFollowing)
                    {
                        throw new CtlException(ExitCode.TimedOut, $"{string.Join(", ", _open.Keys)} did not answer within {Asking.Patience.TotalSeconds:0} s: does the agent trust this operator's key, and is its clock right?");
                    }
                }

                if (isFollowing && TimeProvider.System.GetElapsedTime(renewed) >= RenewEvery)
                {
                    renewed = TimeProvider.System.GetTimestamp();
                    foreach (var (node, id) in _open)
                    {
                        await asking.RenewAsync(node, id, cancel).ConfigureAwait(false);
                    }
                }
            }
        }

        private void Take(Reply reply, LogLines log)
        {
            // What a node ran before the slot moved on to another isn't this slot's output now.
            if (_current.Contains((reply.Node, reply.Subject)))
            {
                log.Take(reply.Subject, reply.Chunk.Span);
            }

            if (reply.Error is { } error)
            {
                errors.WriteLine($"{reply.Node}: {Terminal.Printable(error)}");
                _failures++;
            }

            if (reply.IsEnd)
            {
                _open.Remove(reply.Node);
                foreach (var (_, subject) in _current.Where(c => c.Node == reply.Node))
                {
                    log.End(subject);
                }
            }
        }
    }
}
