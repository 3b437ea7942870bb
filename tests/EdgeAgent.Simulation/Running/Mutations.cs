using System.Diagnostics;
using EdgeAgent.Core;

namespace EdgeAgent.Simulation.Running;

/// <summary>`./build.sh simulate --mutations`: each rule of <see cref="Mutation"/> broken by itself, until a seed finds it. One that no seed finds is a hole in the simulator.</summary>
internal static class Mutations
{
#if EDGE_MUTATIONS
    public static int Run(RunOptions options)
    {
        var survivors = 0;
        var watch = Stopwatch.StartNew();
        Console.WriteLine("| broken rule | found by seed | as | what was seen |\n|---|---|---|---|");
        var rules = Mutation.All.Where(r => options.BrokenRules.Count == 0 || options.BrokenRules.Contains(r)).ToList();
        foreach (var name in rules)
        {
            Mutation.Broken = name;
            var series = new Series(options.Schedule, options.Jobs) { AsksForSize = false };
            series.Play(options.Seed, options.Runs, brokenMost: 1);
            var found = series.Broken.FirstOrDefault();
            survivors += found is null ? 1 : 0;
            Console.WriteLine(found is null ? $"| {name} | none of {options.Runs} | | |" : $"| {name} | {found.Schedule.Seed} | {found.Broken} | {OneLine(found.Message)} |");
        }

        Mutation.Broken = "";
        Console.WriteLine($"\n{rules.Count} rules, {rules.Count - survivors} found within {options.Runs} seeds; {watch.Elapsed.TotalSeconds:0} s");
        return survivors == 0 ? 0 : 1;
    }

    /// <summary>For a look at one seed of a rule that is broken.</summary>
    public static void Break(string rule) => Mutation.Broken = rule;

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace('|', '/');
        return line.Length <= 160 ? line : $"{line[..160]}…";
    }
#else
    public static int Run(RunOptions _)
    {
        Console.Error.WriteLine("simulate: this build has no rules that can be broken; ./build.sh simulate --mutations makes one that has");
        return 2;
    }

    public static void Break(string _)
    {
    }
#endif
}
