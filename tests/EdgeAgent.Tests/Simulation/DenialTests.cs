using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>What is told of what the kernel denies work (docs/spec/security.md), and what bounds it.</summary>
public sealed class DenialTests : IDisposable
{
    private readonly Cell _cell = new(1, nodes: 1);

    public void Dispose() => _cell.Dispose();

    [Fact]
    public void Each_act_on_each_object_is_told_once_an_hour_also_two_in_one_moment()
    {
        Deny("web", DeniedAct.Read, "/etc/a");
        Deny("web", DeniedAct.Read, "/etc/b");
        Deny("web", DeniedAct.Write, "/etc/a");
        Deny("web", DeniedAct.Read, "/etc/a");
        Deny("other", DeniedAct.Read, "/etc/a");
        Assert.Equal(4, Told().Count);
        Assert.Contains("AppArmor has denied cat: read /etc/b", Told()[1], StringComparison.Ordinal);
        _cell.Run(59 * 60);
        Deny("web", DeniedAct.Read, "/etc/a");
        Assert.Equal(4, Told().Count);
        _cell.Run(3 * 60);
        Deny("web", DeniedAct.Read, "/etc/a");
        Assert.Equal(5, Told().Count);
    }

    [Fact]
    public void What_was_allowed_all_the_same_says_so_and_is_another()
    {
        Deny("web", DeniedAct.Execute, "/usr/bin/id");
        _cell["node-1"].Runtime.Denies(Slot("web"), new Denial(DeniedAct.Execute, "/usr/bin/id", "sh", IsAllowed: true));
        _cell.Run(1);
        Assert.Contains("its profile would deny sh: execute /usr/bin/id (it complains only)", Told()[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_workload_that_tries_everything_is_told_of_128_times_and_hides_no_other()
    {
        for (var i = 0; i < 500; i++)
        {
            _cell["node-1"].Runtime.Denies(Slot("web"), new Denial(DeniedAct.Read, $"/proc/{i}", "cat", IsAllowed: false));
        }

        _cell.Run(1);
        Assert.Equal(128, Told().Count);
        Deny("other", DeniedAct.Read, "/etc/a");
        Assert.Equal(129, Told().Count);
    }

    private static SlotId Slot(string workload) => new(WorkloadName.Parse(workload), 0);

    private void Deny(string workload, DeniedAct act, string what)
    {
        _cell["node-1"].Runtime.Denies(Slot(workload), new Denial(act, what, "cat", IsAllowed: false));
        _cell.Run(1);
    }

    private List<string> Told() => [.. _cell["node-1"].Log.Where(l => l.Contains("Denied", StringComparison.Ordinal))];
}
