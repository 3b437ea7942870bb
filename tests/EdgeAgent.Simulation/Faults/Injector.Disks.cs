namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of disks.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan CommitMost = TimeSpan.FromSeconds(3);

    /// <summary>Of a device that was replaced: the new one finds the other broker, where there are two.</summary>
    private const int PlugsInElsewhereBeyond = 500;

    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(2);

    private Dictionary<FaultKind, Func<SimNode, Fault, Action>> DiskFaults => new()
    {
        [FaultKind.DiskSlow] = (node, fault) =>
        {
            var more = CommitMost * (fault.Strength / 1000.0);
            node.Store.Latency += more;
            var disk = node.Store;
            return () => disk.Latency -= more;
        },
        [FaultKind.DiskFull] = (node, _) =>
        {
            var disk = node.Store;
            disk.IsFull = true;
            return () => disk.IsFull = false;
        },
        [FaultKind.DiskErrors] = (node, fault) =>
        {
            var disk = node.Store;
            disk.Fails += fault.Strength;
            return () => disk.Fails -= fault.Strength;
        },
        [FaultKind.DiskRolledBack] = (node, _) =>
        {
            var image = node.Store.Clone();
            return () => Reboot(node, image);
        },
        [FaultKind.DiskWiped] = (node, fault) =>
        {
            node.HeldDown++;
            node.PowerOff();
            return () =>
            {
                node.HeldDown--;
                if (fault.Strength > PlugsInElsewhereBeyond)
                {
                    GoOver(node);
                }

                Reboot(node, new SimStore { KeepsUnacknowledged = true });
            };
        },
        [FaultKind.DiskCloned] = Clone,
    };

    private void Reboot(SimNode node, SimStore disk)
    {
        node.HeldDown++;
        node.PowerOff();
        UnderWay++;
        _world.At(RebootTime, () =>
        {
            UnderWay--;
            node.HeldDown--;
            node.PutIn(disk);
            node.StartIfWanted();
        });
    }

    private int _clones;

    /// <summary>A second machine with a copy of the card, and so with the first one's name (traces.md, 10 and 32).</summary>
    private Action Clone(SimNode node, Fault fault)
    {
        var name = $"clone-{++_clones}-{node.Name}";
        var clone = _world.Add(name, node.Capacity);
        clone.LooksLike(node);
        clone.Runtime.BehavesLike(node.Runtime);

        // What a copy wins by itself under the other's name, the other would clear when it is back (docs/spec/simulator.md, "What exclusive work isn't tried with").
        clone.Runtime.FenceLack = "a copy of another's card";
        clone.PutIn(node.Store.Clone());
        clone.Start(under: node.Name);
        return () =>
        {
            clone.HeldDown++;
            clone.PowerOff();
            _world.Nodes.Remove(name);
        };
    }
}
