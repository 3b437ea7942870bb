using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Processes that outlive their agent.</summary>
public sealed class SimRuntime(SimWorld world) : IRuntime
{
    private readonly SortedDictionary<SlotId, UnitReport> _units = [];
    private readonly Dictionary<SlotId, RestartPolicy> _policies = [];
    private readonly SortedSet<SlotId> _fenced = [];
    private SimNode? _node;
    private int _nextPid = 100;

    public string Name => "process";

    public string Sandbox => "none";

    public IReadOnlyList<string> Features { get; set; } = ["run.exec/1", "run.unit/1"];

    public string FenceLack { get; set; } = "";

    /// <summary>When the fence falls, on the node's monotonic clock; null: none stands.</summary>
    public TimeSpan? FencedUntil { get; private set; }

    /// <summary>A fence that can't be put up, and why; empty: it can.</summary>
    public string FenceTrouble { get; set; } = "";

    /// <summary>From the request to the process.</summary>
    public TimeSpan StartLatency { get; set; } = TimeSpan.FromMilliseconds(3);

    public TimeSpan RestartWait { get; set; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan StopLatency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What a launch does at once, where it isn't to run on: its exit code.</summary>
    public Func<UnitSpec, int?> Outcome { get; set; } = _ => null;

    /// <summary>What a check says, where it doesn't pass; null: it never ends, and its timeout says so.</summary>
    public Func<UnitSpec, (CheckOutcome Outcome, string Detail)?> Verdict { get; set; } = _ => (CheckOutcome.Passed, "");

    public TimeSpan CheckLatency { get; set; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Every check that began, with its command and when.</summary>
    public List<(string Command, TimeSpan At)> Checks { get; } = [];

    /// <summary>How many checks run, and the most that ever did.</summary>
    public (int Now, int Most) ChecksAtOnce { get; private set; }

    /// <summary>Work that is asked to end exits with 0, after which its policy starts nothing.</summary>
    public bool EndsWellWhenAsked { get; set; }

    /// <summary>Processes that were ended to be started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Every start there was.</summary>
    public List<UnitTag> Starts { get; } = [];

    public IEnumerable<UnitReport> Alive => _units.Values.Where(u => u.IsAlive);

    public UnitSpec? LastSpec { get; private set; }

    public void Submit(RuntimeRequest request)
    {
        var node = _node;
        switch (request)
        {
            case RuntimeList:
                world.At(TimeSpan.FromMilliseconds(1), () => node!.Post(new RuntimeInventory([.. _units.Values]) { FencedUntil = FencedUntil }));
                break;
            case RuntimeStart e:
                world.At(StartLatency, () => Begin(e.Spec));
                break;
            case RuntimeFence e:
                world.At(TimeSpan.FromMilliseconds(1), () => PutUpFence(e.Until));
                break;
            case RuntimeCheck e:
                Check(e);
                break;
            case RuntimeRestart e:
                world.At(StopLatency, () => Restart(e.Slot));
                break;
            case RuntimeStop e:
                world.At(StopLatency, () =>
                {
                    _units.Remove(e.Slot);
                    _fenced.Remove(e.Slot);
                    _node?.Post(new UnitGone(e.Slot));
                });
                break;
        }
    }

    public void EndAll()
    {
        _units.Clear();
        _fenced.Clear();
        FencedUntil = null;
    }

    private void PutUpFence(TimeSpan until)
    {
        if (FenceTrouble.Length > 0)
        {
            _node?.Post(new RuntimeFenced(until, FenceTrouble));
            return;
        }

        FencedUntil = until;
        world.At(until > world.Clock.Now ? until - world.Clock.Now : TimeSpan.Zero, DropFence);
        _node?.Post(new RuntimeFenced(until, until > world.Clock.Now ? "" : "its time is past"));
    }

    private void DropFence()
    {
        if (FencedUntil is not { } until || until > world.Clock.Now)
        {
            return;
        }

        FencedUntil = null;
        foreach (var slot in _fenced.ToList())
        {
            world.At(StopLatency, () =>
            {
                if (_fenced.Remove(slot) && _units.TryGetValue(slot, out var unit) && unit.IsAlive)
                {
                    _units[slot] = unit with { IsAlive = false, Pid = 0, Result = UnitResult.Killed, Status = 15, Detail = "the fence of exclusive work fell" };
                    _node?.Post(new UnitEnded(_units[slot]));
                }
            });
        }
    }

    /// <summary>Every process that runs exits with this code.</summary>
    public void EndAllWith(int code)
    {
        foreach (var report in Alive.ToList())
        {
            _units[report.Tag.Slot] = report with { IsAlive = false, Pid = 0, Result = UnitResult.ExitCode, Status = code };
            _node?.Post(new UnitEnded(_units[report.Tag.Slot]));
        }
    }

    /// <summary>Every process ends by itself, and the runtime starts what its policy says.</summary>
    public void CrashAll()
    {
        foreach (var report in Alive.ToList())
        {
            Restart(report.Tag.Slot);
        }
    }

    internal void Attach(SimNode node) => _node = node;

    internal void Detach() => _node = null;

    private void Check(RuntimeCheck request)
    {
        var (slot, node, verdict) = (request.Spec.Tag.Slot, _node, Verdict(request.Spec));
        Checks.Add((((ExecRun)request.Spec.Run).Command[0], world.Clock.Now));
        ChecksAtOnce = (ChecksAtOnce.Now + 1, Math.Max(ChecksAtOnce.Most, ChecksAtOnce.Now + 1));
        world.At(verdict is null ? request.Spec.RunTimeMax : CheckLatency, () =>
        {
            ChecksAtOnce = ChecksAtOnce with { Now = ChecksAtOnce.Now - 1 };
            var (outcome, detail) = verdict ?? (CheckOutcome.Failed, "it took longer than it may");
            node!.Post(_units.TryGetValue(slot, out var unit) && unit.Pid > 0 ? new UnitChecked(slot, request.Id, outcome, detail) : new UnitChecked(slot, request.Id, CheckOutcome.NotRun, ""));
        });
    }

    /// <summary>The process ends; another comes after the runtime's own wait, where its policy wants that.</summary>
    private void Restart(SlotId slot)
    {
        if (!_units.TryGetValue(slot, out var unit) || unit.Pid == 0)
        {
            return;
        }

        Restarts++;
        if (_policies[slot].Rule == RestartRule.Never || EndsWellWhenAsked)
        {
            _units[slot] = unit with { IsAlive = false, Pid = 0, Result = EndsWellWhenAsked ? UnitResult.Success : UnitResult.Killed };
            _node?.Post(new UnitEnded(_units[slot]));
            return;
        }

        _units[slot] = unit with { Pid = 0, Restarts = unit.Restarts + 1 };
        world.At(RestartWait, () =>
        {
            if (_units.TryGetValue(slot, out var waiting) && waiting is { IsAlive: true, Pid: 0 })
            {
                _units[slot] = waiting with { Pid = _nextPid++ };
                _node?.Post(new UnitStarted(_units[slot]));
            }
        });
    }

    private void Begin(UnitSpec spec)
    {
        if (_units.ContainsKey(spec.Tag.Slot))
        {
            _node?.Post(new UnitEnded(new UnitReport(spec.Tag, "", 0, false) { Result = UnitResult.StartFailed, Detail = "a unit of this slot is left" }));
            return;
        }

        if (spec.IsFenced && FencedUntil is null)
        {
            _node?.Post(new UnitEnded(new UnitReport(spec.Tag, "", 0, false) { Result = UnitResult.StartFailed, Detail = "no fence stands" }));
            return;
        }

        if (spec.IsFenced)
        {
            _fenced.Add(spec.Tag.Slot);
        }

        LastSpec = spec;
        Starts.Add(spec.Tag);
        _policies[spec.Tag.Slot] = spec.Restart;
        var report = new UnitReport(spec.Tag, $"edge-{spec.Tag.Slot.Workload}-{spec.Tag.Slot.Index}", _nextPid++, IsAlive: true);
        _units[spec.Tag.Slot] = report;
        _node?.Post(new UnitStarted(report));
        if (Outcome(spec) is { } code)
        {
            world.At(TimeSpan.FromMilliseconds(50), () =>
            {
                if (_units.TryGetValue(spec.Tag.Slot, out var unit) && unit.Pid == report.Pid)
                {
                    _units[spec.Tag.Slot] = report with { IsAlive = false, Pid = 0, Result = code == 0 ? UnitResult.Success : UnitResult.ExitCode, Status = code };
                    _node?.Post(new UnitEnded(_units[spec.Tag.Slot]));
                }
            });
        }
    }
}
