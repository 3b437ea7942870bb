using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Simulation.Placement.Central;

namespace EdgeAgent.Simulation.Placement;

/// <summary>`./build.sh bench placement`: how much of a cluster's devices is allocated, by one who sees every node and by a race of peers.</summary>
internal static class PlacementCommand
{
    public const string Name = "placement";

    private const string Usage = "usage: ./build.sh bench placement --nodes FILE.csv --pods FILE.csv [--seeds N] [--ring K] [--policy P] [-o json]";

    public static int Start(IReadOnlyList<string> words)
    {
        var options = words.Where((_, i) => i % 2 == 0).Zip(words.Where((_, i) => i % 2 == 1)).ToDictionary(o => o.First, o => o.Second);
        if (!options.TryGetValue("--nodes", out var nodes) || !options.TryGetValue("--pods", out var pods))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        var trace = Trace.Read(nodes, pods);
        var seeds = int.Parse(options.GetValueOrDefault("--seeds", "10"), CultureInfo.InvariantCulture);
        foreach (var (name, policy) in options.ContainsKey("--policy") ? [] : new (string, Func<CentralPolicy>)[] { ("central-random", () => new RandomPolicy()), ("central-bestfit", () => new BestFitPolicy()), ("central-fgd", () => new GradientPolicy(trace)) })
        {
            var watch = Stopwatch.StartNew();
            var curves = Enumerable.Range(0, seeds).Select(s => CentralRun.Place(trace, Arrivals.Draw(trace, (ulong)s), policy(), (ulong)s)).ToList();
            Console.WriteLine($"{name}: {string.Join(" / ", Curve.Points.Select(p => curves.Average(c => c.At(p)).ToString("0.00", CultureInfo.InvariantCulture)))} dropped {curves.Average(c => c.Dropped):0} {watch.Elapsed.TotalSeconds:0.0} s");
        }

        foreach (var policy in new[] { Core.Workloads.PlacementPolicy.Fragmentation })
        {
            var watch = Stopwatch.StartNew();
            var ring = int.Parse(options.GetValueOrDefault("--ring", "16"), CultureInfo.InvariantCulture);
            var curves = Enumerable.Range(0, seeds).Select(s => Race.IdealRace.Place(trace, Arrivals.Draw(trace, (ulong)s), policy, ring, (ulong)s)).ToList();
            Console.WriteLine($"ideal-{policy} {ring}: {string.Join(" / ", Curve.Points.Select(p => curves.Average(c => c.At(p)).ToString("0.00", CultureInfo.InvariantCulture)))} dropped {curves.Average(c => c.Dropped):0} {watch.Elapsed.TotalSeconds:0.0} s");
        }

        if (options.ContainsKey("--policy"))
        {
            var watch = Stopwatch.StartNew();
            var ring = int.Parse(options.GetValueOrDefault("--ring", "16"), CultureInfo.InvariantCulture);
            var results = Enumerable.Range(0, seeds).Select(s => new Race.MessageRace(trace, Core.Workloads.PlacementPolicy.Fragmentation, ring, (ulong)s).Place(Arrivals.Draw(trace, (ulong)s))).ToList();
            Console.WriteLine($"race {ring} ({results[0].Candidates:0}): {string.Join(" / ", Curve.Points.Select(p => results.Average(c => c.Curve.At(p)).ToString("0.00", CultureInfo.InvariantCulture)))} dropped {results.Average(c => c.Curve.Dropped):0} deliveries {results.Average(r => r.Deliveries):0} {watch.Elapsed.TotalSeconds:0.0} s");
        }

        return 0;
    }
}
