using CsCheck;
using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>What people are told is what the rules decide by.</summary>
public sealed class ObstacleProperties
{
    private static readonly Gen<Resources> Amount = Gen.Select(Gen.Long[0, 3], Gen.Long[0, 3], Gen.Long[0, 3], Gen.Long[0, 3]).Select((c, m, d, t) => new Resources(new(c), new(m), new(d), t));

    private static readonly Gen<DeviceShares> Devices = Gen.Int[0, 1000].Array[0, 3].Select(shares => DeviceShares.From(shares.Select((milli, i) => new DeviceShare("gpu", i, milli))));

    private static readonly Gen<Dictionary<string, string>> Labels = Gen.Select(Gen.Bool, Gen.Int[0, 1]).Select((has, value) => has ? new Dictionary<string, string> { ["zone"] = $"{value}" } : []);

    private static readonly Gen<Taint[]> Taints = Gen.Select(Gen.Int[0, 1], Gen.Enum<TaintEffect>()).Select((key, effect) => new Taint($"k{key}", "v", effect)).Array[0, 2];

    private static readonly Gen<WorkloadSpec> Specs = Gen.Select(Gen.Select(Amount, Gen.Int[0, 3].Select(i => ((int[])[0, 200, 1000, 2000])[i]), Labels), Gen.Select(Gen.Enum<PlacementPolicy>(), Gen.Enum<PartitionPolicy>(), Gen.Enum<WorkloadMode>()), Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 2]))
        .Select((what, kinds, wants) => new WorkloadSpec
        {
            Run = new ExecRun(["/bin/x"]),
            Resources = what.Item1,
            Devices = what.Item2 == 0 ? [] : [new("gpu", what.Item2)],
            Policy = kinds.Item1,
            Partition = kinds.Item2,
            Mode = kinds.Item3,
            Replicas = 4,
            Tolerations = wants.Item1 ? [new("k0", "", null)] : [],
            Prefers = wants.Item2 ? [new(3, new Dictionary<string, string> { ["zone"] = "0" })] : [],
            Requires = new()
            {
                Labels = what.Item3,
                Architectures = wants.Item3 == 0 ? ["amd64"] : [],
                Facts = wants.Item3 == 1 ? ["cores >= 2"] : [],
                Devices = wants.Item3 == 2 ? new Dictionary<string, int> { ["gpu"] = 1 } : new Dictionary<string, int>(),
            },
        });

    private static readonly Gen<Self> Nodes = Gen.Select(Gen.Select(Amount, Amount, Devices), Gen.Select(Labels, Taints, Gen.Bool), Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 3]))
        .Select((room, words, flags) => new Self
        {
            Architecture = words.Item3 ? "amd64" : "arm64",
            Capacity = Resources.Greater(room.Item1, room.Item2) with { Devices = DeviceShares.From(DeviceShares.WholeOnes("gpu", room.Item3.Shares.Count)) },
            Free = room.Item1 with { Devices = room.Item3 },
            Labels = words.Item1,
            Taints = words.Item2,
            Features = flags.Item1 ? ["run.exec/1"] : [],
            FenceLack = flags.Item2 ? "none" : "",
            StoreFailure = flags.Item3 == 0 ? "full" : "",
            IsCordoned = flags.Item3 == 1,
            Facts = Cores(flags.Item3),
        });

    [Fact]
    public void There_is_an_obstacle_exactly_where_the_filter_says_no_and_the_first_is_the_filter_s() => Gen.Select(Specs, Nodes).Sample((spec, node) =>
    {
        var intent = Intent(spec);
        var obstacles = Obstacles.Of(intent, node);
        return Filter.Check(intent, node).IsNone ? obstacles.Count == 0 : obstacles[0].Text == Filter.WhyNot(intent, node) && obstacles.All(o => o.Share is >= 1 and <= Obstacle.Whole && o.Text.Length > 0);
    });

    [Fact]
    public void The_parts_of_a_score_come_to_the_score() => Gen.Select(Specs, Nodes, Gen.Int[0, 12], Gen.Int[1, 4]).Sample((spec, node, here, present) =>
        Score.Sum(Score.PartsOf(spec, node, here, present)) == Score.Of(spec, node, here, present));

    private static FactSet Cores(int cores)
    {
        var facts = new FactSet();
        _ = FactName.TryParse("cores", out var name);
        facts.Set(name, FactValue.Read($"{cores}"));
        return facts;
    }

    private static Intent Intent(WorkloadSpec spec) => new()
    {
        Workload = WorkloadName.Parse("w"),
        Incarnation = default,
        Generation = 1,
        Digest = default,
        Signed = default,
        Features = ["run.exec/1"],
        Spec = spec,
    };
}
