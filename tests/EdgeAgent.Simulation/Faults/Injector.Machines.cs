namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of machines and of the agent's own process.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan WallJumpMost = TimeSpan.FromDays(80);

    /// <summary>So many of a cell's machines are there in the end.</summary>
    private const int MachinesLeast = 2;

    /// <summary>One of so many is deleted, at the latest so long after it was lost.</summary>
    private const int RetiredEach = 2;

    private static readonly TimeSpan RetiredAfter = TimeSpan.FromMinutes(2);

    private readonly List<SimNode> _toRetire = [];

    /// <summary>More than any node of a run has had.</summary>
    private const long SessionsMost = 100_000;

    private Dictionary<FaultKind, Func<SimNode, Fault, Action>> MachineFaults => new()
    {
        [FaultKind.AgentKilled] = (node, _) =>
        {
            node.HeldDown++;
            node.Kill();
            return () => Release(node);
        },
        [FaultKind.PowerLost] = (node, _) =>
        {
            node.HeldDown++;
            node.PowerOff();
            return () => Release(node);
        },
        [FaultKind.MachineLost] = (node, fault) =>
        {
            if (_nodes.Count(n => !n.IsLost) <= MachinesLeast)
            {
                return Nothing;
            }

            node.HeldDown++;
            node.IsLost = true;
            node.PowerOff();
            if (RetiresLost && fault.Strength % RetiredEach == 0)
            {
                _toRetire.Add(node);
                _world.At(RetiredAfter * (fault.Strength / 1000.0), () => RetireWhenUp(node));
            }

            return Nothing;
        },
        [FaultKind.Paused] = (node, _) => node.Pause(),
        [FaultKind.Suspended] = (node, _) => node.Suspend(),
        [FaultKind.PoliteRestart] = (node, _) =>
        {
            node.HeldDown++;
            node.Stop(isRestart: false);
            return () => Release(node);
        },
        [FaultKind.WallClockJump] = (node, fault) =>
        {
            var error = WallJumpMost * ((fault.Strength - 500) / 1000.0);
            node.Clock.WallError += error;
            return () => node.Clock.WallError -= error;
        },
    };

    /// <summary>An operator deletes what doesn't come back: not where a copy of its disk may live on under its name.</summary>
    public bool RetiresLost { get; init; }

    private void RetireWhenUp(SimNode node)
    {
        if (_world.Broker.IsUp && _toRetire.Remove(node))
        {
            _operator.Retire(node.Id, SessionsMost);
        }
    }

    /// <summary>The broker is up, and what an operator was about to do is done.</summary>
    public void RetireTheRest() => _toRetire.ToList().ForEach(RetireWhenUp);

    private static void Release(SimNode node)
    {
        node.HeldDown--;
        node.StartIfWanted();
    }
}
