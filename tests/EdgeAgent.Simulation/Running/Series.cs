using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>Many seeds, each a world of its own on a thread of its own.</summary>
public sealed class Series(ScheduleOptions options, int jobs)
{
    private const int SlotsLeast = 5;
    private const int FaultsLeast = 5;

    /// <summary>One run of so many is played twice: same seed, same trace.</summary>
    private const int TwiceEach = 25;

    private readonly Lock _lock = new();

    public Totals Totals { get; } = new();

    /// <summary>A run that is too small to say anything counts as broken.</summary>
    public bool AsksForSize { get; init; } = true;

    public List<RunResult> Broken { get; } = [];

    /// <summary>Told after each run.</summary>
    public Action<Totals, RunResult>? Progress { get; set; }

    public void Play(ulong first, int runs, int brokenMost = int.MaxValue)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = jobs };
        Parallel.For(0, runs, limits, (i, state) =>
        {
            var result = Play(first + (ulong)i);
            lock (_lock)
            {
                Totals.Add(result);
                if (result.Broken is not null)
                {
                    Broken.Add(result);
                }

                Progress?.Invoke(Totals, result);
                if (Broken.Count >= brokenMost)
                {
                    state.Stop();
                }
            }
        });
        Broken.Sort((a, b) => a.Schedule.Seed.CompareTo(b.Schedule.Seed));
    }

    public RunResult Play(ulong seed)
    {
        var schedule = new ScheduleGenerator(seed, options).Draw();
        var result = Once(schedule);
        if (result.Broken is not null || !AsksForSize)
        {
            return result;
        }

        if (seed % TwiceEach == 0 && Once(schedule) is var again && again.TraceHash != result.TraceHash)
        {
            return result with { Broken = Rule.SameTrace, Message = $"two runs of seed {seed} have the traces {result.TraceHash:x16} and {again.TraceHash:x16}" };
        }

        var small = result.Simulated < TimeSpan.FromMinutes(ScheduleOptions.MinutesLeast) ? $"{result.Simulated.TotalMinutes:0.0} simulated minutes"
            : result.Slots < SlotsLeast ? $"{result.Slots} slots"
            : result.Faults < FaultsLeast ? $"{result.Faults} faults"
            : result.Delivered < ScheduleOptions.DeliveriesLeast ? $"{result.Delivered} deliveries"
            : "";
        return small.Length == 0 ? result : result with { Broken = Rule.Size, Message = $"the run is too small to say anything: {small}" };
    }

    private static RunResult Once(Schedule schedule)
    {
        using var run = new SimRun(schedule);
        return run.Play();
    }
}

/// <summary>What all runs of a series had together.</summary>
public sealed class Totals
{
    public int Runs { get; private set; }

    public double Minutes { get; private set; }

    public long Slots { get; private set; }

    public long Faults { get; private set; }

    public long Published { get; private set; }

    public long Delivered { get; private set; }

    public TimeSpan RecoveryMost { get; private set; }

    public ulong RecoveryMostOf { get; private set; }

    public Coverage Coverage { get; } = new();

    public void Add(RunResult result)
    {
        Runs++;
        Minutes += result.Simulated.TotalMinutes;
        (Slots, Faults) = (Slots + result.Slots, Faults + result.Faults);
        (Published, Delivered) = (Published + result.Published, Delivered + result.Delivered);
        if (result.Recovery > RecoveryMost)
        {
            (RecoveryMost, RecoveryMostOf) = (result.Recovery, result.Schedule.Seed);
        }

        Coverage.Add(result.Coverage);
    }

    public override string ToString() =>
        $"{Runs} runs, {Minutes:0} simulated minutes, {Slots} slots, {Faults} faults, {Published} messages published and {Delivered} delivered; all was well at most {RecoveryMost.TotalSeconds:0} s after the last fault (seed {RecoveryMostOf})";
}
