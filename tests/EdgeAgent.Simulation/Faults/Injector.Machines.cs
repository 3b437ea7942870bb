namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of machines and of the agent's own process.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan WallJumpMost = TimeSpan.FromDays(80);

    /// <summary>So many of a cell's machines are there in the end.</summary>
    private const int MachinesLeast = 2;

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
        [FaultKind.MachineLost] = (node, _) =>
        {
            if (_nodes.Count(n => !n.IsLost) <= MachinesLeast)
            {
                return Nothing;
            }

            node.HeldDown++;
            node.IsLost = true;
            node.PowerOff();
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

    private static void Release(SimNode node)
    {
        node.HeldDown--;
        node.StartIfWanted();
    }
}
