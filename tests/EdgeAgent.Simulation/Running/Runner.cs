using System.Diagnostics;
using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>`./build.sh simulate`: runs, tells, and ends with 0 only if all was clean.</summary>
public static class Runner
{
    private const int BrokenShown = 3;
    private const int ShrinkRunsMost = 150;
    private static readonly TimeSpan ProgressEach = TimeSpan.FromSeconds(10);

    public static int Start(IReadOnlyList<string> words)
    {
        if (words.Any(w => w is "--help" or "-h"))
        {
            Console.WriteLine(RunOptions.Usage);
            return 0;
        }

        if (RunOptions.Parse(words, out var wrong) is not { } options)
        {
            Console.Error.WriteLine($"simulate: {wrong}\n{RunOptions.Usage}");
            return 2;
        }

        if (options is { Mutates: true, Traces: true, BrokenRules: [var broken] })
        {
            Mutations.Break(broken);
            return Trace(options);
        }

        return options.Mutates ? Mutations.Run(options) : options.Traces ? Trace(options) : Run(options);
    }

    private static int Trace(RunOptions options)
    {
        var schedule = new ScheduleGenerator(options.Seed, options.Schedule).Draw();
        Console.WriteLine(schedule);
        using var run = new SimRun(schedule, Console.WriteLine);
        var result = run.Play();
        Console.WriteLine($"trace {result.TraceHash:x16}");
        Console.WriteLine(result.Broken is { } rule ? $"{rule} is broken {result.Message}" : "clean");
        return result.Broken is null ? 0 : 1;
    }

    private static int Run(RunOptions options)
    {
        var watch = Stopwatch.StartNew();
        var told = TimeSpan.Zero;
        var series = new Series(options.Schedule, options.Jobs);
        series.Progress = (totals, result) =>
        {
            if (result.Broken is { } rule)
            {
                Console.Error.WriteLine($"seed {result.Schedule.Seed}: {rule} is broken {result.Message}");
            }

            if (watch.Elapsed - told >= ProgressEach)
            {
                told = watch.Elapsed;
                Console.Error.WriteLine($"{told.TotalSeconds:0} s: {totals.Runs} of {options.Runs} runs, {series.Broken.Count} broken");
            }
        };
        series.Play(options.Seed, options.Runs);
        foreach (var broken in series.Broken.DistinctBy(b => b.Broken).Concat(series.Broken).Distinct().Take(Math.Max(BrokenShown, series.Broken.DistinctBy(b => b.Broken).Count())))
        {
            Console.WriteLine(Explain(broken));
        }

        if (series.Broken.Count > 0)
        {
            Console.WriteLine($"{series.Broken.Count} of {options.Runs} runs are broken: {string.Join(", ", series.Broken.GroupBy(b => b.Broken).Select(g => $"{g.Key} {g.Count()} (seeds {string.Join(' ', g.Take(12).Select(b => b.Schedule.Seed))})"))}");
        }

        var holes = options.ShowsCoverage ? ShowCoverage(series.Totals.Coverage) : 0;
        if (options.Runs == 1)
        {
            Console.WriteLine($"trace {series.Play(options.Seed).TraceHash:x16}");
        }

        Console.WriteLine($"{series.Totals}; {watch.Elapsed.TotalSeconds:0} s");
        return series.Broken.Count == 0 && holes == 0 ? 0 : 1;
    }

    /// <summary>What a person needs to look into it: the seed, the commit, the rule, and the smallest schedule that breaks it.</summary>
    public static string Explain(RunResult broken)
    {
        var seed = broken.Schedule.Seed;
        var small = broken.Broken is Rule.SameTrace or Rule.Size ? broken : new Shrinker(broken.Broken!.Value, ShrinkRunsMost).Shrink(broken);
        return $"""

            seed {seed}, commit {Commit}: {broken.Broken} is broken
              {broken.Message}
            the smallest schedule that breaks it ({small.Schedule.Faults.Count} faults of {broken.Schedule.Faults.Count}), replayed by ./build.sh simulate --seed {seed}:
            {small.Schedule}
              {small.Message}
            {string.Join('\n', small.Log.TakeLast(40))}
            """;
    }

    private static string Commit => typeof(Runner).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyInformationalVersionAttribute), false)
        .OfType<System.Reflection.AssemblyInformationalVersionAttribute>().FirstOrDefault()?.InformationalVersion ?? "unknown";

    private static int ShowCoverage(Coverage coverage)
    {
        foreach (var (what, count) in coverage.Counts)
        {
            Console.WriteLine($"{count,12}  {what}");
        }

        var holes = Coverage.Expected.Where(e => !coverage.Counts.ContainsKey(e)).ToList();
        foreach (var hole in holes)
        {
            Console.WriteLine($"{"NEVER",12}  {hole}");
        }

        return holes.Count;
    }
}
