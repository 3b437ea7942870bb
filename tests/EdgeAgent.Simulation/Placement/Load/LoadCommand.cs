using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Placement.Race;

namespace EdgeAgent.Simulation.Placement.Load;

/// <summary>`./build.sh bench load`: how much of the demand on a cell that is nearly full finds its place by the race of peers, against one who sees everything.</summary>
public static class LoadCommand
{
    public const string Name = "load";

    private const string Usage = "usage: ./build.sh bench load [--nodes N] [--load PERCENT] [--seeds N]";
    private static readonly string[] Options = ["--nodes", "--load", "--seeds"];

    public static int Start(IReadOnlyList<string> words, TextWriter output, TextWriter progress)
    {
        var (nodes, load, seeds) = (1_000, 95, 3);
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!Options.Contains(words[i]) || i + 1 == words.Count || !int.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
            {
                progress.WriteLine(Usage);
                return 2;
            }

            (nodes, load, seeds) = words[i] switch
            {
                "--nodes" => (number, load, seeds),
                "--load" => (nodes, number, seeds),
                _ => (nodes, load, number),
            };
        }

        foreach (var policy in Enum.GetValues<PlacementPolicy>())
        {
            var watch = Stopwatch.StartNew();
            var results = Enumerable.Range(1, seeds).Select(s => Measure(nodes, load, policy, (ulong)s, progress)).ToList();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {nodes} | {results.Average(r => r.Jobs):0} | {load} % | {policy.ToString().ToLowerInvariant()} | {seeds} | {results.Average(r => r.Oracle) * 100:0.00} % | {results.Average(r => r.Race) * 100:0.00} % | {results.Average(r => r.Ratio) * 100:0.00} %, least {results.Min(r => r.Ratio) * 100:0.00} % |"));
            progress.WriteLine($"bench load: {policy}, {watch.Elapsed.TotalSeconds:0} s");
        }

        return 0;
    }

    /// <summary>The parts of the cell that were placed.</summary>
    public static LoadResult Measure(int nodes, int load, PlacementPolicy policy, ulong seed, TextWriter progress)
    {
        var trace = LoadMix.Draw(nodes, load, seed);
        var demand = new LoadDemand(trace);
        var (isPlaced, _, _) = new MessageRace(trace, policy, Cohorts.NodesMin, seed, progress).Run(trace.Jobs);
        return new(trace.Jobs.Count, demand.Of(LoadOracle.Place(trace)) / demand.Of(trace.Jobs), demand.Of(trace.Jobs.Where((_, i) => isPlaced[i])) / demand.Of(trace.Jobs));
    }
}

/// <param name="Jobs">That arrived.</param>
/// <param name="Oracle">Of their demand the part that one who sees everything placed.</param>
/// <param name="Race">And the peers.</param>
public sealed record LoadResult(int Jobs, double Oracle, double Race)
{
    public double Ratio => Race / Oracle;
}
