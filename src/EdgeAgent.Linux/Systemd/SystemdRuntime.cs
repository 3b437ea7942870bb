using System.Diagnostics.CodeAnalysis;
using EdgeAgent.Core.Placement;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Transient service units of systemd: it supervises, limits and confines them, restarts them while the agent is away, and knows how they ended. One
/// thread of this class owns the connection; when that is lost (<c>systemctl daemon-reexec</c> does it) it connects again and reads all anew.
/// </summary>
public sealed partial class SystemdRuntime : IRuntime, IUnitActions, IDisposable
{
    /// <summary>The first with Type=exec.</summary>
    public const int VersionMin = 240;

    private const int ConnectAgainMs = 1000;

    private readonly SystemdRuntimeOptions _options;
    private readonly UnitName _names;
    private readonly IInputSink _sink;
    private readonly Dictionary<SlotId, SystemdUnit> _units = [];
    private readonly Dictionary<string, SystemdUnit> _byPath = new(StringComparer.Ordinal);
    private readonly Queue<RuntimeRequest> _requests = [];
    private readonly Queue<UnitAction> _actions = [];
    private readonly UnitJobs _jobs;
    private readonly Lock _gate = new();
    private readonly Descriptor _wake = Descriptor.OfEvents();
    private readonly Thread _thread;
    private ManagerBus? _manager;
    private RuntimeRequest? _current;
    private bool _isEnding;

    public SystemdRuntime(SystemdRuntimeOptions options, IInputSink sink)
    {
        (_options, _sink, _names, _jobs) = (options, sink, new UnitName(options), new UnitJobs(sink));
        _checks = new UnitChecks(options, _names, sink);
        _thread = new Thread(Work, maxStackSize: 512 * 1024) { IsBackground = true, Name = "systemd-runtime" };
        _thread.Start();
    }

    public string Name => "systemd";

    public string Sandbox { get; } = SandboxHere(out _);

    /// <summary>What work would be confined with here; of <c>partial</c>, what it lacks and why, for a person.</summary>
    public static string SandboxHere(out string lack)
    {
        var isWhole = Confinement.OfThisMachine().IsWhole;
        lack = isWhole ? "" : "this is a user's manager, and the kernel gives its users no namespaces, so that the system is not read-only to work and /tmp is shared: allow them (sysctl user.max_user_namespaces), or run the agent as root";
        return isWhole ? "basic" : "partial";
    }

    /// <summary>Whether units can be started here; otherwise why not, for a person.</summary>
    public static bool IsAvailable(out string reason)
    {
        if (!Directory.Exists("/run/systemd/system"))
        {
            reason = "this machine was not booted by systemd (there is no /run/systemd/system)";
            return false;
        }

        try
        {
            using var manager = ManagerBus.Connect();
            reason = manager.Version >= VersionMin ? "" : $"systemd {manager.Version} is older than {VersionMin}";
            return reason.Length == 0;
        }
        catch (BusException e)
        {
            reason = $"systemd's {(Environment.IsPrivilegedProcess ? "system" : "user")} manager can't be reached: {e.Message}";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            reason = $"{SdBus.Library} is missing or too old: install systemd's library (libsystemd0)";
        }

        return false;
    }

    public void Submit(RuntimeRequest request)
    {
        lock (_gate)
        {
            _requests.Enqueue(request);
        }

        _wake.Raise();
    }

    public void Submit(UnitAction action)
    {
        lock (_gate)
        {
            _actions.Enqueue(action);
        }

        _wake.Raise();
    }

    /// <summary>What runs goes on.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
        }

        _wake.Raise();
        _thread.Join();
        _checks.Dispose();
        _wake.Dispose();
    }

    private void Work()
    {
        while (!IsEnding)
        {
            try
            {
                _manager ??= ManagerBus.Connect();
                while (Turn(_manager))
                {
                    // Calls take in signals on their way, which don't wake a poll any more.
                }
            }
            catch (BusException)
            {
                // Also an answer that makes no sense: a fresh connection and a fresh look, at a pace that does no harm.
                Lost();
            }

            WaitForSomething();
            _wake.Lower();
        }

        _manager?.Dispose();
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

    /// <summary>Whether there was something to do.</summary>
    private bool Turn(ManagerBus manager)
    {
        var didSomething = false;
        while (TryTakeAction() is { } action)
        {
            didSomething = true;
            _jobs.Begin(manager, action);
        }

        while (manager.TryHear(out var signal))
        {
            didSomething = true;
            Hear(manager, signal);
        }

        _checks.Read();
        didSomething |= PursueEndings(manager);

        foreach (var unit in _units.Values.Where(u => u.IsStale || u.IsStopping).ToList())
        {
            didSomething |= unit.IsStale;
            unit.IsStale = false;
            Refresh(manager, unit);
        }

        // One at a time, so that the first of many is told as running before the last is started. One that finds the connection lost
        // is carried out on the next.
        if (_current is not null || TryTakeRequest(out _current))
        {
            didSomething = true;
            Carry(manager, _current);
            _current = null;
        }

        return didSomething && !IsEnding;
    }

    private UnitAction? TryTakeAction()
    {
        lock (_gate)
        {
            return _actions.TryDequeue(out var action) ? action : null;
        }
    }

    private bool TryTakeRequest([NotNullWhen(true)] out RuntimeRequest? request)
    {
        lock (_gate)
        {
            return _requests.TryDequeue(out request);
        }
    }

    private void Hear(ManagerBus manager, UnitSignal? signal)
    {
        if (signal is not null)
        {
            _jobs.Hear(signal);
            _checks.Hear(manager, signal);
        }

        if (signal is null || !_byPath.TryGetValue(signal.Path, out var unit))
        {
            return;
        }

        if (signal.Change is { } change)
        {
            unit.Hear(change);
        }
        else if (signal.IsRemoved)
        {
            unit.Doubt();
        }

        if (signal.Job is not null && signal.Job == unit.Job)
        {
            (unit.Job, unit.JobResult, unit.IsStale) = (null, signal.JobResult ?? "", true);
        }
    }

    /// <summary>Jobs are not told of any more; what became of them shows when the units are read again.</summary>
    private void Lost()
    {
        _manager?.Dispose();
        _manager = null;
        _jobs.Lost();
        _checks.Lost();
        foreach (var unit in _units.Values)
        {
            unit.Job = null;
            unit.Doubt();
        }
    }

    private unsafe void WaitForSomething()
    {
        var count = 2 + _checks.Count;
        var fds = stackalloc PollFd[count];
        fds[0] = new PollFd { Fd = _wake.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = _manager?.Fd ?? -1, Events = _manager?.Events ?? 0 };
        for (var i = 2; i < count; i++)
        {
            fds[i] = new PollFd { Fd = _checks.FdOf(i - 2), Events = Libc.PollIn };
        }

        var wait = _manager is null ? ConnectAgainMs : _units.Values.Any(u => u.IsStopping) ? LookAgainMs : WaitForEndings();
        _ = Libc.Poll(fds, (nuint)count, wait);
    }
}
