namespace EdgeAgent.Simulation.Faults;

/// <summary>Nodes that are short of memory for a while. The chance is its own: what else a seed means stays as it is.</summary>
internal sealed class PressureDrawer(SimRandom chance, IReadOnlyList<NodePlan> nodes)
{
    private const int TimesLeast = 3;
    private const int TimesMost = 12;

    public IEnumerable<Act> Draw(TimeSpan faultTime)
    {
        for (var left = chance.Between(TimesLeast, TimesMost); left > 0; left--)
        {
            var (node, at) = (chance.Pick(nodes).Name, chance.Between(TimeSpan.FromSeconds(20), faultTime));
            for (var words = chance.Between(1, 6); words > 0 && at < faultTime; words--)
            {
                yield return new Act(ActKind.Press, at, node, null);
                at += chance.Chance(300) ? chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2)) : TimeSpan.FromSeconds(10);
            }

            yield return new Act(ActKind.Relieve, at < faultTime ? at : faultTime, node, null);
        }

        foreach (var node in nodes)
        {
            yield return new Act(ActKind.Relieve, faultTime, node.Name, null);
        }
    }
}
