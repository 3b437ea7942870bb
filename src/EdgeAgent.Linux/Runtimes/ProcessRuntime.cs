using System.Buffers.Binary;
using EdgeAgent.Core.Placement;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>
/// Plain processes, for places without systemd. Each unit has a small supervisor of its own (native/shim) that outlives the agent; this
/// class tells them what to do through their folders and hears of them through inotify and process descriptors. Resources
/// are not enforced and nothing is confined here, which the node says as <c>sandbox: none (process)</c>.
/// </summary>
public sealed partial class ProcessRuntime : IRuntime, IDisposable
{
    private const int InotifyHeadBytes = 16;
    private const int StopGraceMs = 5000;
    private const int KillAgainMs = 100;
    private const int SweepAgainMs = 20;

    private readonly ProcessRuntimeOptions _options;
    private readonly IInputSink _sink;
    private readonly Descriptor _wake = Descriptor.OfEvents();
    private readonly Descriptor _inotify = Descriptor.OfInotify();
    private readonly Dictionary<SlotId, ProcessUnit> _units = [];
    private readonly Dictionary<int, ProcessUnit> _byWatch = [];
    private readonly Queue<RuntimeRequest> _requests = [];
    private readonly ProcessChecks _checks;
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly string _boot = ProcFile.BootId();
    private bool _isEnding;

    /// <summary>Whether units are left in this folder, of whichever agent, running or not.</summary>
    public static bool HasUnits(string workDirectory) => UnitFolder.All(workDirectory).Any(f => f.HasUnit);

    public ProcessRuntime(ProcessRuntimeOptions options, IInputSink sink)
    {
        (_options, _sink, _checks) = (options, sink, new ProcessChecks(options, sink));
        Directory.CreateDirectory(options.WorkDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "process-runtime" };
        _thread.Start();
    }

    public string Name => "process";

    public string Sandbox => "none";

    public IReadOnlyList<string> Features { get; } = ["run.exec/1"];

    public string FenceLack => "it starts work as processes of its own, and nothing outside of it could end them when it hangs or is dead: exclusive work wants systemd (docs/spec/exclusive.md)";

    public void Submit(RuntimeRequest request)
    {
        lock (_gate)
        {
            _requests.Enqueue(request);
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
        foreach (var unit in _units.Values)
        {
            unit.Dispose();
        }

        _checks.Dispose();
        _wake.Dispose();
        _inotify.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            WaitForSomething();
            _wake.Lower();
            ReadInotify();
            _checks.Turn();
            foreach (var unit in _units.Values.ToList())
            {
                if (unit.Shim is { } shim && shim.IsReadable())
                {
                    ShimEnded(unit);
                }
                else if (unit.HasRemains)
                {
                    Conclude(unit);
                }
                else if (Environment.TickCount64 >= unit.StopUntil)
                {
                    // It neither stops nor ends its work: its own end takes the work with it, and the rest is found by its mark.
                    unit.Shim?.Signal(Libc.Kill);
                    unit.StopUntil = Environment.TickCount64 + KillAgainMs;
                }
            }

            while (true)
            {
                RuntimeRequest? request;
                lock (_gate)
                {
                    if (_isEnding)
                    {
                        return;
                    }

                    if (!_requests.TryDequeue(out request))
                    {
                        break;
                    }
                }

                Carry(request);
            }
        }
    }

    private void Carry(RuntimeRequest request)
    {
        switch (request)
        {
            case RuntimeList:
                List();
                break;
            case RuntimeStart e:
                Start(e.Spec);
                break;
            case RuntimeStop e:
                if (!_checks.Cancel(e.Slot, () => Stop(e)))
                {
                    Stop(e);
                }

                break;
            case RuntimeRestart e:
                Restart(e.Slot);
                break;
            case RuntimeCheck e:
                Check(e);
                break;
            case RuntimeLimit e:
                _sink.Post(new UnitLimited(e.Slot, e.Generation));
                break;
            case RuntimeFence e:
                _sink.Post(new RuntimeFenced(e.Until, FenceLack));
                break;
        }
    }

    private unsafe void WaitForSomething()
    {
        var shims = _units.Values.Where(u => u.Shim is not null).ToList();
        var (checks, count) = (shims.Count + 2, shims.Count + 2 + _checks.Count);
        var fds = stackalloc PollFd[count];
        fds[0] = new PollFd { Fd = _wake.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = _inotify.Fd, Events = Libc.PollIn };
        for (var i = 0; i < shims.Count; i++)
        {
            fds[i + 2] = new PollFd { Fd = shims[i].Shim!.Fd, Events = Libc.PollIn };
        }

        for (var i = checks; i < count; i++)
        {
            fds[i] = new PollFd { Fd = _checks.FdOf(i - checks), Events = Libc.PollIn };
        }

        var until = _units.Values.Any(u => u.HasRemains) ? Environment.TickCount64 + SweepAgainMs : long.MaxValue;
        until = shims.Aggregate(until, (least, unit) => Math.Min(least, unit.StopUntil));
        var wait = until == long.MaxValue ? -1 : (int)Math.Clamp(until - Environment.TickCount64, 0, 60_000);
        _ = Libc.Poll(fds, (nuint)count, wait);
    }

    private unsafe void ReadInotify()
    {
        const int Size = 4096;
        var buffer = stackalloc byte[Size];
        var changed = new HashSet<ProcessUnit>();
        nint got;
        while ((got = Libc.Read(_inotify.Fd, buffer, Size)) > 0)
        {
            for (var at = 0; at + InotifyHeadBytes <= got;)
            {
                var head = new ReadOnlySpan<byte>(buffer + at, InotifyHeadBytes);
                if (_byWatch.TryGetValue(BinaryPrimitives.ReadInt32LittleEndian(head), out var unit))
                {
                    changed.Add(unit);
                }

                at += InotifyHeadBytes + BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
            }
        }

        foreach (var unit in changed)
        {
            Heard(unit);
        }
    }
}
