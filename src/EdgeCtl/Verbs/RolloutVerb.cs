using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl rollout</c>: how a change goes on, and what can be done about it.</summary>
public static class RolloutVerb
{
    public static Command Create() => new("rollout", "how a change of a workload goes on; take it back, hold it, start all anew")
    {
        RolloutStatusVerb.Create(),
        RolloutHistoryVerb.Create(),
        Change("undo", "make the work before the last change wanted again", "rolled back", Undo),
        Change("pause", "leave what runs as it is, whatever is applied, until resume", "paused", (known, view) => Paused(known, view, isPaused: true)),
        Change("resume", "go on with what was applied", "resumed", (known, view) => Paused(known, view, isPaused: false)),
        Change("restart", "start every slot anew, as many at once as maxUnavailable says", "restarted", Draft.Again),
    };

    private static Intent? Undo(Intent known, FleetView view)
    {
        if (known.Fallback is not { } back)
        {
            throw new VerbException(ExitCode.Failed, $"{known.Workload}: no earlier work is known that came up and ran: apply the manifest of before (edgectl rollout history {known.Workload})");
        }

        return Draft.Of(known.Workload, back.Spec with { Replicas = known.Spec!.Replicas, IsPaused = known.Spec.IsPaused }, view);
    }

    private static Intent? Paused(Intent known, FleetView view, bool isPaused) => Draft.Of(known.Workload, known.Spec! with { IsPaused = isPaused }, view);

    private static Command Change(string verb, string about, string done, Func<Intent, FleetView, Intent?> next)
    {
        var name = WorkloadChange.Name();
        var wait = new Option<bool>("--wait") { Description = "return when every slot runs so" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command(verb, about) { name, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var known = await WorkloadChange.ReadAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false);
            var draft = next(known, session.View);
            return await WorkloadChange.SayAsync(parsed, session, known, draft, $"{done}, generation {draft?.Generation}", parsed.GetValue(wait) ? patience : null, cancel).ConfigureAwait(false);
        });
        return command;
    }
}
