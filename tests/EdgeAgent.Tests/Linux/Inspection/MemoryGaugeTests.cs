using EdgeAgent.Linux.Inspection;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.Inspection;

/// <summary>What the kernel says of who waits for memory, and what is made of it (docs/adr/0034).</summary>
public sealed class MemoryGaugeTests : IDisposable
{
    private readonly FakeMachine _machine = new();
    private readonly MemoryGauge _gauge = new(mayEvict: true);
    private TimeSpan _now = TimeSpan.FromHours(1);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void The_kernel_s_own_words_are_read()
    {
        _machine.Has("/proc/pressure/memory", "some avg10=12.50 avg60=3.00 avg300=1.00 total=1\nfull avg10=9.99 avg60=2.00 avg300=0.50 total=1\n");
        _machine.Has("/proc/meminfo", "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 140 kB\n");
        Assert.Equal(new MemoryReading(12.5, 9.99, 140 * 1024, 1000 * 1024), MemoryReading.Read(_machine.Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("full of nonsense\n\nsome avg10=\nsome avg10=x\n")]
    public void What_can_not_be_read_is_not_known(string text)
    {
        _machine.Has("/proc/pressure/memory", text);
        Assert.Equal((null, null), (MemoryReading.Read(_machine.Root).Some, MemoryReading.Read(_machine.Root).Full));
    }

    [Theory]
    [InlineData(90, 90, 16, PressureLevel.None)]
    [InlineData(9, 9, 6, PressureLevel.None)]
    [InlineData(1, 1, 1, PressureLevel.None)]
    [InlineData(2, 1, 5, PressureLevel.Some)]
    [InlineData(2, 2, 5, PressureLevel.Full)]
    [InlineData(10, 9, 15, PressureLevel.Some)]
    [InlineData(30, 10, 15, PressureLevel.Full)]
    [InlineData(null, null, 9, PressureLevel.None)]
    [InlineData(null, null, 8, PressureLevel.Some)]
    [InlineData(null, null, 4, PressureLevel.Full)]
    public void The_node_is_short_of_memory_where_work_waits_and_little_is_left(int? some, int? full, int left, PressureLevel level) =>
        Assert.Equal(level, _gauge.Take(new(some, full, left, 100), _now)?.Level ?? PressureLevel.None);

    [Fact]
    public void It_rises_at_once_and_falls_when_a_minute_was_quiet()
    {
        Assert.Equal(PressureLevel.Some, Level(20, 0));
        Assert.Equal(PressureLevel.Full, Level(50, 20));
        Assert.Equal(PressureLevel.Full, Level(0, 0));
        for (var quiet = 0; quiet < 10; quiet++)
        {
            Assert.Null(Level(0, 0));
        }

        Assert.Equal(PressureLevel.None, Level(0, 0));
        Assert.Null(Level(0, 0));
    }

    [Fact]
    public void Work_goes_one_every_ten_seconds_while_it_is_measured_and_not_for_the_minute_after()
    {
        Assert.Equal([true, false, true, false, true], Enumerable.Range(0, 5).Select(_ => Take(50, 20) is { IsToEvict: true }));
        Assert.DoesNotContain(Enumerable.Range(0, 14).Select(_ => Take(0, 0)), p => p is { IsToEvict: true });
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(null, true)]
    public void Nothing_goes_where_all_that_the_fleet_s_work_has_would_help_nobody(int? ofWork, bool goes) =>
        Assert.Equal((PressureLevel.Full, goes), _gauge.Take(new(90, 90, 1, 100) { OfWork = ofWork }, _now) is { } pressed ? (pressed.Level, pressed.IsToEvict) : default);

    [Fact]
    public void What_the_work_has_is_in_memory_or_swapped_out()
    {
        Assert.Null(MemoryReading.Read(_machine.Root).OfWork);
        _machine.Has("/sys/fs/cgroup/edge.slice/memory.current", "4096\n");
        Assert.Equal(4096, MemoryReading.Read(_machine.Root).OfWork);
        _machine.Has("/sys/fs/cgroup/edge.slice/memory.swap.current", "1024\n");
        Assert.Equal(5120, MemoryReading.Read(_machine.Root).OfWork);
    }

    [Fact]
    public void Who_says_so_keeps_his_work()
    {
        var gauge = new MemoryGauge(mayEvict: false);
        Assert.Equal((PressureLevel.Full, false), gauge.Take(new(90, 90, 1, 100), _now) is { } pressed ? (pressed.Level, pressed.IsToEvict) : default);
        Assert.Null(gauge.Take(new(90, 90, 1, 100), _now + TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void The_figures_are_said()
    {
        Assert.Equal("3 % of its memory is available, and of the last ten seconds some work waited for memory in 60 % and all of it in 21 %", _gauge.Take(new(60.4, 20.6, 3, 100), _now)!.Text);
        Assert.Equal("3 % of its memory is available (this kernel doesn't tell who waits for it: boot it with psi=1)", new MemoryGauge(true).Take(new(null, null, 3, 100), _now)!.Text);
    }

    [Fact]
    public void That_it_is_measured_no_more_is_said_before_the_level_falls_and_that_falls_by_one()
    {
        Assert.Equal((PressureLevel.Full, true), Take(50, 20) is { } full ? (full.Level, full.IsToEvict) : default);
        Assert.Equal((PressureLevel.Full, false), Take(50, 0) is { } less ? (less.Level, less.IsToEvict) : default);
        for (var more = 0; more < 10; more++)
        {
            Assert.Null(Take(more % 2 * 50, 0));
        }

        Assert.Equal(PressureLevel.Some, Level(0, 0));
    }

    private PressureLevel? Level(int some, int full) => Take(some, full)?.Level;

    /// <summary>Five seconds later.</summary>
    private MemoryPressed? Take(int some, int full) => _gauge.Take(new(some, full, 3, 100), _now += TimeSpan.FromSeconds(5));
}
