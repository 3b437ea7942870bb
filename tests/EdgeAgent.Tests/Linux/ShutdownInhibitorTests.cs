using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>When a shutdown is held off, and that nothing is done for it at rest.</summary>
public sealed class ShutdownInhibitorTests : ISupervisor, IDisposable
{
    private static readonly AgentState Quiet = new(IsReady: true, IsStopping: false, LinkState.Ready, "", 3, "");

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _taken = [];
    private readonly List<string> _told = [];
    private readonly ShutdownInhibitor _inhibitor;
    private string? _hindrance;
    private int _held;
    private int _turns;

    public ShutdownInhibitorTests() => _inhibitor = new ShutdownInhibitor(this, Take, _time, _told.Add);

    [Fact]
    public void A_change_that_lasts_takes_one_lock_and_its_end_lets_go()
    {
        Turn("work is being stopped: hello/0");
        Assert.Empty(_taken);
        Pass();
        Assert.Equal("work is being stopped: hello/0", Assert.Single(_taken));
        Turn("work is being stopped: hello/0, hello/1");
        Pass();
        Turn("");
        Assert.Equal(1, _held);
        Pass();
        Assert.Equal(0, _held);
        Assert.Single(_taken);
        Assert.Equal(3, _turns);
    }

    [Fact]
    public void Short_changes_take_none_and_those_close_together_share_one()
    {
        Turn("a");
        Turn("");
        Pass();
        Assert.Empty(_taken);

        Turn("b");
        Pass();
        Turn("");
        Turn("c");
        Pass();
        Assert.Equal((1, 1), (_taken.Count, _held));
    }

    [Fact]
    public void Where_none_can_be_had_it_is_told_once_and_tried_again_later()
    {
        _hindrance = "no logind here";
        Turn("a");
        Pass();
        Turn("b");
        Pass();
        Assert.Equal((1, "no logind here"), (_taken.Count, Assert.Single(_told)));
        _time.Advance(ShutdownInhibitor.TryAgainAfter);
        Turn("c");
        Pass();
        Assert.Equal((2, 1), (_taken.Count, _told.Count));
    }

    [Fact]
    public void The_agent_s_end_lets_go_at_once()
    {
        Turn("a");
        Pass();
        _inhibitor.Dispose();
        Assert.Equal(0, _held);
        Turn("b");
        Pass();
        Assert.Single(_taken);
    }

    [Fact]
    public void Turns_at_rest_allocate_nothing()
    {
        var state = Quiet with { Changing = "" };
        _inhibitor.Turned(state);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _inhibitor.Turned(state);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    void ISupervisor.Turned(in AgentState state) => _turns++;

    public void Dispose() => _inhibitor.Dispose();

    private void Turn(string changing) => _inhibitor.Turned(Quiet with { Changing = changing });

    private void Pass() => _time.Advance(ShutdownInhibitor.HoldOff);

    private Lock Take(string why)
    {
        _taken.Add(why);
        if (_hindrance is not null)
        {
            throw new IOException(_hindrance);
        }

        _held++;
        return new Lock(this);
    }

    private sealed class Lock(ShutdownInhibitorTests test) : IDisposable
    {
        public void Dispose() => test._held--;
    }
}
