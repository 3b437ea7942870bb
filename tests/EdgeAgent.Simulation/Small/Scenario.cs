using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Small;

/// <summary>How long things take in the small world, at most: anything shorter is tried too, in steps of a tick.</summary>
public sealed record Timing
{
    /// <summary>R of protocol.md.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A message, a write to the disk, a start and a stop.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>From being asked to end until nothing is left: the stop timeout of the scenarios' work.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>How late a busy machine may be.</summary>
    public TimeSpan Late { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>From a cut until each side finds it out.</summary>
    public TimeSpan Detection { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What may go wrong, and how often in one run.</summary>
public enum Fault
{
    /// <summary>kill -9 of an agent: its work goes on.</summary>
    Crash,

    /// <summary>The power of a device goes, and its work with it.</summary>
    PowerLoss,

    /// <summary>An agent that is gone begins anew.</summary>
    Restart,

    /// <summary>A network is cut: what is on its way is lost.</summary>
    Cut,

    /// <summary>A network that was cut is back.</summary>
    Heal,

    /// <summary>A claim's copy for one subscriber is lost, as by an overflowing queue.</summary>
    Drop,

    /// <summary>kill -9 of the broker.</summary>
    KillBroker,

    /// <summary>The broker saves what it keeps: it may be set back to this.</summary>
    SaveStore,
}

/// <summary>A small world: who is there, what is wanted, what may go wrong.</summary>
public sealed record Scenario(string Name)
{
    public required int Nodes { get; init; }

    /// <summary>What the operator says before anything is tried: the cell has come to rest upon it.</summary>
    public IReadOnlyList<Intent> Before { get; init; } = [];

    /// <summary>What the operator says next, each at any time.</summary>
    public IReadOnlyList<Intent> Script { get; init; } = [];

    /// <summary>Agents connect in any order too; otherwise all are connected, and the views settled.</summary>
    public bool BeginsCold { get; init; }

    /// <summary>Slots of <see cref="Wanted"/> that fit on each node.</summary>
    public int RoomPerNode { get; init; } = 2;

    public IReadOnlyDictionary<Fault, int> Faults { get; init; } = new Dictionary<Fault, int>();

    /// <summary>The nodes to which faults may happen; empty: all.</summary>
    public IReadOnlyList<int> FaultyNodes { get; init; } = [];

    public IReadOnlyList<StoreFate> Fates { get; init; } = [StoreFate.Kept];

    /// <summary>Messages to the broker are under way for a while too; otherwise the broker has them at once.</summary>
    public bool HasUplinks { get; init; }

    /// <summary>While a node is cut off or dead, another may run its slot.</summary>
    public bool MayRunTwice { get; init; }

    /// <summary>It never comes to rest, as leases are renewed: each state must have a way to one in which everything is as it should be.</summary>
    public bool IsRestless { get; init; }

    /// <summary>What said who holds an epoch may be lost with a store before anybody else has heard it: another may be given the same one.</summary>
    public bool MayShareEpochs { get; init; }

    /// <summary>Copies of claims are lost: who missed a word of another believes an older one.</summary>
    public bool MayMissWords { get; init; }

    /// <summary>So many of the slots that the operator first wanted may be without a process at once; null: any number.</summary>
    public int? DownMax { get; init; }

    /// <summary>Where the search ends if it isn't through.</summary>
    public int StatesMax { get; init; } = 20_000_000;

    public Timing Timing { get; init; } = new();

    /// <summary>Each node's clock against true time; empty: all go right.</summary>
    public IReadOnlyList<double> ClockRates { get; init; } = [];
}
