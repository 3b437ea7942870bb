using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>What systemd hears of the agent.</summary>
public sealed class ServiceSupervisorTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(30);
    private static readonly AgentState Begun = new(IsReady: false, IsStopping: false, LinkState.Waiting, "not connected yet", 0, "");
    private static readonly AgentState Connected = new(IsReady: true, IsStopping: false, LinkState.Ready, "MQTT 5, mqtt://b:1883", 3, "");

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _heard = [];
    private readonly ServiceSupervisor _supervisor;

    public ServiceSupervisorTests() => _supervisor = new ServiceSupervisor(_heard.Add, Watchdog, _time);

    [Fact]
    public void It_is_ready_once_and_says_what_it_does()
    {
        _supervisor.Turned(Begun);
        _supervisor.Turned(Begun with { IsReady = true });
        _supervisor.Turned(Begun with { IsReady = true });

        Assert.Equal(
            ["\nSTATUS=Looking for the work of an earlier agent; 0 units of work run", "READY=1\nSTATUS=Not connected, and tries again (not connected yet); 0 units of work run"],
            _heard);
    }

    [Fact]
    public void Changes_are_told_at_most_once_a_second_and_the_last_of_them_is()
    {
        _supervisor.Turned(Connected);
        _supervisor.Turned(Connected with { Running = 4 });
        _supervisor.Turned(Connected with { Running = 5 });
        Assert.Single(_heard);
        Assert.Equal(TimeSpan.FromSeconds(1), _supervisor.SleepMax);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _supervisor.SleepMax);
        _supervisor.Turned(Connected with { Running = 5 });
        Assert.Equal("\nSTATUS=Connected (MQTT 5, mqtt://b:1883); 5 units of work run", _heard[1]);
        Assert.Equal(Watchdog / 3 - TimeSpan.FromSeconds(1), _supervisor.SleepMax);
    }

    [Fact]
    public void Turns_feed_the_watchdog_and_no_turn_does_not()
    {
        _supervisor.Turned(Connected);
        _time.Advance(Watchdog / 3);
        Assert.Equal(TimeSpan.Zero, _supervisor.SleepMax);
        Assert.DoesNotContain("WATCHDOG=1", _heard);

        _supervisor.Turned(Connected);
        _supervisor.Turned(Connected);
        Assert.Single(_heard, "WATCHDOG=1");
    }

    [Fact]
    public void A_status_stays_one_line()
    {
        _supervisor.Turned(Connected with { Broker = "refused:\nREADY=0\r\nFDSTORE=1", Trouble = "no key" });

        Assert.Equal(2, Assert.Single(_heard).Split('\n').Length);
        Assert.EndsWith("; no key", _heard[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_asked_nothing_is_told_and_nobody_wakes_up_for_it()
    {
        var supervisor = new ServiceSupervisor(null, null, _time);
        supervisor.Turned(Connected);
        Assert.Null(supervisor.SleepMax);
    }
}
