using EdgeAgent.Core.Placement;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Processes that outlive their agent.</summary>
public sealed class SimRuntime(SimWorld world) : IRuntime
{
    private readonly SortedDictionary<SlotId, UnitReport> _units = [];
    private SimNode? _node;
    private int _nextPid = 100;

    public string Name => "process";

    public string Sandbox => "none";

    public IReadOnlyList<string> Features { get; set; } = ["run.exec/1", "run.unit/1"];

    /// <summary>From the request to the process.</summary>
    public TimeSpan StartLatency { get; set; } = TimeSpan.FromMilliseconds(3);

    public TimeSpan StopLatency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What a launch does at once, where it isn't to run on: its exit code.</summary>
    public Func<UnitSpec, int?> Outcome { get; set; } = _ => null;

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
                world.At(TimeSpan.FromMilliseconds(1), () => node!.Post(new RuntimeInventory([.. _units.Values])));
                break;
            case RuntimeStart e:
                world.At(StartLatency, () => Begin(e.Spec));
                break;
            case RuntimeStop e:
                world.At(StopLatency, () =>
                {
                    _units.Remove(e.Slot);
                    _node?.Post(new UnitGone(e.Slot));
                });
                break;
        }
    }

    public void EndAll() => _units.Clear();

    /// <summary>Every process that runs exits with this code.</summary>
    public void EndAllWith(int code)
    {
        foreach (var report in Alive.ToList())
        {
            _units[report.Tag.Slot] = report with { IsAlive = false, Pid = 0, Result = UnitResult.ExitCode, Status = code };
            _node?.Post(new UnitEnded(_units[report.Tag.Slot]));
        }
    }

    internal void Attach(SimNode node) => _node = node;

    internal void Detach() => _node = null;

    private void Begin(UnitSpec spec)
    {
        if (_units.ContainsKey(spec.Tag.Slot))
        {
            _node?.Post(new UnitEnded(new UnitReport(spec.Tag, "", 0, false) { Result = UnitResult.StartFailed, Detail = "a unit of this slot is left" }));
            return;
        }

        LastSpec = spec;
        Starts.Add(spec.Tag);
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
