using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Placement.Central;
using EdgeAgent.Simulation.Placement.Race;

namespace EdgeAgent.Simulation.Placement;

/// <summary>`./build.sh bench placement`: how much of a cluster's devices is allocated, by one who sees every node and by a race of peers.</summary>
public static class PlacementCommand
{
    internal const string Name = "placement";

    private const string Usage = "usage: ./build.sh bench placement --nodes FILE.csv --pods FILE.csv [--seeds N] [--ring K] [--policy P,...] [-o json]";
    private static readonly string[] Options = ["--nodes", "--pods", "--seeds", "--ring", "--policy", "-o"];
    private static readonly string[] Peers = ["spread", "pack", "fragmentation"];

    /// <param name="words">The arguments.</param>
    /// <param name="output">Where the results go.</param>
    /// <param name="progress">Where it is told how far it is.</param>
    /// <returns>The exit code.</returns>
    public static int Start(IReadOnlyList<string> words, TextWriter output, TextWriter progress)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < words.Count; i += 2)
        {
            options[words[i]] = words[i + 1];
        }

        if (words.Count % 2 != 0 || options.Keys.Except(Options).Any() || !options.TryGetValue("--nodes", out var nodes) || !options.TryGetValue("--pods", out var pods)
            || options.GetValueOrDefault("-o", "json") != "json" || !TryNumber(options, "--seeds", 10, out var seeds) || !TryNumber(options, "--ring", Cohorts.NodesMin, out var ring))
        {
            progress.WriteLine(Usage);
            return 2;
        }

        var trace = Trace.Read(nodes, pods);
        var wanted = options.GetValueOrDefault("--policy")?.Split(',');
        var policies = All(trace, ring, progress).Where(p => wanted is null || wanted.Any(w => p.Policy == w || p.Policy.EndsWith($"-{w}", StringComparison.Ordinal))).ToList();
        if (policies.Count == 0)
        {
            progress.WriteLine($"--policy {options["--policy"]}: there are {string.Join(", ", All(trace, ring, progress).Select(p => p.Policy))}");
            return 2;
        }

        var results = new List<PlacementResult>();
        foreach (var (policy, ringOf, run) in policies)
        {
            var watch = Stopwatch.StartNew();
            var runs = Enumerable.Range(1, seeds).Select(s => run((ulong)s, Arrivals.Draw(trace, (ulong)s))).ToList();
            results.Add(new PlacementResult(policy, ringOf, [.. Curve.Points.Select(p => runs.Average(r => r.Curve.At(p)))], runs[0].Deliveries > 0 ? runs.Average(r => r.Deliveries) : null)
            {
                Candidates = runs.Average(r => r.Candidates),
                Seeds = seeds,
            });
            if (!options.ContainsKey("-o"))
            {
                output.WriteLine(results[^1].Row(Path.GetFileNameWithoutExtension(pods), trace.Nodes.Count));
            }

            progress.WriteLine($"bench placement: {policy}, {seeds} seeds, {runs.Average(r => r.Curve.Dropped):0} dropped, {watch.Elapsed.TotalSeconds:0} s");
        }

        if (options.ContainsKey("-o"))
        {
            output.WriteLine(PlacementResult.Json(results));
        }

        return 0;
    }

    /// <summary>`race` is by real messages; `ideal` the same rules without time, which shows what messages cost.</summary>
    private static IEnumerable<(string Policy, int? Ring, Func<ulong, IReadOnlyList<TraceJob>, RaceResult> Run)> All(Trace trace, int ring, TextWriter progress)
    {
        foreach (var (name, make) in new (string, Func<CentralPolicy>)[] { ("random", () => new RandomPolicy()), ("bestfit", () => new BestFitPolicy()), ("fgd", () => new GradientPolicy(trace)) })
        {
            yield return ($"central-{name}", null, (seed, jobs) => new(CentralRun.Place(trace, jobs, make(), seed), 0, trace.Nodes.Count));
        }

        foreach (var name in Peers)
        {
            var policy = Enum.Parse<PlacementPolicy>(name, ignoreCase: true);
            yield return ($"ideal-{name}", ring, (seed, jobs) => IdealRace.Place(trace, jobs, policy, ring, seed));
            yield return ($"race-{name}", ring, (seed, jobs) => new MessageRace(trace, policy, ring, seed, progress).Place(jobs));
        }
    }

    private static bool TryNumber(Dictionary<string, string> options, string name, int otherwise, out int number)
    {
        number = otherwise;
        return !options.TryGetValue(name, out var text) || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0);
    }
}
