using System.Diagnostics.CodeAnalysis;
using EdgeAgent.Core.Placement;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.SocketFilters;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Transient service units of systemd: it supervises, limits and confines them, restarts them while the agent is away, and knows how they ended. One
/// thread of this class owns the connection; when that is lost (<c>systemctl daemon-reexec</c> does it) it connects again and reads all anew.
/// </summary>
public sealed partial class SystemdRuntime : IRuntime, IUnitActions, IDisposable
{
    /// <summary>The first with Type=exec and ExecStartEx=.</summary>
    public const int VersionMin = 243;

    private const int ConnectAgainMs = 1000;

    /// <summary>What is waited for besides checks: the wake, systemd, and AppArmor's revision.</summary>
    private const int FixedFds = 3;

    private const int DoneAtOnce = 16;

    /// <summary>Of the calls that ask for a job.</summary>
    private const int CallsUnansweredMax = 8;

    private readonly SystemdRuntimeOptions _options;
    private readonly UnitName _names;
    private readonly IInputSink _sink;
    private readonly Dictionary<SlotId, SystemdUnit> _units = [];
    private readonly Dictionary<string, SystemdUnit> _byPath = new(StringComparer.Ordinal);
    private readonly LinkedList<RuntimeRequest> _requests = [];
    private readonly Queue<UnitAction> _actions = [];
    private readonly Queue<Action> _done = [];
    private readonly StateFolders _state;
    private readonly JobTable _jobs = new();
    private readonly UnitJobs _unitJobs;
    private readonly Lock _gate = new();
    private readonly Descriptor _wake = Descriptor.OfEvents();
    private readonly Thread _thread;
    private ManagerBus? _manager;
    private bool _isEnding;

    public SystemdRuntime(SystemdRuntimeOptions options, IInputSink sink)
    {
        (_options, _sink, _names, _fence, _unitJobs) = (options, sink, new UnitName(options), options.Fence, new UnitJobs(_jobs, u => _byPath.ContainsKey(UnitName.PathOf(u)), sink));
        (FenceLack, _leasePath) = (FenceHere(), UnitName.PathOf(_fence.Lease));
        _state = new StateFolders(options, sink);
        _checks = new UnitChecks(options, _names, _jobs, sink);
        var (version, features) = ManagerHere();
        _profiles = ProfilesHere(options, features);
        _filters = new SocketFilterStore(options.StoreId, SocketFilterStore.LackHere(version), (slot, denial) => _sink.TryPost(new UnitDenied(slot, denial)));
        _thread = new Thread(Work, maxStackSize: 512 * 1024) { IsBackground = true, Name = "systemd-runtime" };
        _thread.Start();
    }

    public string Name => "systemd";

    public IReadOnlyList<string> Features =>
        field ??= ["run.exec/1", "run.unit/1", .. PortableImages.IsAvailable ? ["run.portable/1"] : Array.Empty<string>(), .. Confinement.OfThisMachine().Features, .. Confinement.HasCeilings ? ["resources.cpuMax/1"] : Array.Empty<string>(), .. _profiles is null ? Array.Empty<string>() : ["security.apparmor/1", "files/1"], .. _filters.Lack.Length > 0 ? Array.Empty<string>() : ["network/1"]];

    public string Sandbox { get; } = SandboxHere(out _);

    public string FenceLack { get; }

    /// <summary>What work would be confined with here; of <c>partial</c>, what it lacks and why, for a person.</summary>
    public static string SandboxHere(out string lack)
    {
        var confinement = Confinement.OfThisMachine();
        lack = confinement.IsWhole ? "" : "this is a user's manager, and the kernel gives its users no namespaces, so that the system is not read-only to work and /tmp is shared: allow them (sysctl user.max_user_namespaces), or run the agent as root";
        return confinement.Name;
    }

