using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Core.Placement;

/// <summary>
/// How near a node comes to running what it can't: the fewer obstacles the nearer, then the smaller the sum of what is lacking of each as a share of what is needed, then the lesser
/// name. Whoever compares the same answers names the same node (docs/spec/why.md).
/// </summary>
public readonly record struct Nearness(int Obstacles, long Share, NodeId Node) : IComparable<Nearness>
{
    public static Nearness Of(NodeId node, IReadOnlyList<Obstacle> obstacles) => new(obstacles.Count, obstacles.Sum(o => (long)o.Share), node);

    public int CompareTo(Nearness other) =>
        Obstacles != other.Obstacles ? Obstacles.CompareTo(other.Obstacles) : Share != other.Share ? Share.CompareTo(other.Share) : Node.CompareTo(other.Node);

    public static bool operator <(Nearness a, Nearness b) => a.CompareTo(b) < 0;

    public static bool operator >(Nearness a, Nearness b) => a.CompareTo(b) > 0;

    public static bool operator <=(Nearness a, Nearness b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Nearness a, Nearness b) => a.CompareTo(b) >= 0;
}
