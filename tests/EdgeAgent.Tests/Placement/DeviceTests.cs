using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

public sealed class DeviceTests
{
    private static readonly DeviceShares Two = DeviceShares.From(DeviceShares.WholeOnes("gpu", 2));

    [Fact]
    public void A_share_lies_on_one_device_and_the_fullest_that_bears_it()
    {
        var free = Two - Shares(("gpu", 0, 700));
        Assert.Equal(Shares(("gpu", 0, 300)), DeviceRoom.Choose([new("gpu", 300)], free));
        Assert.Equal(Shares(("gpu", 1, 400)), DeviceRoom.Choose([new("gpu", 400)], free));
        Assert.True(DeviceRoom.Choose([new("gpu", 400)], free - Shares(("gpu", 1, 700))).IsNone);
    }

    [Fact]
    public void Several_devices_are_whole_ones()
    {
        Assert.Equal(Two, DeviceRoom.Choose([new("gpu", 2000)], Two));
        Assert.False(DeviceRoom.Fits([new("gpu", 2000)], Two - Shares(("gpu", 1, 1))));
    }

    [Fact]
    public void What_it_had_it_keeps_while_that_is_what_is_asked_for()
    {
        var had = Shares(("gpu", 1, 300));
        Assert.Equal(had, DeviceRoom.Choose([new("gpu", 300)], Two - Shares(("gpu", 0, 500)), had));
        Assert.Equal(Shares(("gpu", 0, 400)), DeviceRoom.Choose([new("gpu", 400)], Two - Shares(("gpu", 0, 500)), had));
    }

    [Fact]
    public void The_filter_says_no_with_the_figures()
    {
        Assert.Equal("needs 500m of one gpu, the freest of 2 has 300m", WhyNot(new("gpu", 500), Two - Shares(("gpu", 0, 700), ("gpu", 1, 1000))));
        Assert.Equal("needs 2 whole gpu, 1 of 2 are wholly free", WhyNot(new("gpu", 2000), Two - Shares(("gpu", 0, 700))));
        Assert.Equal("needs 1 of npu, this node has no npu", WhyNot(new("npu", 1000), Two));
        Assert.Equal("", WhyNot(new("gpu", 300), Two - Shares(("gpu", 0, 700), ("gpu", 1, 1000))));
    }

    [Fact]
    public void Devices_may_be_required_and_not_taken()
    {
        var intent = Intent([]) with { Spec = new() { Run = new ExecRun(["/bin/x"]), Requires = new() { Devices = new Dictionary<string, int> { ["gpu"] = 3 } } } };
        Assert.Equal("needs 3 gpu, this node has 2", Filter.WhyNot(intent, Node(default)));
    }

    [Fact]
    public void Sums_and_differences_are_the_same_in_any_order_and_nothing_is_left_of_nothing()
    {
        var (a, b) = (Shares(("gpu", 0, 300), ("npu", 1, 1000)), Shares(("gpu", 0, 200), ("gpu", 4, 500)));
        Assert.Equal(a + b, b + a);
        Assert.Equal(a, a + b - b);
        Assert.True((a - a).IsNone);
        Assert.Equal(Shares(("gpu", 0, 300), ("gpu", 4, 500), ("npu", 1, 1000)), DeviceShares.Greater(a, b));
        Assert.Equal("gpu 0 (300m); npu 1", a.ToString());
        Assert.Equal("0,4", b.Numbers("gpu"));
    }

    [Fact]
    public void Leftovers_that_nobody_can_use_score_less()
    {
        var demand = new Demand();
        demand.Add(Spec(new DeviceRequest("gpu", 1000)), isHere: true);
        demand.Add(Spec(new DeviceRequest("gpu", 300)), isHere: true);
        var begun = Node(Two - Shares(("gpu", 0, 700))) with { Demand = demand };
        var whole = Node(Two) with { Demand = demand };
        var share = Spec(new DeviceRequest("gpu", 300));
        Assert.True(Score.Of(share, begun, 0, 2) > Score.Of(share, whole, 0, 2));
        Assert.Equal(0, Fragmentation.BestDevice(share, begun, share.Devices[0]));
    }

    [Fact]
    public void Demand_is_the_same_in_whatever_order_it_came_and_goes()
    {
        var (a, b) = (Spec(new DeviceRequest("gpu", 300)), Spec(new DeviceRequest("gpu", 2000)));
        var (one, other) = (new Demand(), new Demand());
        one.Add(a, isHere: true);
        one.Add(b, isHere: false);
        one.Add(a, isHere: true);
        other.Add(b, isHere: false);
        other.Add(b, isHere: true);
        other.Add(a, isHere: true);
        other.Add(a, isHere: true);
        other.Remove(b, isHere: true);
        Assert.Equal(one.Kinds.Select(k => (k.Devices[0], k.IsHere, k.Count)), other.Kinds.Select(k => (k.Devices[0], k.IsHere, k.Count)));
    }

    [Fact]
    public void Filter_and_score_allocate_nothing()
    {
        var demand = new Demand();
        for (var i = 1; i <= 200; i++)
        {
            demand.Add(Spec(new DeviceRequest("gpu", i)), isHere: true);
        }

        var node = Node(Two - Shares(("gpu", 0, 700))) with { Demand = demand, Labels = new Dictionary<string, string> { ["a"] = "b" }, Taints = [new Taint("k", "v", TaintEffect.NoPlace)] };
        var intent = Intent([new("gpu", 300)]);
        intent = intent with
        {
            Features = ["run.exec/1"],
            Spec = intent.Spec! with { Requires = new() { Labels = new Dictionary<string, string> { ["a"] = "b" }, Facts = ["cores >= 2"] }, Tolerations = [new("k", "", null)], Prefers = [new(1, new Dictionary<string, string> { ["a"] = "b" })] },
        };
        var facts = new FactSet();
        Assert.True(FactName.TryParse("cores", out var cores));
        facts.Set(cores, FactValue.Read("4"));
        node = node with { Facts = facts, Features = ["run.exec/1"] };
        Assert.Equal("", Filter.WhyNot(intent, node));
        Decide(intent, node);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Decide(intent, node);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Decide(Intent intent, in Self node)
    {
        for (var i = 0; i < 100; i++)
        {
            _ = Filter.Check(intent, node).IsNone && Score.Of(intent.Spec!, node, 0, 10) > 0;
        }
    }

    private static string WhyNot(DeviceRequest request, DeviceShares free) => Filter.WhyNot(Intent([request]), Node(free));

    private static WorkloadSpec Spec(params DeviceRequest[] devices) => new() { Run = new ExecRun(["/bin/x"]), Policy = PlacementPolicy.Fragmentation, Devices = devices };

    private static Intent Intent(DeviceRequest[] devices) => new()
    {
        Workload = WorkloadName.Parse("w"),
        Incarnation = default,
        Generation = 1,
        Digest = default,
        Signed = default,
        Spec = Spec(devices),
    };

    private static Self Node(DeviceShares free) => new()
    {
        Architecture = "amd64",
        Capacity = Amount(Two),
        Free = Amount(free),
        Facts = new FactSet(),
    };

    private static Resources Amount(DeviceShares devices) => new(new(4000), new(1L << 30), new(1L << 30), 100) { Devices = devices };

    private static DeviceShares Shares(params (string Kind, int Index, int Milli)[] shares) => DeviceShares.From(shares.Select(s => new DeviceShare(s.Kind, s.Index, s.Milli)));
}
