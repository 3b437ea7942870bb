namespace EdgeAgent.Simulation.Small;

/// <summary>The small worlds that are searched.</summary>
public static class Scenarios
{
    /// <summary>No message is under way for longer than a tick: only their order is tried.</summary>
    private static readonly Timing InStep = new() { Delay = TimeSpan.Zero, Late = TimeSpan.Zero };

    private static readonly Scenario Two = new("two") { Nodes = 2, Script = [Works.Web(1, Works.Service(1))] };

    private static readonly Scenario Held = new("held") { Nodes = 2, Before = [Works.Web(1, Works.Service(1))], HasUplinks = true };

    /// <summary>Nothing fails: nothing runs twice, not for a moment.</summary>
    public static IReadOnlyList<Scenario> Unfailing { get; } =
    [
        Two with { Name = "two race for one slot" },
        Two with { Name = "two race for one slot, cold", BeginsCold = true },
        Two with { Name = "two race for two slots", Script = [Works.Web(1, Works.Service(2))] },
        Two with { Name = "two race for two slots, room for one each", Script = [Works.Web(1, Works.Service(2))], RoomPerNode = 1 },
        Two with { Name = "two race for one slot over slow uplinks", HasUplinks = true },
        Two with { Name = "three race for one slot, in step", Nodes = 3, Timing = InStep },
        Two with { Name = "two race for two slots, in step", Script = [Works.Web(1, Works.Service(2))], Timing = InStep },
        Two with { Name = "three race for two slots, in step", Nodes = 3, Script = [Works.Web(1, Works.Service(2))], Timing = InStep },
        Two with { Name = "one slot becomes two", Before = Two.Script, Script = [Works.Web(2, Works.Service(2) with { StaysPut = true })] },
        Two with { Name = "one slot becomes two, and one comes to where it fits better", Before = Two.Script, Script = [Works.Web(2, Works.Service(2))], MayRunTwice = true },
        Two with { Name = "two slots become one", Before = [Works.Web(1, Works.Service(2))], Script = [Works.Web(2, Works.Service(1))] },
        Two with { Name = "two slots are changed, one at a time", Before = [Works.Web(1, Works.Service(2))], Script = [Works.Web(2, Works.Service(2))], DownMax = 1 },
        Two with { Name = "two slots are changed, twice", Before = [Works.Web(1, Works.Service(2))], Script = [Works.Web(2, Works.Service(2)), Works.Web(3, Works.Service(2))], DownMax = 1 },
        Two with { Name = "a workload is made and deleted", Script = [Works.Web(1, Works.Service(1)), Works.Web(2, null)] },
    ];

    /// <summary>Something fails: it may run twice meanwhile, and runs once in the end.</summary>
    public static IReadOnlyList<Scenario> Failing { get; } =
    [
        Held with { Name = "a crash", Faults = Times((Fault.Crash, 1), (Fault.Restart, 1)), MayRunTwice = true },
        Held with { Name = "a power loss", Faults = Times((Fault.PowerLoss, 1), (Fault.Restart, 1)), MayRunTwice = true },
        Held with { Name = "a cut", Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)), MayRunTwice = true },
        Held with { Name = "the broker is killed", Faults = Times((Fault.KillBroker, 1)), Fates = [StoreFate.Kept, StoreFate.Emptied], MayRunTwice = true, MayShareEpochs = true },
        Held with { Name = "two cuts", Faults = Times((Fault.Cut, 2), (Fault.Heal, 2)), MayRunTwice = true },
        Held with { Name = "a cut and a crash", Faults = Times((Fault.Cut, 1), (Fault.Heal, 1), (Fault.Crash, 1), (Fault.Restart, 1)), MayRunTwice = true },
        Held with { Name = "a cut with a third, in step", Nodes = 3, Timing = InStep, Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)), MayRunTwice = true },
        Held with { Name = "a crash with a third, in step", Nodes = 3, Timing = InStep, Faults = Times((Fault.Crash, 1), (Fault.Restart, 1)), MayRunTwice = true },
        Held with { Name = "the broker is set back", Faults = Times((Fault.KillBroker, 1), (Fault.SaveStore, 1), (Fault.Cut, 1), (Fault.Heal, 1)), Fates = [StoreFate.RolledBack], MayRunTwice = true },
        Two with { Name = "a cut in a race", HasUplinks = true, Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)), MayRunTwice = true },
        Two with { Name = "a crash in a race", HasUplinks = true, Faults = Times((Fault.Crash, 1), (Fault.Restart, 1)), MayRunTwice = true, MayShareEpochs = true },
        Two with { Name = "the broker is killed in a race", HasUplinks = true, Faults = Times((Fault.KillBroker, 1)), Fates = [StoreFate.Kept, StoreFate.Emptied], MayRunTwice = true, MayShareEpochs = true },
        Two with { Name = "two slots are changed, and a cut", HasUplinks = true, Before = [Works.Web(1, Works.Service(2))], Script = [Works.Web(2, Works.Service(2))], Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)), MayRunTwice = true },
        Two with { Name = "a copy is lost in a race", Faults = Times((Fault.Drop, 1)), MayRunTwice = true, MayMissWords = true, MayShareEpochs = true },
    ];

    private static readonly Timing Brief = new() { Delay = TimeSpan.Zero, Late = TimeSpan.Zero, Detection = TimeSpan.FromSeconds(0.6), Stop = TimeSpan.FromSeconds(0.3) };

    private static readonly Scenario Leased = new("leased")
    {
        Nodes = 2,
        Before = [Works.Web(1, Works.Exclusive(1, Brief))],
        Timing = Brief,
        IsRestless = true,
    };

    /// <summary>Exclusive work: whatever fails, never twice at the same true time.</summary>
    public static IReadOnlyList<Scenario> Exclusive { get; } =
    [
        Leased with { Name = "exclusive, nothing fails" },
        Leased with { Name = "exclusive, a race", Before = [], Script = Leased.Before },
        Leased with { Name = "exclusive, a cut", Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)) },
        Leased with { Name = "exclusive, a crash", Faults = Times((Fault.Crash, 1), (Fault.Restart, 1)) },
        Leased with { Name = "exclusive, the broker is killed", Faults = Times((Fault.KillBroker, 1)), Fates = [StoreFate.Kept, StoreFate.Emptied] },
        Leased with { Name = "exclusive, two cuts", Faults = Times((Fault.Cut, 2), (Fault.Heal, 2)) },
        Leased with { Name = "exclusive, the store is set back", Before = [], Script = Leased.Before, Faults = Times((Fault.KillBroker, 1), (Fault.SaveStore, 1)), Fates = [StoreFate.RolledBack] },
        Leased with { Name = "exclusive, a cut and the store is set back", Faults = Times((Fault.Cut, 1), (Fault.Heal, 1), (Fault.KillBroker, 1), (Fault.SaveStore, 1)), Fates = [StoreFate.RolledBack] },
        Leased with { Name = "exclusive, a cut and a lost copy", Faults = Times((Fault.Cut, 1), (Fault.Heal, 1), (Fault.Drop, 1)), MayMissWords = true },
        Leased with { Name = "exclusive, three, a cut", Nodes = 3, Faults = Times((Fault.Cut, 1), (Fault.Heal, 1)) },
        Leased with { Name = "exclusive, a copy is lost in a race", Before = [], Script = Leased.Before, Faults = Times((Fault.Drop, 1)), MayMissWords = true },
    ];

    private static Dictionary<Fault, int> Times(params (Fault Fault, int Count)[] faults) => faults.ToDictionary(f => f.Fault, f => f.Count);
}
