using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using Xunit;

namespace EdgeAgent.Tests.Fleet;

public sealed class CohortsTests
{
    private static readonly NodeId[] Nodes = [.. Enumerable.Range(1, 1000).Select(i => NodeId.Parse($"node-{i}"))];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(31, 0)]
    [InlineData(32, 1)]
    [InlineData(64, 2)]
    [InlineData(511, 4)]
    [InlineData(512, 5)]
    [InlineData(1000, 5)]
    public void A_cohort_has_sixteen_nodes_and_more_on_average(int nodes, int bits) => Assert.Equal(bits, Of(Nodes[0], nodes, _ => true).Bits);

    [Fact]
    public void A_small_cell_looks_after_everything() => Assert.Equal(uint.MaxValue, Of(Nodes[0], 31, _ => true).Wanted());

    [Theory]
    [InlineData(100, 1)]
    [InlineData(1000, 1)]
    [InlineData(1000, 3)]
    [InlineData(1000, 40)]
    [InlineData(1000, 997)]
    public void Each_bucket_is_looked_after_by_a_few_of_those_present(int nodes, int presentOfThem)
    {
        // Of each so many nodes one is there.
        var present = Nodes.Take(nodes).Where((_, i) => i % presentOfThem == 0).ToList();
        var counts = new int[Bucket.Count];
        foreach (var self in present)
        {
            var wanted = Of(self, nodes, present.Contains).Wanted();
            for (var bucket = 0; bucket < Bucket.Count; bucket++)
            {
                counts[bucket] += (wanted & Bucket.Mask(bucket)) != 0 ? 1 : 0;
            }
        }

        Assert.All(counts, n => Assert.InRange(n, Math.Min(Cohorts.PresentMin, present.Count), 64));
    }

    [Fact]
    public void Rings_are_four_times_as_wide_each_and_the_last_is_everybody()
    {
        var cohorts = Of(Nodes[0], 1000, _ => true);
        Assert.Equal([5, 3, 1, 0], Enumerable.Range(1, cohorts.LastRing).Select(cohorts.BitsOf));
        Assert.All(Enumerable.Range(0, Bucket.Count), b => Assert.True(cohorts.IsInRing(b, cohorts.LastRing)));
    }

    private static Cohorts Of(NodeId self, int nodes, Func<NodeId, bool> isPresent)
    {
        var cohorts = new Cohorts(self);
        foreach (var node in Nodes.Take(nodes).Where(n => n != self))
        {
            cohorts.Add(node, isPresent(node));
        }

        return cohorts;
    }
}
