using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Jobs of systemd for units that an operator named. Calls are sent one behind the other without waiting for answers; which job each became, and how that
/// ended, is heard later. For the runtime's thread.
/// </summary>
internal sealed class UnitJobs(IInputSink sink)
{
    private const string WorkPrefix = "edge-";
    private const int JobsRemembered = 512;

    private readonly Dictionary<ulong, UnitAction> _calls = [];
    private readonly Dictionary<string, UnitAction> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ended = new(StringComparer.Ordinal);

    public void Begin(ManagerBus manager, UnitAction action)
    {
        if (Hindrance(action.Unit) is { } hindrance)
        {
            sink.Post(new UnitActed(action.Id, hindrance));
            return;
        }

        try
        {
            _calls[manager.Begin(MethodOf(action.Verb), action.Unit)] = action;
        }
        catch (BusException e)
        {
            // It waits for an answer whatever becomes of the connection.
            sink.Post(new UnitActed(action.Id, $"systemd can't be asked for {action.Unit}: {e.Message}"));
            throw;
        }
    }

    public void Hear(UnitSignal signal)
    {
        if (signal.Answers is { } call)
        {
            if (_calls.Remove(call, out var asked))
            {
                Answered(asked, signal);
            }
        }
        else if (signal.Job is { } job)
        {
            Ended(job, signal.JobResult ?? "");
        }
    }

    /// <summary>What became of them isn't told any more.</summary>
    public void Lost()
    {
        foreach (var asked in _calls.Values.Concat(_jobs.Values))
        {
            sink.Post(new UnitActed(asked.Id, $"the connection to systemd was lost before {asked.Unit} was done: it may be done all the same"));
        }

        _calls.Clear();
        _jobs.Clear();
        _ended.Clear();
    }

    private static string? Hindrance(string unit)
    {
        if (!UnitName.IsUnit(unit))
        {
            return $"\"{unit}\" is no name of a unit: such as ssh.service";
        }

        // What was placed is the placement's: who stops it here would only have it started again.
        return unit.StartsWith(WorkPrefix, StringComparison.Ordinal) && unit.Contains('_', StringComparison.Ordinal)
            ? $"{unit} is placed work: edgectl scale and edgectl delete say how much of it runs"
            : null;
    }

    private void Answered(UnitAction asked, UnitSignal answer)
    {
        if (answer.Error is { } error)
        {
            sink.Post(new UnitActed(asked.Id, BusRefusal.Explain(error, BusRefusal.ManageUnits, $"{asked.Verb.ToString().ToLowerInvariant()} {asked.Unit}")));
        }
        else if (_ended.Remove(answer.Job!, out var result))
        {
            Tell(asked, result);
        }
        else
        {
            _jobs[answer.Job!] = asked;
        }
    }

    private void Ended(string job, string result)
    {
        if (_jobs.Remove(job, out var asked))
        {
            Tell(asked, result);
        }
        else if (_calls.Count == 0)
        {
            _ended.Clear();
        }
        else if (_ended.Count < JobsRemembered)
        {
            // It may be one whose call isn't answered yet.
            _ended[job] = result;
        }
    }

    /// <summary>Results of jobs: org.freedesktop.systemd1(5), JobRemoved.</summary>
    private void Tell(UnitAction asked, string result) => sink.Post(new UnitActed(asked.Id, result switch
    {
        "done" or "skipped" => null,
        "failed" => $"{asked.Unit} failed: edgectl status says how",
        "dependency" => $"a unit that {asked.Unit} needs has failed",
        "timeout" => $"{asked.Unit} took longer than it may",
        "canceled" => $"somebody else wanted otherwise of {asked.Unit} meanwhile",
        _ => $"systemd says of {asked.Unit}: {result}",
    }));

    private static BusMethod MethodOf(UnitVerb verb) => verb switch
    {
        UnitVerb.Start => SystemdContract.StartUnit,
        UnitVerb.Stop => SystemdContract.StopUnit,
        UnitVerb.Restart => SystemdContract.RestartUnit,
        _ => SystemdContract.ReloadUnit,
    };
}
