using EdgeAgent.Core.Fleet;
using EdgeAgent.Linux.Systemd;
using Xunit;

namespace EdgeAgent.Tests.Linux.Systemd;

public sealed class FenceTests
{
    private const string Store = "0123456789abcdef0123456789abcdef";
    private const ulong ManagerStart = 5_000_123;

    [Fact]
    public void The_names_have_no_dash_in_what_the_drop_in_takes_from_them()
    {
        var fence = NameOf("rack-7-left", Store);
        Assert.Equal("edge-lease@rack_7_left_01234567.target", fence.Lease);
        Assert.Equal("edge-fence@rack_7_left_01234567.target", fence.Fall);
        Assert.Equal(["edge-fence-rack_7_left_01234567@1.timer", "edge-fence-rack_7_left_01234567@2.timer"], fence.Timers);
    }

    [Fact]
    public void Two_agents_of_one_name_have_two_fences() =>
        Assert.NotEqual(NameOf("n1", Store).Lease, NameOf("n1", string.Concat(Store.Reverse())).Lease);

    [Fact]
    public void Exclusive_work_has_a_slice_within_that_of_all_work()
    {
        Assert.Equal("edge-exclusive.slice", Options("n-1", Store).ExclusiveSlice);
        Assert.Equal("edge-n_1-exclusive.slice", (Options("n-1", Store) with { IsManagerShared = true }).ExclusiveSlice);
    }

    [Fact]
    public void The_fence_falls_never_later_than_asked_and_less_than_a_millisecond_before()
    {
        for (var microseconds = 0; microseconds < 3_000; microseconds += 7)
        {
            var until = TimeSpan.FromMicroseconds(ManagerStart + 60_000_000 + (ulong)microseconds);
            var at = new FenceTime(until, ManagerStart);
            Assert.InRange(until.TotalMicroseconds - at.Microseconds, 0, 999);
            Assert.Equal(0UL, at.SinceStartMicroseconds % 1000);
            Assert.Equal(at.Microseconds, ManagerStart + at.SinceStartMicroseconds);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(5)]
    public void A_time_before_the_manager_began_is_past(int seconds) =>
        Assert.Equal(ManagerStart, new FenceTime(TimeSpan.FromSeconds(seconds), ManagerStart).Microseconds);

    [Fact]
    public void A_timer_stands_only_as_it_was_asked()
    {
        var at = new FenceTime(TimeSpan.FromSeconds(100), ManagerStart);
        var timer = new TimerSnapshot { IsWaiting = true, Starts = "edge-fence@n.target", ElapsesAtMicroseconds = at.Microseconds, AccuracyMicroseconds = 10_000 };
        Assert.Equal("", LackOf(timer));
        Assert.Equal(TimerSnapshot.DoesNotWait, LackOf(timer with { IsWaiting = false }));
        Assert.Contains("edge-fence-.timer.d", LackOf(timer with { Starts = "edge-fence-n@1.service" }), StringComparison.Ordinal);
        Assert.Contains("AccuracySec=", LackOf(timer with { AccuracyMicroseconds = 60_000_000 }), StringComparison.Ordinal);
        Assert.Contains("another time", LackOf(timer with { ElapsesAtMicroseconds = at.Microseconds + 1000 }), StringComparison.Ordinal);
        Assert.Contains("another time", LackOf(timer with { ElapsesAtMicroseconds = ulong.MaxValue }), StringComparison.Ordinal);

        string LackOf(TimerSnapshot t) => t.Lack("edge-fence@n.target", at);
    }

    private static FenceName NameOf(string node, string store) => Options(node, store).Fence;

    private static SystemdRuntimeOptions Options(string node, string store) => new(FleetId.Parse("default"), NodeId.Parse(node), store);
}
