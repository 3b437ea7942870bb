namespace EdgeAgent.Simulation.Faults;

/// <summary>Nodes that are short of memory for a while. The chance is its own: what else a seed means stays as it is.</summary>
internal sealed class PressureDrawer(SimRandom chance, IReadOnlyList<NodePlan> nodes)
{
    private const int TimesLeast = 3;
    private const int TimesMost = 12;
    private const int TogetherPermille = 400;

    public IEnumerable<Act> Draw(TimeSpan faultTime)
    {
        for (var left = chance.Between(TimesLeast, TimesMost); left > 0; left--)
        {
            // What leaks on one leaks on all: often it comes to them at one time.
            var at = chance.Between(TimeSpan.FromSeconds(20), faultTime);
            foreach (var node in chance.Chance(TogetherPermille) ? nodes : [chance.Pick(nodes)])
            {
                foreach (var act in Draw(node.Name, at + chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(100)), faultTime))
                {
                    yield return act;
                }
            }
        }

        foreach (var node in nodes)
        {
            yield return new Act(ActKind.Relieve, faultTime, node.Name, null);
        }
    }

    private IEnumerable<Act> Draw(string node, TimeSpan at, TimeSpan faultTime)
    {
        for (var words = chance.Between(1, 6); words > 0 && at < faultTime; words--)
        {
            yield return new Act(ActKind.Press, at, node, null);
            at += chance.Chance(300) ? chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2)) : TimeSpan.FromSeconds(10);
        }

        yield return new Act(ActKind.Relieve, at < faultTime ? at : faultTime, node, null);
    }
}
