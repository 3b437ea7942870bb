using System.Globalization;
using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>Exclusive work on devices booted by systemd: whatever befalls its holder or the broker, by its own word never two of a slot run at one time.</summary>
public sealed class ExclusiveFleetTests
{
    private const int Nodes = 3;
    private const int Slots = 6;
    private const string Terms = "  partition: exclusive\n  exclusive: {lease: 3s}\n  stop: {timeout: 1s}\n";
    private static readonly TimeSpan Recovers = TimeSpan.FromSeconds(60);

    public enum Fault
    {
        /// <summary>The holder's cable is pulled.</summary>
        Cut,

        /// <summary>The holder's agent gets SIGSTOP.</summary>
        Stopped,

        /// <summary>The holder's agent gets SIGKILL and doesn't come back.</summary>
        Killed,
        BrokerStopped,
        BrokerKilled,
    }

    [Theory]
    [InlineData(Fault.Cut, 1)]
    [InlineData(Fault.Stopped, 1)]
    [InlineData(Fault.Killed, 1)]
    [InlineData(Fault.BrokerStopped, 1)]
    [InlineData(Fault.BrokerKilled, 1)]
    public Task Two_never_run_at_one_time(Fault fault, int rounds) => NeverTwoAsync(fault, rounds);

    [Theory]
    [Trait("Category", "soak")]
    [InlineData(Fault.Cut, 50)]
    [InlineData(Fault.Stopped, 50)]
    [InlineData(Fault.Killed, 50)]
    [InlineData(Fault.BrokerStopped, 50)]
    [InlineData(Fault.BrokerKilled, 50)]
    public Task Two_never_run_at_one_time_in_many_rounds(Fault fault, int rounds) => NeverTwoAsync(fault, rounds);

    [Fact]
    public async Task An_agent_that_is_killed_and_started_again_keeps_its_work_and_its_token()
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = await PlaceAsync(fleet);
        var before = work.Living();
        foreach (var node in fleet.Nodes)
        {
            await fleet.KillAgentAsync(node);
            await fleet.StartAgentAsync(node);
        }

        await fleet.OnlineAsync(Nodes);
        await Eventually.StaysFor(TimeSpan.FromSeconds(8), () => Task.FromResult(work.Living().SequenceEqual(before) ? null : $"something moved: {string.Join(", ", work.Living())}"));
        work.NeverTwo();
        Assert.All(work.Reigns(), r => Assert.Equal(work.Reigns().Min(x => x.Token), r.Token));
    }

    private static async Task NeverTwoAsync(Fault fault, int rounds)
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        var work = await PlaceAsync(fleet);
        var waits = new List<TimeSpan>();
        for (var round = 0; round < rounds; round++)
        {
            var victim = fleet.Nodes[round % Nodes];
            var tokens = work.Reigns().GroupBy(r => r.Slot).ToDictionary(g => g.Key, g => g.Max(r => r.Token));
            var at = Uptime();
            await InflictAsync(fleet, work, fault, victim);
            await work.RunEachOnceAsync(Slots, fault is Fault.Cut or Fault.Stopped or Fault.Killed ? [victim] : []);
            waits.AddRange(work.Reigns().Where(r => r.Token > tokens.GetValueOrDefault(r.Slot)).Select(r => r.Begin - at));
            await MendAsync(fleet, fault, victim);
            await fleet.OnlineAsync(Nodes);
            await work.RunEachOnceAsync(Slots);
        }

        work.NeverTwo();
        waits.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(waits.Count == 0 ? $"measured: {fault}, {rounds} rounds, nothing moved" : string.Create(
            CultureInfo.InvariantCulture, $"measured: {fault}, {rounds} rounds, {waits.Count} takeovers after {waits[0].TotalSeconds:0.0} s to {waits[^1].TotalSeconds:0.0} s, median {waits[waits.Count / 2].TotalSeconds:0.0} s, no overlap"));
    }

    private static async Task<TokenBeats> PlaceAsync(LabFleet fleet)
    {
        var work = new TokenBeats(fleet.Share("beats"));
        await fleet.PlaceAsync($$$"""
            apiVersion: edge/v1
            kind: Workload
            metadata: {name: alone}
            spec:
              replicas: {{{Slots}}}
              run: {exec: {command: [{{{string.Join(", ", work.Command.Select(c => JsonSerializer.Serialize(c)))}}}]}}
            {{{Terms}}}
            """);
        await work.RunEachOnceAsync(Slots);
        return work;
    }

    private static async Task InflictAsync(LabFleet fleet, TokenBeats work, Fault fault, string victim)
    {
        switch (fault)
        {
            case Fault.Cut:
                await fleet.PartitionAsync(victim);
                break;
            case Fault.Stopped:
                await SignalAsync(fleet, victim, "STOP");
                break;
            case Fault.Killed:
                await fleet.KillAgentAsync(victim);
                break;
            default:
                await fleet.StopBrokerAsync(kill: fault == Fault.BrokerKilled);
                // Longer than the lease: every holder ends by itself.
                await Eventually.Is(() => Task.FromResult(work.Living()), l => l.Count == 0, Recovers, l => string.Join(", ", l), "no holder without a broker");
                await fleet.StartBrokerAsync(empty: false);
                break;
        }
    }

    private static Task MendAsync(LabFleet fleet, Fault fault, string victim) => fault switch
    {
        Fault.Cut => fleet.HealAsync(victim),
        Fault.Stopped => SignalAsync(fleet, victim, "CONT"),
        Fault.Killed => fleet.StartAgentAsync(victim),
        _ => Task.CompletedTask,
    };

    private static async Task SignalAsync(LabFleet fleet, string node, string signal) =>
        (await fleet.RunAsync(node, "/bin/sh", "-c", $"kill -{signal} \"$(systemctl show --property=MainPID --value edgeagent)\"")).Succeeded();

    private static TimeSpan Uptime() => TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}
