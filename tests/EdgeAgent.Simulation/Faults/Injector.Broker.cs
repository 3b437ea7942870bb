namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of the broker and of its store.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan DownLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DownMost = TimeSpan.FromSeconds(10);

    private Dictionary<FaultKind, Func<SimNode, Fault, Action>> BrokerFaults => new()
    {
        [FaultKind.BrokerKilled] = (_, _) =>
        {
            TakeDown(isPolite: false);
            return () => BringUp();
        },
        [FaultKind.BrokerStopped] = (_, _) =>
        {
            TakeDown(isPolite: true);
            return () => BringUp();
        },
        [FaultKind.BrokerEmptied] = (_, _) =>
        {
            TakeDown(isPolite: false);
            return () => BringUp(new Dictionary<string, byte[]>());
        },
        [FaultKind.BrokerRolledBack] = (_, fault) =>
        {
            var store = _world.Broker.Snapshot();
            var down = new SimRandom(fault.Salt).Between(DownLeast, DownLeast + (DownMost * (fault.Strength / 1000.0)));
            return () =>
            {
                TakeDown(isPolite: false);
                UnderWay++;
                _world.At(down, () =>
                {
                    UnderWay--;
                    BringUp(store);
                });
            };
        },
        [FaultKind.SplitBrain] = SplitBrain,
    };

    private void TakeDown(bool isPolite)
    {
        _brokerDowns++;
        if (!_world.Broker.IsUp)
        {
            return;
        }

        if (isPolite)
        {
            _world.Broker.Stop();
        }
        else
        {
            _world.Broker.Kill();
        }
    }

    private void BringUp(IReadOnlyDictionary<string, byte[]>? store = null)
    {
        _brokerDowns--;
        if (_brokerDowns == 0)
        {
            _world.Broker.Start(store: store);
        }
    }

    /// <summary>Brokers that there are besides.</summary>
    private readonly List<SimBroker> _others = [];

    private const int RoamsBeyond = 500;
    private static readonly TimeSpan RoamsAfterLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RoamsAfterMost = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Every other node finds another broker, with a copy of the store that goes its own way from here on. In half of the cases nodes go over from one to the other
    /// meanwhile, now and then.
    /// </summary>
    private Action SplitBrain(SimNode first, Fault fault)
    {
        var chance = new SimRandom(fault.Salt);
        var other = new SimBroker(_world) { KeepsPublished = false, Skew = _world.Broker.Skew };
        other.Start(store: _world.Broker.Snapshot());
        _others.Add(other);
        var moved = _nodes.Where(n => n.Broker == _world.Broker && (n == first || chance.Chance(500))).ToList();
        foreach (var node in moved)
        {
            node.Find(other);
        }

        var hasEnded = false;
        if (fault.Strength > RoamsBeyond)
        {
            Roam();
        }

        return () =>
        {
            hasEnded = true;
            _others.Remove(other);
            foreach (var node in _nodes.Where(n => n.Broker == other))
            {
                node.Find(_world.Broker);
            }
        };

        void Roam() => _world.At(chance.Between(RoamsAfterLeast, RoamsAfterMost), () =>
        {
            var node = chance.Pick(_nodes);
            if (!hasEnded && (node.Broker == other || node.Broker == _world.Broker))
            {
                GoOver(node, other);
            }

            if (!hasEnded)
            {
                Roam();
            }
        });
    }

    /// <summary>To the latest of the others, or from it.</summary>
    private void GoOver(SimNode node)
    {
        if (_others.Count > 0)
        {
            GoOver(node, _others[^1]);
        }
    }

    private void GoOver(SimNode node, SimBroker other) => node.Find(node.Broker == other ? _world.Broker : other);
}