    /// <summary>Whether units can be started here; otherwise why not, for a person.</summary>
    public static bool IsAvailable(out string reason)
    {
        if (!Directory.Exists(SystemdNames.Booted))
        {
            reason = SystemdNames.NotBooted;
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
            _requests.AddLast(request);
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
        _denials?.Dispose();
        _filters.Dispose();
        _revision?.Dispose();
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
            _unitJobs.Begin(manager, action);
        }

        // A few at once: what else is to be done has its turn.
        for (var taken = 0; taken < DoneAtOnce && TryTakeDone() is { } done; taken++)
        {
            didSomething = true;
            done();
        }

        while (manager.TryHear(out var signal))
        {
            didSomething = true;
            Hear(signal);
        }

        if (_isLeaseStale)
        {
            LookAtLease(manager);
        }

        _checks.Read();
        LookAtProfiles();
        didSomething |= PursueEndings(manager);

        foreach (var unit in _units.Values.Where(u => u.IsStale || u.IsStopping).ToList())
        {
            didSomething |= unit.IsStale;
            unit.IsStale = false;
            Refresh(manager, unit);
        }

        // A few at once, so that systemd never waits for this agent, and yet the first of many runs before the last is asked for. One that
        // finds the connection lost is carried out on the next.
        while (_jobs.UnansweredCount < CallsUnansweredMax && TryPeekRequest(out var request))
        {
            didSomething = true;
            Carry(manager, request);
            Forget();
        }

        return didSomething && !IsEnding;
    }

    /// <summary>From another thread: what follows is done on the runtime's.</summary>
    private void Later(Action next)
    {
        lock (_gate)
        {
            _done.Enqueue(next);
        }

        _wake.Raise();
    }

    private Action? TryTakeDone()
    {
        lock (_gate)
        {
            return _done.TryDequeue(out var done) ? done : null;
        }
    }

    private UnitAction? TryTakeAction()
    {
        lock (_gate)
        {
            return _actions.TryDequeue(out var action) ? action : null;
        }
    }

    private bool TryPeekRequest([NotNullWhen(true)] out RuntimeRequest? request)
    {
        lock (_gate)
        {
            request = _requests.First?.Value;
            return request is not null;
        }
    }

    /// <summary>The request at the head: it was carried out.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            _requests.RemoveFirst();
        }
    }

    /// <summary>Before what was asked for later.</summary>
    private void Again(RuntimeRequest request)
    {
        lock (_gate)
        {
            _requests.AddFirst(request);
        }
    }

    private void Hear(UnitSignal? signal)
    {
        if (signal is not null)
        {
            _checks.Hear(signal);
        }

        switch (signal)
        {
            case { Answers: { } call, Error: { } error }:
                _jobs.Refused(call, error);
                break;
            case { Answers: { } call, Job: { } job }:
                _jobs.Answered(call, job);
                break;
            case { Job: { } job }:
                _jobs.Ended(job, signal.JobResult ?? "");
                break;
        }

        _isLeaseStale |= signal?.Path == _leasePath;
        if (signal is null || !_byPath.TryGetValue(signal.Path, out var unit))
        {
            return;
        }

        if (signal.Change is { } change && unit.IsService)
        {
            unit.Hear(change);
        }
        else if (signal.Change is not null || (signal.IsRemoved && !(unit.IsForeign && unit.Now is { } last && unit.IsDown(last))))
        {
            // How a foreign unit ended is forgotten with it, and is known here.
            unit.Doubt();
        }
    }

    /// <summary>Jobs are not told of any more; what became of them shows when the units are read again.</summary>
    private void Lost()
    {
        _manager?.Dispose();
        _manager = null;
        _jobs.Lost();
        _isLeaseStale = true;
        foreach (var unit in _units.Values)
        {
            unit.Doubt();
        }
    }

    private unsafe void WaitForSomething()
    {
        var count = FixedFds + _checks.Count;
        var fds = stackalloc PollFd[count];
        fds[0] = new PollFd { Fd = _wake.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = _manager?.Fd ?? -1, Events = _manager?.Events ?? 0 };
        fds[2] = new PollFd { Fd = _revision?.Fd ?? -1, Events = Libc.PollIn };
        for (var i = FixedFds; i < count; i++)
        {
            fds[i] = new PollFd { Fd = _checks.FdOf(i - FixedFds), Events = Libc.PollIn };
        }

        var wait = _manager is null ? ConnectAgainMs : _units.Values.Any(u => u.IsStopping) ? LookAgainMs : WaitForEndings();
        _ = Libc.Poll(fds, (nuint)count, wait);
    }
}
