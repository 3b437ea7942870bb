using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>Causes of being unplaceable: each is named, with its figures and with the node that comes nearest.</summary>
public sealed class ObstacleTests
{
    private const long Mi = 1 << 20;
    private static readonly WorkloadSpec Plain = new() { Run = new ExecRun(["/bin/x"]) };

    private static readonly Self Node = new()
    {
        Architecture = "amd64",
        Capacity = new(new(4000), new(1024 * Mi), new(2048 * Mi), 100) { Devices = DeviceShares.From(DeviceShares.WholeOnes("gpu", 2)) },
        Free = new(new(1000), new((310 * Mi) + 5), new(512 * Mi), 40) { Devices = DeviceShares.From([new("gpu", 0, 300), new("gpu", 1, 100)]) },
        Features = ["run.exec/1"],
        Labels = new Dictionary<string, string> { ["zone"] = "a" },
        Facts = Facts(("lsm", "apparmor"), ("sensor.cpu_temp", "85")),
    };

    /// <summary>Of each cause: what the work asks for, what the node says to it, what it lacks, and what share of what is needed that is.</summary>
    public static TheoryData<string, string, string, int> Causes => new()
    {
        { "cpu", "needs 1500m cpu, 1000m free", "500m cpu", 334 },
        { "memory", "needs 512Mi memory, 310Mi free", "202Mi memory", 395 },
        { "disk", "needs 1Gi disk, 512Mi free", "512Mi disk", 500 },
        { "tasks", "needs 50 tasks, 40 free", "10 tasks", 200 },
        { "deviceTaken share", "needs 500m of one gpu, the freest of 2 has 300m", "200m of one gpu", 400 },
        { "deviceTaken whole", "needs 2 whole gpu, 0 of 2 are wholly free", "2 whole gpu", 1000 },
        { "deviceMissing", "needs 3 gpu, this node has 2", "1 gpu", 334 },
        { "architecture", "needs architecture arm64 or riscv64, this is amd64", "architecture arm64 or riscv64", 1000 },
        { "label other", "needs label zone=b, here it is a", "label zone=b", 1000 },
        { "label unset", "needs label rack=7, not set here", "label rack=7", 1000 },
        { "fact", "sensor.cpu_temp is 85, needs < 80", "", 1000 },
        { "fact unknown", "battery is unknown on this node", "", 1000 },
        { "taint", "the taint dedicated=gpu:NoPlace is not tolerated", "", 1000 },
        { "feature", "needs the feature run.unit/1, which this agent or its runtime lacks", "feature run.unit/1", 1000 },
        { "noFence", "exclusive work can't be fenced here: nothing would end it", "a fence", 1000 },
        { "storeFailing", "its store can't be written: no space left on device", "", 1000 },
        { "cordoned", "the node is cordoned (edgectl uncordon lets work come again)", "", 1000 },
        { "draining", "the node is being drained (edgectl uncordon ends that)", "", 1000 },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void A_cause_is_named_with_its_figures_and_the_nearest_node(string cause, string text, string lacks, int share)
    {
        var (intent, node) = Of(cause);
        var obstacle = Assert.Single(Obstacles.Of(intent, node, isDraining: cause == "draining"));
        Assert.Equal(cause.Split(' ')[0], obstacle.Name);
        Assert.Equal((text, lacks, share), (obstacle.Text, obstacle.Lacks, obstacle.Share));

        // Of three nodes the one with this cause alone is nearer than those that have another besides, whatever their names are.
        var worse = node with { Taints = [.. node.Taints, new("other", "x", TaintEffect.NoPlace)] };
        var worst = worse with { Labels = new Dictionary<string, string>() };
        var found = new[] { ("a", worst), ("b", worse), ("c", node) }.Select(n => (Name: n.Item1, Obstacles: Obstacles.Of(intent, n.Item2, isDraining: cause == "draining")))
            .MinBy(n => Nearness.Of(NodeId.Parse(n.Name), n.Obstacles));
        Assert.Equal("c", found.Name);
        Assert.Equal(lacks.Length > 0 ? $"lacks {lacks}" : text, Obstacles.Phrase(found.Obstacles));
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public void The_filter_says_no_for_the_same_cause(string cause, string text, string lacks, int share)
    {
        var (intent, node) = Of(cause);
        Assert.False(Filter.Check(intent, node).IsNone);
        if (cause != "draining")
        {
            Assert.Equal(text, Filter.WhyNot(intent, node));
        }

        Assert.InRange(share, 1, Obstacle.Whole);
        Assert.NotEqual(text, lacks);
    }

    [Fact]
    public void Of_as_many_obstacles_the_smaller_lack_is_nearer_and_then_the_lesser_name()
    {
        var (intent, near) = Of("memory");
        var far = near with { Free = near.Free with { Memory = new(309 * Mi) } };
        Assert.True(Nearness.Of(NodeId.Parse("z"), Obstacles.Of(intent, near)) < Nearness.Of(NodeId.Parse("a"), Obstacles.Of(intent, far)));
        Assert.True(Nearness.Of(NodeId.Parse("a"), Obstacles.Of(intent, near)) < Nearness.Of(NodeId.Parse("z"), Obstacles.Of(intent, near)));
        Assert.True(Nearness.Of(NodeId.Parse("z"), []) < Nearness.Of(NodeId.Parse("a"), Obstacles.Of(intent, near)));
    }

    [Fact]
    public void All_that_keeps_it_off_is_said_and_not_the_first_alone()
    {
        var intent = Intent(Plain with { Resources = new(new(1500), new(512 * Mi), default, 0), Requires = new() { Labels = new Dictionary<string, string> { ["zone"] = "b" } } });
        var obstacles = Obstacles.Of(intent, Node with { IsCordoned = true });
        Assert.Equal("lacks label zone=b, 500m cpu and 202Mi memory; the node is cordoned (edgectl uncordon lets work come again)", Obstacles.Phrase(obstacles));
    }

    [Fact]
    public void A_slot_that_is_dealt_to_another_domain_says_to_which()
    {
        var spec = Plain with { Spread = new("zone", ["a", "b"]) { IsHard = true } };
        Assert.Null(Obstacles.OfDomain(new(WorkloadName.Parse("w"), 0), spec, Node.Labels));
        Assert.Equal(new(ObstacleKind.Domain, "w/1 belongs to zone=b, here it is a", "label zone=b", Obstacle.Whole), Obstacles.OfDomain(new(WorkloadName.Parse("w"), 1), spec, Node.Labels));
        Assert.Null(Obstacles.OfDomain(new(WorkloadName.Parse("w"), 1), spec with { Spread = spec.Spread with { IsHard = false } }, Node.Labels));
    }

    [Fact]
    public void Free_figures_below_nothing_lack_all_of_it()
    {
        // An operator made the node smaller under the work that runs.
        var obstacle = Assert.Single(Obstacles.Of(Of("memory").Intent, Node with { Free = Node.Free with { Memory = new(-5 * Mi) } }));
        Assert.Equal(("512Mi memory", Obstacle.Whole), (obstacle.Lacks, obstacle.Share));
    }

    private static (Intent Intent, Self Node) Of(string cause) => cause switch
    {
        "cpu" => (Intent(Plain with { Resources = new() { Cpu = new(1500) } }), Node),
        "memory" => (Intent(Plain with { Resources = new() { Memory = new(512 * Mi) } }), Node),
        "disk" => (Intent(Plain with { Resources = new() { Disk = new(1024 * Mi) } }), Node),
        "tasks" => (Intent(Plain with { Resources = new() { Tasks = 50 } }), Node),
        "deviceTaken share" => (Intent(Plain with { Devices = [new("gpu", 500)] }), Node),
        "deviceTaken whole" => (Intent(Plain with { Devices = [new("gpu", 2000)] }), Node),
        "deviceMissing" => (Intent(Plain with { Requires = new() { Devices = new Dictionary<string, int> { ["gpu"] = 3 } } }), Node),
        "architecture" => (Intent(Plain with { Requires = new() { Architectures = ["arm64", "riscv64"] } }), Node),
        "label other" => (Intent(Plain with { Requires = new() { Labels = new Dictionary<string, string> { ["zone"] = "b" } } }), Node),
        "label unset" => (Intent(Plain with { Requires = new() { Labels = new Dictionary<string, string> { ["rack"] = "7" } } }), Node),
        "fact" => (Intent(Plain with { Requires = new() { Facts = ["sensor.cpu_temp < 80"] } }), Node),
        "fact unknown" => (Intent(Plain with { Requires = new() { Facts = ["battery > 20"] } }), Node),
        "taint" => (Intent(Plain), Node with { Taints = [new("soft", "x", TaintEffect.PreferNoPlace), new("dedicated", "gpu", TaintEffect.NoPlace)] }),
        "feature" => (Intent(Plain) with { Features = ["run.exec/1", "run.unit/1"] }, Node),
        "noFence" => (Intent(Plain with { Partition = PartitionPolicy.Exclusive }), Node with { FenceLack = "nothing would end it" }),
        "storeFailing" => (Intent(Plain), Node with { StoreFailure = "no space left on device" }),
        "cordoned" or "draining" => (Intent(Plain), Node with { IsCordoned = true }),
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };

    private static Intent Intent(WorkloadSpec spec) => new()
    {
        Workload = WorkloadName.Parse("w"),
        Incarnation = default,
        Generation = 1,
        Digest = default,
        Signed = default,
        Spec = spec,
    };

    private static FactSet Facts(params (string Name, string Value)[] facts)
    {
        var set = new FactSet();
        foreach (var (name, value) in facts)
        {
            Assert.True(FactName.TryParse(name, out var fact));
            set.Set(fact, FactValue.Read(value));
        }

        return set;
    }
}
