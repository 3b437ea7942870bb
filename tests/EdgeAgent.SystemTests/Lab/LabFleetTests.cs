using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>What a fleet of devices goes through: cables, power, clocks, brokers. The work runs in units of systemd on each of them.</summary>
public sealed class LabFleetTests
{
    private const int Nodes = 3;
    private const int Replicas = 6;
    private static readonly TimeSpan TakenOverWithin = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan CleanWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task The_others_take_over_from_a_device_without_power_and_it_starts_nothing_of_that_when_it_is_back()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = fleet.Stamps;
        await fleet.PlaceAsync(Manifest.Of("hello", Replicas, work));
        var counting = work.BeginToCount();
        var victim = work.Living()[0].Node;
        await fleet.KillAsync(victim);
        await work.LiveAsync(Whole, TakenOverWithin, "all slots on the others");
        await fleet.OnAsync(victim);
        await fleet.OnlineAsync(Nodes);
        await StaysAsync(fleet, work, Whole);

        // No process of it was left, so nobody's runs beside another's.
        Assert.Equal(1, (await counting.EndAsync()).MostOfOneSlot);
    }

    [Fact]
    public async Task Behind_a_pulled_cable_work_goes_on_and_after_it_each_slot_runs_once()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var (moves, stays) = (fleet.Work("moves"), fleet.Work("stays"));
        await fleet.PlaceAsync(Manifest.Of("moves", Replicas, moves));
        await fleet.PlaceAsync(Manifest.Of("stays", Replicas, stays, "  partition: pin"));
        var (before, pinned) = (moves.Living(), stays.Living());
        var victim = before[0].Node;
        var behind = before.Where(p => p.Node == victim).ToList();

        await fleet.PartitionAsync(victim);
        await moves.LiveAsync(l => l.Where(p => p.Node != victim).Select(p => p.Slot).Distinct().Count() == Replicas, TakenOverWithin, "all slots on the others' side");
        Assert.Superset(behind.ToHashSet(), moves.Living().ToHashSet());
        Assert.Equal(pinned, stays.Living());

        await fleet.HealAsync(victim);
        await fleet.OnlineAsync(Nodes);
        await moves.LiveAsync(Whole, CleanWithin, "each slot once");
        await StaysAsync(fleet, moves, Whole);
        Assert.Equal(pinned, stays.Living());
    }

    [Fact]
    public async Task A_stopped_machine_is_replaced_and_ends_its_own_when_it_goes_on()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = fleet.Stamps;
        await fleet.PlaceAsync(Manifest.Of("hello", Replicas, work));
        var victim = work.Living()[0].Node;
        await fleet.PauseAsync(victim);
        await work.LiveAsync(l => l.Where(p => p.Node != victim).Select(p => p.Slot).Distinct().Count() == Replicas, TakenOverWithin, "all slots on the others");
        await fleet.ResumeAsync(victim);
        await work.LiveAsync(Whole, CleanWithin, "each slot once");
        await StaysAsync(fleet, work, Whole);
    }

    [Fact]
    public async Task With_no_broker_what_runs_goes_on_and_a_device_that_boots_starts_its_work()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var (hello, pinned) = (fleet.Work("hello"), fleet.Work("pinned"));
        await fleet.PlaceAsync(Manifest.Of("hello", Replicas, hello));
        await fleet.PlaceAsync(Manifest.Of("pinned", Replicas, pinned, "  partition: pin"));
        var (before, held) = (hello.Living(), pinned.Living());
        await fleet.BrokerAsync("kill");
        await Eventually.StaysFor(Outage, () => Task.FromResult(hello.Living().SequenceEqual(before) && pinned.Living().SequenceEqual(held) ? null : $"something moved: {string.Join(", ", hello.Living())}"));

        await fleet.KillAsync("n1");
        await fleet.OnAsync("n1");
        var mine = Slots(held, "n1");
        Assert.NotEmpty(mine);
        await pinned.LiveAsync(l => Slots(l, "n1").SequenceEqual(mine), CleanWithin, "the booted device's own slots, with no broker");
        await hello.LiveAsync(l => Slots(l, "n1").SequenceEqual(Slots(before, "n1")), CleanWithin, "also of what may move");

        // The broker comes back without a memory: nothing is lost, and nothing runs twice.
        await fleet.BrokerAsync("empty");
        await fleet.OnlineAsync(Nodes);
        await StaysAsync(fleet, hello, Whole);
        await StaysAsync(fleet, pinned, Whole);
        Assert.Equal(held.Where(p => p.Node != "n1"), pinned.Living().Where(p => p.Node != "n1"));
    }

    [Fact]
    public async Task A_clock_that_jumps_moves_no_work_and_a_command_that_it_makes_too_late_is_answered_with_the_reason()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = fleet.Stamps;
        await fleet.PlaceAsync(Manifest.Of("hello", Replicas, work));
        var before = work.Living();
        await fleet.ClockJumpAsync("n1", TimeSpan.FromDays(1));
        await fleet.ClockJumpAsync("n2", TimeSpan.FromDays(-400));
        await Eventually.StaysFor(Outage, () => Task.FromResult(work.Living().SequenceEqual(before) ? null : $"something moved: {string.Join(", ", work.Living())}"));
        await fleet.OnlineAsync(Nodes);
        foreach (var node in new[] { "n1", "n2" })
        {
            var refused = await fleet.AskAsync("status", node);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("compare the clocks", refused.Errors, StringComparison.Ordinal);
        }

        await fleet.ClockJumpAsync("n1", TimeSpan.FromDays(-1));
        (await fleet.AskAsync("status", "n1")).Succeeded();
        (await fleet.AskAsync("scale", "hello", "--replicas", "9", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Superset(before.ToHashSet(), work.Living().ToHashSet());
    }

    [Fact]
    public async Task Shut_down_and_updated_one_after_the_other_they_lose_nothing()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = fleet.Stamps;
        await fleet.PlaceAsync(Manifest.Of("hello", Replicas, work));
        var counting = work.BeginToCount();
        var before = work.Living();
        for (var number = 1; number <= Nodes; number++)
        {
            // As a package's update has it.
            (await fleet.RunAsync($"n{number}", "/bin/sh", "-c", "cp /usr/bin/edgeagent /usr/bin/edgeagent.new && mv /usr/bin/edgeagent.new /usr/bin/edgeagent && systemctl restart edgeagent")).Succeeded();
        }

        await fleet.OnlineAsync(Nodes);
        Assert.Equal(before, work.Living());
        await fleet.OffAsync("n2");
        await work.LiveAsync(l => Whole(l) && l.All(p => p.Node != "n2"), TakenOverWithin, "all slots on the others");
        await fleet.OnAsync("n2");
        await fleet.OnlineAsync(Nodes);
        await StaysAsync(fleet, work, Whole);
        Assert.Equal(1, (await counting.EndAsync()).MostOfOneSlot);
    }

    private static bool Whole(IReadOnlyList<WorkProcess> living) => living.Count == Replicas && living.Select(p => p.Slot).Distinct().Count() == Replicas;

    private static List<string> Slots(IEnumerable<WorkProcess> living, string node) => [.. living.Where(p => p.Node == node).Select(p => p.Slot)];

    private static async Task StaysAsync(LabFleet fleet, Stamps work, Func<IReadOnlyList<WorkProcess>, bool> holds)
    {
        await work.LiveAsync(holds, CleanWithin, "each slot once");
        string? broken = null;
        await Eventually.StaysFor(TimeSpan.FromSeconds(4), () => Task.FromResult(broken = holds(work.Living()) ? null : $"{string.Join(", ", work.Living())}"));
        Assert.Equal(work.Living().Select(p => (p.Node, p.Slot)), (await fleet.SlotsAsync()).Where(s => s.Phase == "running" && work.Living().Any(p => p.Slot == $"{s.Workload}/{s.Index}")).Select(s => (s.Node, $"{s.Workload}/{s.Index}")).OrderBy(s => s.Item2, StringComparer.Ordinal));
    }

    /// <summary>What enters a device must not stop with what it runs there: it could not see that end, and the device could not either.</summary>
    [Fact]
    public async Task A_device_ends_also_while_what_was_run_on_it_is_stopped()
    {
        await using var fleet = await LabFleet.UpAsync(1);
        var stopped = fleet.RunAsync("n1", "/bin/sh", "-c", "kill -STOP $$");
        await Eventually.Is(async () => (await fleet.RunAsync("n1", "/bin/sh", "-c", "cat /proc/[0-9]*/stat")).Output, o => o.Contains("(sh) T", StringComparison.Ordinal), TimeSpan.FromSeconds(10), o => o, "a shell that is stopped");
        await fleet.KillAsync("n1");
        Assert.NotEqual(0, (await stopped).ExitCode);
    }
}
