using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol;
using Xunit;

namespace EdgeAgent.Tests.Placement;

public sealed class PreemptionRuleTests
{
    [Fact]
    public void What_fits_displaces_nobody() => Assert.True(Choose(100, cpu: 500, free: 500, Tenant("low", 0, 0, 900)).IsNone);

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    public void Work_of_the_same_or_a_higher_priority_never_goes(int priority) => Assert.True(Choose(100, cpu: 500, free: 0, Tenant("other", 0, priority, 900)).IsNone);

    [Fact]
    public void The_lowest_priority_goes_first_even_where_that_is_more_slots() =>
        Assert.Equal("low/0, low/1", $"{Choose(100, cpu: 600, free: 0, Tenant("mid", 0, 50, 900), Tenant("low", 0, 1, 300), Tenant("low", 1, 1, 300))}");

    [Fact]
    public void Nobody_more_important_goes_beside_where_the_unimportant_are_not_enough() =>
        Assert.Equal("mid/0", $"{Choose(100, cpu: 900, free: 0, Tenant("mid", 0, 50, 900), Tenant("low", 0, 1, 300), Tenant("low", 1, 1, 300))}");

    [Fact]
    public void Of_one_priority_one_slot_goes_rather_than_two() =>
        Assert.Equal("b/0", $"{Choose(100, cpu: 500, free: 100, Tenant("a", 0, 5, 200), Tenant("a", 1, 5, 200), Tenant("b", 0, 5, 400))}");

    [Fact]
    public void Of_equal_ones_the_youngest_goes_and_then_the_first_by_name()
    {
        Assert.Equal("b/0", $"{Choose(100, cpu: 400, free: 0, Tenant("a", 0, 5, 400, age: 60), Tenant("b", 0, 5, 400, age: 10))}");
        Assert.Equal("a/3", $"{Choose(100, cpu: 400, free: 0, Tenant("b", 0, 5, 400), Tenant("a", 3, 5, 400))}");
    }

    [Fact]
    public void Where_several_go_nobody_goes_in_vain_and_the_large_ones_make_them_few() =>
        Assert.Equal("a/0, a/1", $"{Choose(100, cpu: 1000, free: 100, Tenant("a", 0, 5, 500), Tenant("a", 1, 5, 450), Tenant("a", 2, 5, 100), Tenant("a", 3, 5, 100), Tenant("a", 4, 5, 100))}");

    [Fact]
    public void No_more_slots_of_a_workload_go_than_may_be_down()
    {
        Assert.True(Choose(100, cpu: 600, free: 0, Tenant("a", 0, 5, 300, permits: 1), Tenant("a", 1, 5, 300, permits: 1)).IsNone);
        Assert.Equal("a/0, b/0", $"{Choose(100, cpu: 600, free: 0, Tenant("a", 0, 5, 300, permits: 1), Tenant("a", 1, 5, 300, permits: 1), Tenant("b", 0, 5, 300, permits: 1))}");
        Assert.True(Choose(100, cpu: 300, free: 0, Tenant("a", 0, 5, 300, permits: 0)).IsNone);

        // What serves nobody needs no permit.
        Assert.Equal("a/0, a/1", $"{Choose(100, cpu: 600, free: 0, Tenant("a", 0, 5, 300, permits: null), Tenant("a", 1, 5, 300, permits: null))}");
    }

    [Fact]
    public void A_device_comes_free_with_the_slot_that_has_it()
    {
        var free = new Resources(new(4000), new(1L << 30), default, 0);
        var gpu = DeviceShares.From(DeviceShares.WholeOnes("gpu", 1));
        var asks = new WorkloadSpec { Run = new ExecRun(["/bin/x"]), Priority = 100, Devices = [new("gpu", 1000)] };
        Tenant[] tenants = [Tenant("a", 0, 5, 900), new(Slot("b", 0), 5, new Resources(new(100), default, default, 0) { Devices = gpu }, TimeSpan.FromSeconds(9), 1)];
        Assert.Equal("b/0", $"{Preemption.Choose(asks, free, tenants)}");
    }

    /// <summary>Many states: what is chosen makes room, is lower, and not one of it is in vain.</summary>
    [Fact]
    public void Whatever_is_there_the_victims_make_room_and_none_is_needless()
    {
        var chance = new Random(7);
        var found = 0;
        for (var i = 0; i < 3000; i++)
        {
            List<Tenant> tenants = [.. Enumerable.Range(0, chance.Next(1, 12)).Select(n => Tenant($"w{n % 4}", n, (n % 4) * 10, chance.Next(1, 10) * 50, chance.Next(100), chance.Next(4) == 0 ? null : chance.Next(3)))];
            var (asked, free) = (chance.Next(1, 20) * 50, chance.Next(0, 4) * 50);
            var spec = Spec(chance.Next(0, 50), asked);
            var victims = Preemption.Choose(spec, Room(free), tenants);
            List<Tenant> gone = [.. tenants.Where(t => victims.Contains(t.Slot))];
            if (victims.IsNone)
            {
                continue;
            }

            found++;
            Assert.True(free + gone.Sum(t => t.Held.Cpu.Value) >= asked);
            Assert.All(gone, t => Assert.True(t.Priority < spec.Priority && free + gone.Sum(g => g.Held.Cpu.Value) - t.Held.Cpu.Value < asked));
            Assert.All(gone.Where(t => t.Permits is not null).GroupBy(t => t.Slot.Workload), g => Assert.True(g.Count() <= g.Max(t => t.Permits)));
            tenants.Reverse();
            Assert.Equal(victims, Preemption.Choose(spec, Room(free), tenants));
        }

        Assert.True(found > 500, $"{found} sets");
    }

    [Fact]
    public void Less_harm_scores_more_and_the_most_of_it_less_than_any_node_with_room()
    {
        Assert.True(Preemption.Score(10, 1) > Preemption.Score(10, 2));
        Assert.True(Preemption.Score(10, Preemption.VictimsMax) > Preemption.Score(11, 1));
        Assert.InRange(Preemption.Score(WorkloadLimits.PriorityMin, 1), 1, Preemption.ScoreMax);
        Assert.InRange(Preemption.Score(WorkloadLimits.PriorityMax - 1, Preemption.VictimsMax), 1, Preemption.ScoreMax);
        Assert.True(Preemption.ScoreMax < ProtocolLimits.ScoreMax);
    }

    private static SlotSet Choose(int priority, int cpu, int free, params Tenant[] tenants) => Preemption.Choose(Spec(priority, cpu), Room(free), tenants);

    private static WorkloadSpec Spec(int priority, int cpu) => new() { Run = new ExecRun(["/bin/x"]), Priority = priority, Resources = new Resources(new(cpu), default, default, 0) };

    private static Resources Room(int cpu) => new(new(cpu), default, default, 0);

    private static Tenant Tenant(string workload, int index, int priority, int cpu, int age = 10, int? permits = 9) =>
        new(Slot(workload, index), priority, Room(cpu), TimeSpan.FromSeconds(age), permits);

    private static SlotId Slot(string workload, int index) => new(WorkloadName.Parse(workload), index);
}
