namespace EdgeAgent.Simulation.Faults;

/// <summary>What operators do to the nodes themselves. The chance is its own: what else a seed means stays as it is.</summary>
internal sealed class OperatingDrawer(SimRandom chance, IReadOnlyList<NodePlan> nodes)
{
    private const int ActsLeast = 8;
    private const int ActsMost = 30;

    /// <summary>Of thousand drains and cordons so many are never taken back.</summary>
    private const int LastingPermille = 150;

    public IEnumerable<Act> Draw(TimeSpan faultTime)
    {
        for (var left = chance.Between(ActsLeast, ActsMost); left > 0; left--)
        {
            var (node, at) = (chance.Pick(nodes).Name, chance.Between(TimeSpan.FromSeconds(20), faultTime));
            var kind = chance.Pick([ActKind.Drain, ActKind.Drain, ActKind.Drain, ActKind.DrainPinned, ActKind.Cordon, ActKind.Repel, ActKind.Replay, ActKind.Replay]);
            yield return new Act(kind, at, node, null);
            if (kind != ActKind.Replay && !chance.Chance(LastingPermille))
            {
                // Some of them so soon that the work is on its way.
                var after = chance.Chance(400) ? chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3)) : chance.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(90));
                yield return new Act(kind == ActKind.Repel ? ActKind.Unrepel : ActKind.Uncordon, at + after < faultTime ? at + after : faultTime, node, null);
            }
        }
    }
}
