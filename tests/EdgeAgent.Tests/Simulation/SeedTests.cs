using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;
using EdgeAgent.Simulation.Running;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>The simulator itself (docs/spec/simulator.md), at the length that every change has to pass.</summary>
[Trait("Category", "simulate")]
public sealed class SeedTests(ITestOutputHelper output)
{
    private static readonly int Runs = int.TryParse(Environment.GetEnvironmentVariable("EDGEAGENT_SIM_RUNS"), out var runs) ? runs : 300;

    [Fact]
    public void No_seed_breaks_a_rule_and_together_they_are_long_enough_to_say_so()
    {
        var series = new Series(new ScheduleOptions(), Environment.ProcessorCount);
        series.Play(first: 1, Runs);

        output.WriteLine($"{series.Totals}");
        TestContext.Current.SendDiagnosticMessage($"{series.Totals}");
        Assert.True(series.Broken.Count == 0, string.Join('\n', series.Broken.Take(2).Select(Runner.Explain)));
        Assert.Equal(Runs, series.Totals.Runs);
    }

    [Fact]
    public void A_seed_is_a_trace()
    {
        var schedule = new ScheduleGenerator(7, new ScheduleOptions()).Draw();
        var (first, again) = (Play(schedule), Play(new ScheduleGenerator(7, new ScheduleOptions()).Draw()));

        Assert.Equal(first.TraceHash, again.TraceHash);
        Assert.NotEqual(first.TraceHash, Play(schedule with { Faults = [.. schedule.Faults.Skip(1)] }).TraceHash);
    }

    [Fact]
    public void What_breaks_a_rule_is_found_and_made_small()
    {
        // Exclusive work rests on one broker (docs/spec/exclusive.md): with two of them it runs twice, whatever else goes wrong.
        var drawn = new ScheduleGenerator(7, new ScheduleOptions { Nodes = 4 }).Draw();
        var spec = EdgeAgent.Simulation.SimOperator.Service(4) with { Partition = PartitionPolicy.Exclusive, Lease = TimeSpan.FromSeconds(4), Stop = new StopRule { Timeout = TimeSpan.FromSeconds(1) } };
        var broken = Play(drawn with
        {
            Acts = [.. drawn.Acts, new Act(ActKind.Apply, TimeSpan.FromSeconds(10), "alone", spec)],
            Faults = [.. drawn.Faults, new Fault(FaultKind.SplitBrain, TimeSpan.FromSeconds(70), TimeSpan.FromSeconds(60), 0, 500, 1)],
        });

        Assert.Equal(Rule.Exclusive, broken.Broken);
        var small = new Shrinker(Rule.Exclusive, runsMost: 100).Shrink(broken);
        Assert.Equal(FaultKind.SplitBrain, Assert.Single(small.Schedule.Faults).Kind);
        Assert.Equal("alone", Assert.Single(small.Schedule.Acts).Workload);
    }

    private static RunResult Play(Schedule schedule)
    {
        using var run = new SimRun(schedule);
        return run.Play();
    }
}
