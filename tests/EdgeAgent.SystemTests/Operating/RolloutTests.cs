using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Operating;

/// <summary>A change of a service that is being called: never more of it down than may be, and a bad one goes home by itself.</summary>
public sealed class RolloutTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private const int Replicas = 20;
    private const string Name = "web";
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Twenty_replicas_are_changed_one_at_a_time_and_a_bad_version_is_rolled_back(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        using var service = new Service(Directory.CreateTempSubdirectory("edge-").FullName);
        (await fleet.ApplyAsync(service.Manifest(Name, Replicas, "one"), "--wait", "--timeout", "60s")).Succeeded();
        Assert.All(Enumerable.Range(0, Replicas), i => Assert.Equal("one", service.Ask(i)));

        var calling = service.BeginToCall(Replicas);
        (await fleet.ApplyAsync(service.Manifest(Name, Replicas, "two"))).Succeeded();
        var status = (await fleet.AskAsync("rollout", "status", Name, "--timeout", "120s")).Succeeded();
        var calls = await calling.EndAsync();
        output.WriteLine($"measured: {Replicas} replicas changed, {calls.StepsTo("two")} of the {Replicas - 1} steps between seen in {calls}");
        Assert.Contains("is rolled out: generation 2, 20 of 20 running", status.Output, StringComparison.Ordinal);
        Assert.True(calls.StepsTo("two") > Replicas / 2 && calls.Worst.Count <= 1, $"{calls.StepsTo("two")} steps seen in {calls}");
        Assert.All(Enumerable.Range(0, Replicas), i => Assert.Equal("two", service.Ask(i)));

        calling = service.BeginToCall(Replicas);
        (await fleet.ApplyAsync(service.Manifest(Name, Replicas, "bad"))).Succeeded();
        var failed = await fleet.AskAsync("rollout", "status", Name, "--timeout", "60s");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("generation 3 of web was rolled back to the work of generation 2", failed.Errors, StringComparison.Ordinal);
        await Eventually.Is(() => Task.FromResult(Enumerable.Range(0, Replicas).Count(i => service.Ask(i) == "two")), n => n == Replicas, TimeSpan.FromSeconds(30), n => $"{n}", "all as before");
        calls = await calling.EndAsync();
        output.WriteLine($"measured: a bad version rolled back in {calls}, tried by {service.Started("bad").Count} slot");
        Assert.True(calls.Worst.Count <= 1, $"{calls}");
        Assert.Single(service.Started("bad"));

        // Told for as long as nothing else is wanted, and taken back without a new start.
        var history = (await fleet.AskAsync("rollout", "history", Name)).Succeeded();
        Assert.Matches(@"(?s)2 +2 +wanted again.*3 +3 +rejected", history.Output);
        var before = service.Started("two").Count;
        (await fleet.AskAsync("rollout", "undo", Name, "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal((Replicas, before), (Enumerable.Range(0, Replicas).Count(i => service.Ask(i) == "two"), service.Started("two").Count));
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task A_version_that_fits_nowhere_ends_nothing_says_what_it_lacks_and_is_taken_where_it_comes_to_fit(FleetKind kind)
    {
        const int Few = 6;
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Few, fleet.Stamps, Manifest.Ready(fleet.Stamps)), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Few, PlacedWithin);
        var there = (await fleet.SlotsAsync()).Where(s => s.Node == fleet.Nodes[1]).Select(s => $"hello/{s.Index}").ToHashSet();
        var counting = fleet.Stamps.BeginToCount();
        (await fleet.ApplyAsync(Manifest.Of("hello", Few, fleet.Stamps, $"{Manifest.Ready(fleet.Stamps)}\n  requires: {{labels: {{room: big}}}}"), "--force")).Succeeded();
        await Eventually.Is(() => fleet.AskAsync("why", "hello"), r => r.Output.Contains("its new generation can't run here: needs label room=big", StringComparison.Ordinal), PlacedWithin, r => r.Output + r.Errors, "why says what it lacks");
        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.All().Count == Few ? null : $"work was started or ended for a version that fits nowhere: {fleet.Stamps.All().Count} stamps"));

        // One node has room: all come to it, each old one ends when the new one runs. What it has already it changes in place, one at a time.
        (await fleet.AskAsync("label", "node", fleet.Nodes[1], "room=big")).Succeeded();
        await fleet.RunningAsync("hello", Few, PlacedWithin, s => s.Node == fleet.Nodes[1]);
        await fleet.Stamps.LiveAsync(Few, PlacedWithin);
        await counting.EndAsync();
        output.WriteLine($"measured: of {Few} slots never fewer than {counting.Fewest()} ran, of {Few - there.Count} that were handed over {counting.Fewest(s => !there.Contains(s))}");
        Assert.Equal((Few - there.Count, Few - 1), (counting.Fewest(s => !there.Contains(s)), counting.Fewest()));
    }

    [Fact]
    public async Task What_is_paused_waits_and_a_restart_starts_all_anew()
    {
        const int Few = 4;
        await using var fleet = await Fleet.StartAsync(FleetKind.Embedded, Nodes);
        using var service = new Service(Directory.CreateTempSubdirectory("edge-").FullName);
        (await fleet.ApplyAsync(service.Manifest(Name, Few, "one"), "--wait", "--timeout", "60s")).Succeeded();
        (await fleet.AskAsync("rollout", "pause", $"workload/{Name}")).Succeeded();
        var applied = (await fleet.ApplyAsync(service.Manifest(Name, Few, "two"))).Succeeded();
        Assert.Contains("paused, so what runs stays as it is", applied.Output, StringComparison.Ordinal);
        Assert.Contains("is paused: 0 of 4 running of generation 3, 4 as before", (await fleet.AskAsync("rollout", "status", Name)).Succeeded().Output, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, Few), i => Assert.Equal("one", service.Ask(i)));

        (await fleet.AskAsync("rollout", "resume", Name, "--wait", "--timeout", "60s")).Succeeded();
        Assert.All(Enumerable.Range(0, Few), i => Assert.Equal("two", service.Ask(i)));

        var pids = (await fleet.SlotsAsync()).Select(s => s.Process.Pid).ToHashSet();
        (await fleet.AskAsync("rollout", "restart", Name, "--wait", "--timeout", "60s")).Succeeded();
        Assert.DoesNotContain(await fleet.SlotsAsync(), s => pids.Contains(s.Process.Pid));
    }
}
