using System.Diagnostics;
using EdgeAgent.Core.Placement;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// The fence of exclusive work (docs/adr/0009): a timer of systemd's at an absolute time, whose fall stops all that is fenced, whatever has become of the agent. It is prolonged
/// by a second timer that stands, and was read back, before the first one goes. All on the runtime's thread.
/// </summary>
public sealed partial class SystemdRuntime
{
    private const string Fallen = "the fence of exclusive work fell";
    private const string Units = $"edge-lease@.target, edge-fence@.target and {FenceName.TimerPrefix}.timer.d are not all there";
    private const string Destructive = "org.freedesktop.systemd1.TransactionIsDestructive";
    private const int SignalTerminate = 15;

    private readonly FenceName _fence;

    /// <summary>Asked for while a fence is being put up, and in need of it: other fences, and starts of what is fenced. In the order in which it came.</summary>
    private readonly LinkedList<RuntimeRequest> _behindFence = [];

    private readonly string _leasePath;
    private bool _isFencing;

    /// <summary>Until when it stands as far as is known; null: it doesn't.</summary>
    private TimeSpan? _fencedUntil;

    /// <summary>Something of its lease has changed.</summary>
    private bool _isLeaseStale;

    /// <summary>Whether systemd can end exclusive work here; otherwise why not, for a person.</summary>
    public static string FenceHere()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "a user's manager ends with its user and doesn't hear of the machine's sleep: exclusive work wants an agent that runs as root";
        }

        try
        {
            using var manager = ManagerBus.Connect();
            return manager.ReadLoadState("edge-lease@any.target") == "loaded" && manager.ReadLoadState("edge-fence@any.target") == "loaded" ? "" : $"{Units}, or systemd can't use them: copy them from packaging/systemd to /etc/systemd/system, systemctl daemon-reload, and restart the agent";
        }
        catch (BusException e)
        {
            return $"systemd could not be asked for the units of the fence: {e.Message}";
        }
    }

    /// <summary>The fence that an earlier agent put up, or this one.</summary>
    private TimeSpan? FindFence(ManagerBus manager) =>
        _fencedUntil = FenceLack.Length == 0 && manager.Stays(_fence.Lease) && Math.Max(Standing(manager, 0), Standing(manager, 1)) is > 0 and var until ? TimeSpan.FromMicroseconds(until) : null;

    /// <summary>When it elapses, in microseconds; 0: it doesn't stand.</summary>
    private ulong Standing(ManagerBus manager, int timer) => manager.ReadTimer(_fence.Timers[timer]) is { IsWaiting: true } standing ? standing.ElapsesAtMicroseconds : 0;

    private void PutUpFence(ManagerBus manager, RuntimeFence request)
    {
        if (FenceLack.Length > 0)
        {
            _sink.Post(new RuntimeFenced(request.Until, FenceLack));
        }
        else if (_isFencing)
        {
            _behindFence.AddLast(request);
        }
        else
        {
            _isFencing = true;
            try
            {
                StartTimer(manager, request, isCleared: false);
            }
            catch (BusException)
            {
                // It is still at the head of what is asked for.
                _isFencing = false;
                throw;
            }
        }
    }

    /// <summary>Under the name that isn't that of the timer which stands longest.</summary>
    private void StartTimer(ManagerBus manager, RuntimeFence request, bool isCleared)
    {
        var timer = Standing(manager, 0) > Standing(manager, 1) ? 1 : 0;
        var name = _fence.Timers[timer];
        if (!isCleared && manager.IsLoaded(name))
        {
            // One that an agent left between putting up the next and stopping it, or whose time is past.
            _jobs.Expect(manager.Begin(SystemdContract.StopUnit, name), end => FenceAnswered(request, timer, null, end));
            return;
        }

        var at = new FenceTime(request.Until, manager.UserspaceStartMicroseconds);

        // What is fenced and hasn't been stopped would come to life again under a lease that has lapsed and is begun anew.
        var isProlonged = _units.Values.Any(u => u.IsFenced);
        _jobs.Expect(manager.BeginTransient(name, m => FenceProperties.WriteTimer(m, _fence, at, isProlonged)), end => FenceAnswered(request, timer, at, end));
    }

    /// <param name="request">What is asked.</param>
    /// <param name="timer">Whose job it is.</param>
    /// <param name="at">What it was told at its start; null: it was in the way, and was stopped.</param>
    /// <param name="end">Of the job.</param>
    private void FenceAnswered(RuntimeFence request, int timer, FenceTime? at, JobEnd end)
    {
        if (end.Fate is JobFate.Unanswered or JobFate.Unheard || _manager is not { } manager)
        {
            FenceAgain(request);
            return;
        }

        try
        {
            if (at is not { } told)
            {
                StartTimer(manager, request, isCleared: true);
            }
            else if (end.Fate == JobFate.Refused)
            {
                Fenced(request, end.Error.Name == Destructive ? $"{Fallen} and what it stops is still ending, or this machine goes to sleep or down: {end.Error.Message}" : end.Error.Message);
            }
            else if (end.Result == "dependency")
            {
                Fenced(request, $"{Fallen}, and is not put up again while work is left that it ended");
            }
            else
            {
                ReadBack(manager, request, timer, told, end.Result);
            }
        }
        catch (BusException)
        {
            FenceAgain(request);
            throw;
        }
    }

    private void ReadBack(ManagerBus manager, RuntimeFence request, int timer, FenceTime at, string result)
    {
        var name = _fence.Timers[timer];
        var lack = result != "done" ? Units
            : manager.ReadTimer(name) is { } now && manager.Stays(_fence.Lease) ? now.Lack(_fence.Fall, at)
            : TimerSnapshot.DoesNotWait;
        if (lack.Length == 0)
        {
            _fencedUntil = TimeSpan.FromMicroseconds(at.Microseconds);
            _ = manager.Begin(SystemdContract.StopUnit, _fence.Timers[1 - timer]);
            Fenced(request, "");
            return;
        }

        // What stood before stands on. A lease that nothing ends must not be.
        _ = manager.Begin(SystemdContract.StopUnit, Standing(manager, 1 - timer) == 0 ? _fence.Lease : name);
        Fenced(request, $"{name} doesn't stand: {lack}");
    }

    /// <summary>Starts behind it, up to the next fence, fare as it does.</summary>
    private void Fenced(RuntimeFence request, string trouble)
    {
        _isFencing = false;
        _sink.Post(new RuntimeFenced(request.Until, trouble));
        while (trouble.Length > 0 && _behindFence.First?.Value is RuntimeStart { Spec: { } spec })
        {
            _behindFence.RemoveFirst();
            Refuse(spec, _names.Of(spec.Tag.Slot), $"its fence doesn't stand: {trouble}");
        }

        CarryAgain();
    }

    /// <summary>On the next connection: the time is absolute, so that it may be asked for twice.</summary>
    private void FenceAgain(RuntimeFence request)
    {
        _isFencing = false;
        _behindFence.AddFirst(request);
        CarryAgain();
    }

    /// <summary>A start that nobody wants any more.</summary>
    private void ForgetBehindFence(SlotId slot)
    {
        for (var next = _behindFence.First; next is not null; next = next.Next)
        {
            if (next.Value is RuntimeStart start && start.Spec.Tag.Slot == slot)
            {
                _behindFence.Remove(next);
                return;
            }
        }
    }

    private void CarryAgain()
    {
        while (_behindFence.Last is { } last)
        {
            _behindFence.RemoveLast();
            Again(last.Value);
        }
    }

    /// <summary>One that falls before its time (the machine goes to sleep, or somebody wants it so) is told unasked.</summary>
    private void LookAtLease(ManagerBus manager)
    {
        if (_fencedUntil is { } until && !manager.Stays(_fence.Lease))
        {
            _fencedUntil = null;
            if (Stopwatch.GetElapsedTime(0) < until)
            {
                _sink.Post(new RuntimeFenced(until, $"{Fallen} before its time: this machine goes to sleep or down, or somebody stopped {_fence.Lease}"));
            }
        }

        _isLeaseStale = false;
    }

    /// <summary>How a fenced unit ended where the fence ended it, which its manager doesn't say.</summary>
    private UnitReport ByFence(ManagerBus manager, SystemdUnit unit, UnitReport report)
    {
        if (!unit.IsFenced || report.IsAlive || report.Result == UnitResult.Success || manager.Stays(_fence.Lease))
        {
            return report;
        }

        return unit.JobResult == "dependency"
            ? report with { Result = UnitResult.StartFailed, Status = 0, Detail = $"{Fallen} before it was started" }
            : report with { Result = UnitResult.Killed, Status = SignalTerminate, Detail = Fallen };
    }
}
