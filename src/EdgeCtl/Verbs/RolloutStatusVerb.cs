using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl rollout status</c>: waits, as kubectl's, until a change has come to its end. Exit code 1 where it was rolled back or has failed.</summary>
internal static class RolloutStatusVerb
{
    public static Command Create()
    {
        var name = WorkloadChange.Name();
        var watch = new Option<bool>("--watch", "-w") { Description = "wait until it is over; --watch=false tells how it stands", DefaultValueFactory = _ => true };
        var timeout = FleetOptions.Timeout("how long it waits", "10m");
        var command = new Command("status", "wait for a change to come to its end") { name, watch, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var known = await WorkloadChange.ReadAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            var shown = "";
            string? end = null;
            bool IsOver()
            {
                end = WaitFor.Running(known, session.View);
                var now = How(known, session.View);
                if (end is null && now != shown)
                {
                    shown = now;
                    output.WriteLine(now);
                }

                return end is not null || known.Spec!.IsPaused || !parsed.GetValue(watch);
            }

            if (!await session.WaitAsync(IsOver, patience, cancel).ConfigureAwait(false))
            {
                throw new VerbException(ExitCode.TimedOut, $"not over after {patience.TotalSeconds:0} s: edgectl why {known.Workload} says what hinders it");
            }

            if (end is { Length: > 0 })
            {
                throw new VerbException(ExitCode.Failed, end);
            }

            if (end is not null)
            {
                await output.WriteLineAsync($"workload/{known.Workload} is rolled out: generation {known.Generation}, {WaitFor.Progress(known, session.View)}").ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string How(Intent known, FleetView view)
    {
        var slots = view.SlotsOf(known.Workload).Where(c => c.Slot.Index < known.Spec!.Replicas).ToList();
        var old = slots.Count(c => c.IsStarted && c.RunId < known.RunId);
        var what = $"{WaitFor.Progress(known, view)} of generation {known.Generation}{(old > 0 ? $", {old} as before" : "")}";
        return known.Spec!.IsPaused ? $"workload/{known.Workload} is paused: {what} (edgectl rollout resume {known.Workload})" : $"waiting for workload/{known.Workload}: {what}";
    }
}
