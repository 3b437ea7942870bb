using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Jobs of systemd for units that an operator named. For the runtime's thread.</summary>
/// <param name="jobs">Of the runtime.</param>
/// <param name="isWatched">Whether a unit of this name does a slot's work here.</param>
/// <param name="sink">Told how each ended.</param>
internal sealed class UnitJobs(JobTable jobs, Func<string, bool> isWatched, IInputSink sink)
{
    public void Begin(ManagerBus manager, UnitAction action)
    {
        try
        {
            if (Hindrance(manager, action.Unit) is { } hindrance)
            {
                sink.Post(new UnitActed(action.Id, hindrance));
                return;
            }

            jobs.Expect(manager.Begin(MethodOf(action.Verb), action.Unit), end => sink.Post(new UnitActed(action.Id, Describe(action, end))));
        }
        catch (BusException e)
        {
            // It waits for an answer whatever becomes of the connection.
            sink.Post(new UnitActed(action.Id, $"systemd can't be asked for {action.Unit}: {e.Message}"));
            throw;
        }
    }

    private string? Hindrance(ManagerBus manager, string unit)
    {
        if (!UnitNameText.IsValid(unit))
        {
            return $"\"{unit}\" is no name of a unit: such as ssh.service";
        }

        if (unit.StartsWith(FenceName.TimerPrefix, StringComparison.Ordinal))
        {
            return $"{unit} ends exclusive work when the agent can't: it is the agent's own";
        }

        // What was placed is the placement's: who stops it here would only have it started again.
        return isWatched(unit) || (unit.StartsWith(UnitNameText.WorkPrefix, StringComparison.Ordinal) && manager.IsLoaded(unit) && UnitName.IsMarked(manager.ReadEnvironment(unit)))
            ? $"{unit} is placed work: edgectl scale and edgectl delete say how much of it runs"
            : null;
    }

    /// <summary>Null where it was done. Results of jobs: org.freedesktop.systemd1(5), JobRemoved.</summary>
    private static string? Describe(UnitAction asked, JobEnd end) => end.Fate == JobFate.Refused
        ? BusRefusal.Explain(end.Error, BusRefusal.ManageUnits, $"{asked.Verb.ToString().ToLowerInvariant()} {asked.Unit}")
        : Describe(asked.Unit, end);

    private static string? Describe(string unit, JobEnd end) => end switch
    {
        { Fate: JobFate.Unanswered or JobFate.Unheard } => $"the connection to systemd was lost before {unit} was done: it may be done all the same",
        { Result: "done" or "skipped" } => null,
        { Result: "failed" } => $"{unit} failed: edgectl status says how",
        { Result: "dependency" } => $"a unit that {unit} needs has failed",
        { Result: "timeout" } => $"{unit} took longer than it may",
        { Result: "canceled" } => $"somebody else wanted otherwise of {unit} meanwhile",
        _ => $"systemd says of {unit}: {end.Result}",
    };

    private static BusMethod MethodOf(UnitVerb verb) => verb switch
    {
        UnitVerb.Start => SystemdContract.StartUnit,
        UnitVerb.Stop => SystemdContract.StopUnit,
        UnitVerb.Restart => SystemdContract.RestartUnit,
        _ => SystemdContract.ReloadUnit,
    };
}
