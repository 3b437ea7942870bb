using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Placement.Load;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>The short form of `./build.sh bench load`, whose long form has a thousand nodes.</summary>
[Trait("Category", "simulate")]
public sealed class LoadTests
{
    private const int Nodes = 60;
    private const int Load = 95;

    [Fact]
    public void Of_a_cell_that_is_nearly_full_peers_place_what_one_does_who_sees_everything()
    {
        var results = Enumerable.Range(1, 2).Select(s => LoadCommand.Measure(Nodes, Load, PlacementPolicy.Pack, (ulong)s, TextWriter.Null)).ToList();
        Assert.All(results, r => Assert.True(r.Jobs > Nodes && r.Oracle > 0.98, $"of {r.Jobs} jobs the oracle placed {r.Oracle:P2}: the mix is no measure"));
        Assert.True(results.Average(r => r.Ratio) >= 0.97, string.Join(", ", results.Select(r => $"{r.Ratio:P2}")));
    }
}
