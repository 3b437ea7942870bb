using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Processes that outlive their agent.</summary>
public sealed partial class SimRuntime(SimWorld world) : IRuntime
{
    private readonly SortedDictionary<SlotId, UnitReport> _units = [];
    private readonly Dictionary<SlotId, UnitSpec> _specs = [];
    private readonly List<Action> _frozen = [];
    private bool _isFrozen;
    private SimNode? _node;
    private SimNode? _machine;
    private int _nextPid = 100;

    public string Name => "process";

    public string Sandbox => "none";

    public IReadOnlyList<string> Features { get; set; } = ["run.exec/1", "run.unit/1"];

    public string FenceLack { get; set; } = "";

    /// <summary>From the request to the process.</summary>
    public TimeSpan StartLatency { get; set; } = TimeSpan.FromMilliseconds(3);

    public TimeSpan RestartWait { get; set; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan StopLatency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Above zero work doesn't end when it is asked to: only SIGKILL ends it, after its stop timeout.</summary>
    public int Hangs { get; set; }

    /// <summary>Of thousand starts so many are refused.</summary>
    public int Refuses { get; set; }

    /// <summary>Of thousand reports that a process has begun so many never come.</summary>
    public int LosesReports { get; set; }

    /// <summary>What a launch does, where it isn't to run on: its exit code, after <see cref="Lasts"/>.</summary>
    public Func<UnitSpec, int?> Outcome { get; set; } = _ => null;

    public Func<UnitSpec, TimeSpan> Lasts { get; set; } = _ => TimeSpan.FromMilliseconds(50);

    /// <summary>What a check says, where it doesn't pass; null: it never ends, and its timeout says so.</summary>
    public Func<UnitSpec, (CheckOutcome Outcome, string Detail)?> Verdict { get; set; } = _ => (CheckOutcome.Passed, "");

    public TimeSpan CheckLatency { get; set; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Every check that began, with its command and when, as long as they are kept.</summary>
    public List<(string Command, TimeSpan At)> Checks { get; } = [];

    /// <summary>How many checks run, and the most that ever did.</summary>
    public (int Now, int Most) ChecksAtOnce { get; private set; }

    /// <summary>Work that is asked to end exits with 0, after which its policy starts nothing.</summary>
    public bool EndsWellWhenAsked { get; set; }

    /// <summary>So long after each start a process of this work ends by itself; null: never.</summary>
    public Func<UnitSpec, TimeSpan?> CrashesAfter { get; set; } = _ => null;

    /// <summary>Processes that were ended to be started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Every start there was.</summary>
    public List<UnitSpec> Starts { get; } = [];

    public IEnumerable<UnitReport> Alive => _units.Values.Where(u => u.IsAlive);

    public UnitReport? UnitOf(SlotId slot) => _units.GetValueOrDefault(slot);

    /// <summary>With what a slot's unit was started.</summary>
    public UnitSpec SpecOf(SlotId slot) => _specs[slot];

    public UnitSpec? LastSpec { get; private set; }

    /// <summary>Units can be given other limits while they run.</summary>
    public bool CanLimit { get; set; } = true;

    /// <summary>How often a unit was given other limits while it ran.</summary>
    public int Limits { get; private set; }

    public void Submit(RuntimeRequest request)
    {
        var node = _node;
        switch (request)
        {
            case RuntimeList:
                Later(TimeSpan.FromMilliseconds(1), () => node!.Post(new RuntimeInventory([.. _units.Values]) { FencedUntil = FencedUntil }));
                break;
            case RuntimeStart e:
                Later(StartLatency, () => Begin(e.Spec));
                break;
            case RuntimeFence e:
                Later(TimeSpan.FromMilliseconds(1), () => PutUpFence(e.Until));
                break;
            case RuntimeCheck e:
                Check(e);
                break;
            case RuntimeLimit e:
                Later(TimeSpan.FromMilliseconds(1), () => Limit(e));
                break;
            case RuntimeRestart e:
                Later(Patience(e.Rule), () => Restart(e.Slot));
                break;
            case RuntimeStop e:
                Later(_units.ContainsKey(e.Slot) ? Patience(e.Rule) : StopLatency, () =>
                {
                    Remove(e.Slot);
                    _node?.Post(new UnitGone(e.Slot));
                });
                break;
        }
    }

    /// <summary>The same programs as another machine has.</summary>
    public void BehavesLike(SimRuntime other) => (Features, Outcome, Lasts, Verdict, CrashesAfter) = (other.Features, other.Outcome, other.Lasts, other.Verdict, other.CrashesAfter);

    /// <summary>The power went.</summary>
    public void EndAll()
    {
        foreach (var slot in _units.Keys.ToList())
        {
            Remove(slot);
        }

        _frozen.Clear();
        (FencedUntil, _isFrozen) = (null, false);
    }

    /// <summary>Every process that runs exits with this code.</summary>
    public void EndAllWith(int code)
    {
        foreach (var report in Alive.ToList())
        {
            End(report.Tag.Slot, UnitResult.ExitCode, code, "");
        }
    }

    /// <summary>The kernel denies it something.</summary>
    public void Denies(SlotId slot, Denial denial) => _node?.Post(new UnitDenied(slot, denial));

    /// <summary>Every process ends by itself, and the runtime starts what its policy says.</summary>
    public void CrashAll()
    {
        foreach (var report in Alive.ToList())
        {
            Restart(report.Tag.Slot);
        }
    }

    /// <summary>The machine goes to sleep: what is fenced is ended before, everything else stands still.</summary>
    internal void Freeze()
    {
        foreach (var unit in Alive.Where(u => _specs[u.Tag.Slot].IsFenced).ToList())
        {
            End(unit.Tag.Slot, UnitResult.Killed, 15, "the machine goes to sleep");
        }

        _isFrozen = true;
        if (FencedUntil is { } until)
        {
            // As the target of the lease, which conflicts with the machine's sleep.
            FencedUntil = null;
            _node?.Post(new RuntimeFenced(until, "the machine goes to sleep"));
        }
    }

    internal void Thaw()
    {
        _isFrozen = false;
        var waiting = _frozen.ToList();
        _frozen.Clear();
        waiting.ForEach(w => w());
    }

    internal void Attach(SimNode node) => (_node, _machine) = (node, node);

    internal void Detach() => _node = null;

    private void Later(TimeSpan delay, Action what) => world.At(delay, () =>
    {
        if (_isFrozen)
        {
            _frozen.Add(what);
        }
        else
        {
            what();
        }
    });

    private TimeSpan Patience(StopRule rule) => Hangs > 0 ? rule.Timeout : StopLatency;

    private void Check(RuntimeCheck request)
    {
        var (slot, node, verdict) = (request.Spec.Tag.Slot, _node, Verdict(request.Spec));
        Checks.Add((((ExecRun)request.Spec.Run).Command[0], world.Clock.Now));
        ChecksAtOnce = (ChecksAtOnce.Now + 1, Math.Max(ChecksAtOnce.Most, ChecksAtOnce.Now + 1));
        Later(verdict is null ? request.Spec.RunTimeMax : CheckLatency, () =>
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
        if (_specs[slot].Restart.Rule == RestartRule.Never || EndsWellWhenAsked)
        {
            End(slot, EndsWellWhenAsked ? UnitResult.Success : UnitResult.Killed, 0, "");
            return;
        }

        _units[slot] = unit with { Pid = 0, Restarts = unit.Restarts + 1 };
        Later(RestartWait, () =>
        {
            if (_units.TryGetValue(slot, out var waiting) && waiting is { IsAlive: true, Pid: 0 })
            {
                _units[slot] = waiting with { Pid = _nextPid++ };
                Report(new UnitStarted(_units[slot]));
                CrashLater(slot);
            }
        });
    }

    private void Limit(RuntimeLimit request)
    {
        if (_units.TryGetValue(request.Slot, out var unit) && unit.IsAlive && CanLimit && !world.Chance.Chance(Refuses))
        {
            _specs[request.Slot] = _specs[request.Slot] with { Resources = request.Resources };
            Limits++;
            _node?.Post(new UnitLimited(request.Slot, request.Generation));
        }
        else
        {
            _node?.Post(new UnitLimited(request.Slot, request.Generation, "it has no process, or can't be limited now"));
        }
    }

    private void Begin(UnitSpec spec)
    {
        var slot = spec.Tag.Slot;
        var hindrance = _units.ContainsKey(slot) ? "a unit of this slot is left"
            : spec.IsFenced && FencedUntil is null ? "no fence stands"
            : world.Chance.Chance(Refuses) ? "no such program"
            : "";
        if (hindrance.Length > 0)
        {
            _node?.Post(new UnitEnded(new UnitReport(spec.Tag, "", 0, false) { Result = UnitResult.StartFailed, Detail = hindrance }));
            return;
        }

        LastSpec = spec;
        Starts.Add(spec);
        _specs[slot] = spec;
        var report = new UnitReport(spec.Tag, $"edge-{slot.Workload}-{slot.Index}", _nextPid++, IsAlive: true);
        _units[slot] = report;
        world.Trace.Add(_machine!.Name, $"BEGIN {slot} epoch {spec.Tag.Epoch} generation {spec.Tag.Generation}");
        world.Watcher?.Began(_machine!, spec);
        Report(new UnitStarted(report));
        CrashLater(slot);
        if (Outcome(spec) is { } code)
        {
            Later(Lasts(spec), () =>
            {
                if (_units.TryGetValue(slot, out var unit) && unit.Pid == report.Pid)
                {
                    End(slot, code == 0 ? UnitResult.Success : UnitResult.ExitCode, code, "");
                }
            });
        }
    }

    private void CrashLater(SlotId slot)
    {
        if (CrashesAfter(_specs[slot]) is { } after)
        {
            var pid = _units[slot].Pid;
            Later(after, () =>
            {
                if (_units.TryGetValue(slot, out var unit) && unit.Pid == pid)
                {
                    Restart(slot);
                }
            });
        }
    }

    private void Report(UnitStarted started)
    {
        if (world.Chance.Chance(LosesReports))
        {
            _machine!.Count("start reports lost");
            return;
        }

        _node?.Post(started);
    }

    private void End(SlotId slot, UnitResult result, int status, string detail)
    {
        var isNews = _units[slot].IsAlive;
        _units[slot] = _units[slot] with { IsAlive = false, Pid = 0, Result = result, Status = status, Detail = detail };
        if (isNews)
        {
            world.Trace.Add(_machine!.Name, $"END {slot} {result}");
            world.Watcher?.Ended(_machine!, slot, result == UnitResult.Success);
        }

        _node?.Post(new UnitEnded(_units[slot]));
    }

    private void Remove(SlotId slot)
    {
        if (_units.Remove(slot, out var unit) && unit.IsAlive)
        {
            world.Trace.Add(_machine!.Name, $"END {slot}");
            world.Watcher?.Ended(_machine!, slot, hasSucceeded: false);
        }
    }
}
