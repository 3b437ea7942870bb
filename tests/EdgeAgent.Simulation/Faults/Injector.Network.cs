namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of the network, and of the broker's queue for one node.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan SpikeMost = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan WillLateMost = TimeSpan.FromSeconds(60);

    private static Dictionary<FaultKind, Func<SimNode, Fault, Action>> NetworkFaults => new()
    {
        [FaultKind.DelaySpike] = Raise((l, n) => l.Delay += SpikeMost * (n / 1000.0)),
        [FaultKind.LiveDropped] = Raise((l, n) => l.Dropped += n, readsAnewAfter: true),
        [FaultKind.Duplicates] = Raise((l, n) => l.Duplicated += n),
        [FaultKind.Reordered] = Raise((l, n) => l.Reordered += n),
        [FaultKind.OutcomeUnknown] = Raise((l, n) => l.Broken += n),
        [FaultKind.PublishRefused] = Raise((l, n) => l.Refused += n, readsAnewAfter: true),
        [FaultKind.RetainedLost] = Raise((l, n) => l.RetainedLost += n, readsAnewAfter: true),
        [FaultKind.RetainedLate] = Raise((l, n) => l.RetainedLate += n),
        [FaultKind.RetainedStale] = Raise((l, n) => l.RetainedStale += n, readsAnewAfter: true),
        [FaultKind.QueueOverflow] = Raise((l, n) => l.Overflow += n, readsAnewAfter: true),
        [FaultKind.EchoLost] = Raise((l, n) => l.EchoLost += n),
        [FaultKind.WillLate] = Raise((l, n) => l.WillDelay += WillLateMost * (n / 1000.0)),
        [FaultKind.WillMissing] = (node, _) =>
        {
            node.Link.Willless++;
            return () => node.Link.Willless--;
        },
        [FaultKind.WillOfLiving] = (node, _) =>
        {
            node.Broker.FireWill(node);
            return Nothing;
        },
        [FaultKind.SessionLost] = (node, _) =>
        {
            node.Broker.Drop(node);
            return Nothing;
        },
        [FaultKind.CutBothWays] = Cut(isOut: true, isIn: true),
        [FaultKind.CutOut] = Cut(isOut: true, isIn: false),
        [FaultKind.CutIn] = Cut(isOut: false, isIn: true),
    };

    private static Func<SimNode, Fault, Action> Cut(bool isOut, bool isIn) => (node, _) =>
    {
        node.CutOff(isOut, isIn);
        return () => node.Reconnect(isOut, isIn);
    };
}
