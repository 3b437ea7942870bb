using System.Globalization;
using System.Text.Json;
using EdgeAgent.Simulation.Placement;
using EdgeAgent.Tests.Linux;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>`./build.sh bench placement` as others read it.</summary>
public sealed class PlacementBenchTests
{
    private const int Nodes = 5;

    [Fact]
    public void Its_json_says_of_each_policy_what_is_allocated_and_what_the_race_cost()
    {
        using var folder = new TemporaryFolder();
        var (nodes, pods) = (Path.Combine(folder.Path, "nodes.csv"), Path.Combine(folder.Path, "pods.csv"));
        File.WriteAllLines(nodes, ["sn,cpu_milli,memory_mib,gpu,model", .. Enumerable.Range(0, Nodes).Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i},64000,262144,2,T4"))]);
        File.WriteAllLines(pods, ["name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec", "p0,1000,1024,1,1000,", "p1,1000,1024,1,1000,T4"]);

        using var output = new StringWriter();
        Assert.Equal(0, PlacementCommand.Start(["--nodes", nodes, "--pods", pods, "--seeds", "1", "--ring", "4", "-o", "json"], output, TextWriter.Null));
        using var json = JsonDocument.Parse(output.ToString());
        var results = json.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(
            ["central-random", "central-bestfit", "central-fgd", "ideal-spread", "race-spread", "ideal-pack", "race-pack", "ideal-fragmentation", "race-fragmentation"],
            results.Select(r => r.GetProperty("policy").GetString()));
        foreach (var result in results)
        {
            // Ten devices, of which each job takes one: at the end nothing is left, and before it a later job of a race may have what an earlier one did not get yet.
            var isRace = result.GetProperty("policy").GetString()!.StartsWith("race-", StringComparison.Ordinal);
            var allocated = result.GetProperty("gpuAllocated");
            Assert.Equal(["90", "100", "130"], allocated.EnumerateObject().Select(p => p.Name));
            Assert.Equal(100, allocated.GetProperty("130").GetDouble());
            Assert.Equal(90, allocated.GetProperty("90").GetDouble(), isRace ? 10.0 : 0.0);
            Assert.Equal(isRace, result.TryGetProperty("deliveriesPerPlacement", out var deliveries) && deliveries.GetDouble() > Nodes);
            Assert.Equal(!result.GetProperty("policy").GetString()!.StartsWith("central-", StringComparison.Ordinal), result.TryGetProperty("ring", out var ring) && ring.GetInt32() == 4);
        }
    }

    [Fact]
    public void A_policy_that_there_is_not_is_answered_with_those_that_there_are()
    {
        using var folder = new TemporaryFolder();
        var (nodes, pods) = (Path.Combine(folder.Path, "nodes.csv"), Path.Combine(folder.Path, "pods.csv"));
        File.WriteAllLines(nodes, ["sn,cpu_milli,memory_mib,gpu,model", "n0,64000,262144,2,T4"]);
        File.WriteAllLines(pods, ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "p0,1000,1024,1,1000"]);

        using var progress = new StringWriter();
        Assert.Equal(2, PlacementCommand.Start(["--nodes", nodes, "--pods", pods, "--policy", "best"], TextWriter.Null, progress));
        Assert.Contains("race-fragmentation", progress.ToString(), StringComparison.Ordinal);
    }
}
