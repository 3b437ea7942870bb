using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Jobs of systemd for units that an operator names. Calls are sent one behind the other without waiting for answers, over a connection of their own that is
/// there while there is something to do.
/// </summary>
public sealed class UnitActions(bool hasSystemd, IInputSink sink) : IUnitActions, IDisposable
{
    private const string WorkPrefix = "edge-";

    // A connection that has nothing to do is kept for this long: the next act often comes soon.
    private const int IdleMs = 2000;
    private const int JobsRemembered = 512;

    private readonly Queue<UnitAction> _requests = [];
    private readonly Dictionary<ulong, UnitAction> _calls = [];
    private readonly Dictionary<string, UnitAction> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ended = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Descriptor _wake = Descriptor.OfEvents();
    private Thread? _thread;
    private bool _isEnding;

    private bool IsIdle => _calls.Count == 0 && _jobs.Count == 0;

    public void Submit(UnitAction action)
    {
        if (Hindrance(action.Unit) is { } hindrance)
        {
            sink.Post(new UnitActed(action.Id, hindrance));
            return;
        }

        lock (_gate)
        {
            _requests.Enqueue(action);
            if (_thread is null)
            {
                _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "unit-actions" };
                _thread.Start();
            }
        }

        _wake.Raise();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
        }

        _wake.Raise();
        _thread?.Join();
        _wake.Dispose();
    }

    private string? Hindrance(string unit)
    {
        if (!hasSystemd)
        {
            return "the agent runs its work as plain processes here and commands no systemd: units are had of nodes whose runtime is systemd (edgectl get nodes -o wide)";
        }

        if (!UnitName.IsUnit(unit))
        {
            return $"\"{unit}\" is no name of a unit: such as ssh.service";
        }

        // What was placed is the placement's: who stops it here would only have it started again.
        return unit.StartsWith(WorkPrefix, StringComparison.Ordinal) && unit.Contains('_', StringComparison.Ordinal)
            ? $"{unit} is placed work: edgectl scale and edgectl delete say how much of it runs"
            : null;
    }

    private void Work()
    {
        while (!IsEnding)
        {
            ManagerBus? manager = null;
            try
            {
                Wait(null, -1);
                manager = HasRequests ? ManagerBus.Connect() : null;
                while (manager is not null && !IsEnding && (Turn(manager) || Wait(manager, IsIdle ? IdleMs : -1)))
                {
                }
            }
            catch (BusException e)
            {
                Lost(e.Message);
            }
            finally
            {
                manager?.Dispose();
                _ended.Clear();
            }
        }
    }

    private bool IsEnding
    {
        get
        {
            lock (_gate)
            {
                return _isEnding;
            }
        }
    }

    private bool HasRequests
    {
        get
        {
            lock (_gate)
            {
                return _requests.Count > 0;
            }
        }
    }

    /// <summary>Whether there was something to do.</summary>
    private bool Turn(ManagerBus manager)
    {
        var didSomething = false;
        while (TryTakeRequest() is { } request)
        {
            _calls[manager.Begin(MemberOf(request.Verb), request.Unit)] = request;
            didSomething = true;
        }

        while (manager.TryHear(out var signal))
        {
            didSomething = true;
            if (signal?.Answers is { } call && _calls.Remove(call, out var asked))
            {
                Answered(asked, signal);
            }
            else if (signal is { Job: { } job, Answers: null })
            {
                Ended(job, signal.JobResult ?? "");
            }
        }

        return didSomething;
    }

    private UnitAction? TryTakeRequest()
    {
        lock (_gate)
        {
            return _requests.TryDequeue(out var request) ? request : null;
        }
    }

    private void Answered(UnitAction asked, UnitSignal answer)
    {
        if (answer.Error is { } error)
        {
            sink.Post(new UnitActed(asked.Id, error));
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
        else if (_calls.Count > 0 && _ended.Count < JobsRemembered)
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

    /// <summary>What became of them isn't told any more.</summary>
    private void Lost(string reason)
    {
        foreach (var asked in _calls.Values.Concat(_jobs.Values))
        {
            sink.Post(new UnitActed(asked.Id, $"the connection to systemd was lost before {asked.Unit} was done: {reason}"));
        }

        _calls.Clear();
        _jobs.Clear();
        while (TryTakeRequest() is { } request)
        {
            sink.Post(new UnitActed(request.Id, $"systemd can't be reached: {reason}"));
        }
    }

    /// <summary>False where nothing came in this time.</summary>
    private unsafe bool Wait(ManagerBus? manager, int milliseconds)
    {
        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = _wake.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = manager?.Fd ?? -1, Events = manager?.Events ?? 0 };
        var ready = Libc.Poll(fds, 2, milliseconds);
        if (ready > 0)
        {
            _wake.Lower();
        }

        return ready != 0;
    }

    private static string MemberOf(UnitVerb verb) => verb switch
    {
        UnitVerb.Start => "StartUnit",
        UnitVerb.Stop => "StopUnit",
        UnitVerb.Restart => "RestartUnit",
        _ => "ReloadUnit",
    };
}
