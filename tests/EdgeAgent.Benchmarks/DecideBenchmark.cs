using BenchmarkDotNet.Attributes;
using EdgeAgent.Core;
using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Benchmarks;

/// <summary>How long a node with 500 slots needs to say whether one more workload may run on it, and how well it fits.</summary>
public class DecideBenchmark
{
    public const double MicrosecondsMost = 50;

    private const int Slots = 500;
    private const int Devices = 8;
    private const string Kind = "gpu";

    private Intent _intent = null!;
    private Self _self;

    [Params(PlacementPolicy.Spread, PlacementPolicy.Pack, PlacementPolicy.Fragmentation)]
    public PlacementPolicy Policy { get; set; }

    /// <summary>How many different things the 500 ask for: usual, and the most that there can be of 500.</summary>
    [Params(20, Slots)]
    public int Kinds { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var facts = new FactSet();
        foreach (var (name, text) in new[] { ("device.gpu.model", "t4"), ("kernel.version", "6.1"), ("memory.total", "64Gi") })
        {
            if (FactName.TryParse(name, out var fact))
            {
                facts.Set(fact, FactValue.Read(text));
            }
        }

        var whole = new Resources(new(128_000), new(512L << 30), new(4L << 40), 100_000) { Devices = DeviceShares.From(DeviceShares.WholeOnes(Kind, Devices)) };
        var (demand, free) = (new Demand(), whole);
        _self = new Self
        {
            Architecture = "amd64",
            Capacity = whole,
            Free = whole,
            Facts = facts,
            Demand = demand,
            Labels = new Dictionary<string, string> { ["site"] = "north", ["rack"] = "7" },
            Taints = [new("dedicated", "gpu", TaintEffect.NoPlace)],
            Features = ["resources.devices/1", "placement.policy/1", "run.exec/1"],
        };
        for (var i = 0; i < Slots; i++)
        {
            var kind = i % Kinds;
            var spec = Spec(50, 64 + kind, kind % 4 == 0 ? 0 : kind % 4 == 1 ? 1000 * (1 + (kind % Devices)) : 100 + (kind % 9 * 100));
            demand.Add(spec, Filter.IsKind(spec, _self, out _));
            free -= spec.Resources;
        }

        // Each device is begun to another degree, so that each is tried.
        free -= new Resources(default, default, default, 0) { Devices = DeviceShares.From(Enumerable.Range(0, Devices).Select(i => new DeviceShare(Kind, i, 50 * (1 + i)))) };
        _self = _self with { Free = free };
        _intent = new Intent
        {
            Workload = WorkloadName.Parse("one-more"),
            Incarnation = default,
            Generation = 1,
            Digest = default,
            Signed = default,
            Spec = Spec(100, 64, 300) with { Policy = Policy },
            Features = ["resources.devices/1"],
        };
        if (!Filter.Check(_intent, _self).IsNone)
        {
            throw new InvalidOperationException($"what doesn't fit is never scored: {Filter.WhyNot(_intent, _self)}");
        }
    }

    [Benchmark]
    public int Decide() => Filter.Check(_intent, _self).IsNone ? Score.Of(_intent.Spec!, _self, 0, 100) : -1;

    private static WorkloadSpec Spec(long milliCpu, long mebibytes, int milliDevices) => new()
    {
        Run = new ExecRun(["/bin/x"]),
        Resources = new(new(milliCpu), new(mebibytes << 20), default, 10),
        Devices = milliDevices == 0 ? [] : [new(Kind, milliDevices)],
        Tolerations = [new("dedicated", "gpu", null)],
        Requires = new()
        {
            Labels = new Dictionary<string, string> { ["site"] = "north" },
            Facts = ["device.gpu.model in [\"t4\", \"a10\"]", "memory.total >= 32Gi"],
        },
    };
}
