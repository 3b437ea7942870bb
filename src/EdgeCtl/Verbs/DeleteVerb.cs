using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl delete</c>: a signed tombstone in the place of each intent.</summary>
public static class DeleteVerb
{
    public static Command Create()
    {
        var names = new Argument<string[]>("workload") { Description = "names; \"workload/NAME\" is taken too", Arity = ArgumentArity.ZeroOrMore };
        var files = new Option<string[]>("--filename", "-f") { Description = "the workloads of these manifests", HelpName = "file" };
        var wait = new Option<bool>("--wait") { Description = "return when nothing of it runs any more" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command("delete", "end workloads, everywhere and for good; delete node takes a node out of the cell") { names, files, wait, timeout, DeleteNodeVerb.Create() };
        command.SetAction((parsed, cancel) => FleetVerb.RunAsync(parsed, "delete", async () =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var workloads = WorkloadNames.Read(parsed.GetValue(names)!).ToList();
            if (parsed.GetValue(files) is { Length: > 0 } given)
            {
                workloads.AddRange(ApplyVerb.Read(parsed, given).Select(m => m.Name));
            }

            if (workloads.Count == 0)
            {
                throw new VerbException(ExitCode.Usage, "name the workloads: edgectl delete NAME, or edgectl delete -f FILE");
            }

            var session = await FleetSession.OpenAsync(parsed, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await DeleteAsync(parsed, session, workloads, parsed.GetValue(wait) ? patience : null, cancel).ConfigureAwait(false);
            }
        }));
        return command;
    }

    private static async Task<int> DeleteAsync(ParseResult parsed, FleetSession session, List<WorkloadName> workloads, TimeSpan? patience, CancellationToken cancel)
    {
        var key = session.Key;
        await session.Connection.ReadAsync(ApplyVerb.Filters(session, workloads), cancel).ConfigureAwait(false);
        workloads.ForEach(w => ApplyVerb.CheckReadable(w, session, force: false));
        var missing = workloads.Where(w => session.View.IntentOf(w) is null or { IsTombstone: true }).ToList();
        foreach (var workload in workloads.Except(missing))
        {
            var tombstone = IntentCodec.Sign(Draft.Tombstone(session.View.IntentOf(workload)!, session.View), key, session.Topics);
            await ApplyVerb.SendAsync(session, tombstone, cancel).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"workload/{workload} deleted").ConfigureAwait(false);
        }

        if (missing.Count > 0)
        {
            throw await Missing.WorkloadAsync(session, missing[0], cancel).ConfigureAwait(false);
        }

        // What a node says that is offline can't go before it is back.
        bool IsGone() => !workloads.SelectMany(session.View.ClaimsOf).Any(c => session.View.NodeOf(c.Node) is { IsOnline: true });
        if (patience is { } time && !await session.WaitAsync(IsGone, time, cancel).ConfigureAwait(false))
        {
            throw new VerbException(ExitCode.TimedOut, $"something of it is still there after {time.TotalSeconds:0} s (edgectl get slots)");
        }

        return ExitCode.Done;
    }
}

/// <summary>Workloads as one types them.</summary>
internal static class WorkloadNames
{
    private static readonly string[] Kinds = ["workload/", "workloads/"];

    public static IEnumerable<WorkloadName> Read(IEnumerable<string> texts) => texts.Select(Read);

    public static WorkloadName Read(string text)
    {
        var name = Kinds.Aggregate(text, (t, kind) => t.StartsWith(kind, StringComparison.Ordinal) ? t[kind.Length..] : t);
        return WorkloadName.TryParse(name, out var workload) ? workload : throw new VerbException(ExitCode.Usage, $"\"{text}\" is no workload's name: {EdgeAgent.Core.Fleet.DnsLabel.Explain("workload", name, EdgeAgent.Core.Fleet.DnsLabel.LengthMax)}");
    }
}
