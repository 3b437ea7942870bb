namespace EdgeAgent.Simulation.Faults;

/// <summary>
/// Histories of several faults that belong together, as the protocol's counter-examples are (docs/spec/simulator.md, "The traces"): drawn one by one they would hardly ever meet. Only their
/// shape is given; when, how long, at whom and what else goes wrong is the seed's.
/// </summary>
internal sealed class SceneDrawer(SimRandom chance, int nodes)
{
    /// <summary>Of thousand: a broker that was set back is down for a short while.</summary>
    private const int SoonUp = 100;

    private static readonly Func<SceneDrawer, TimeSpan, IEnumerable<Fault>>[] OfExclusive =
    [
        (d, at) => d.LateAcknowledgement(at),
        (d, at) => d.AbsentTwice(at),
        (d, at) => d.ClonedBehindACut(at),
        (d, at) => d.VanishesUndecided(at),
        (d, at) => d.DiesUnheard(at),
        (d, at) => d.HeldAndLost(at),
        (d, at) => d.HangsBehindItsAgent(at),
    ];

    private static readonly Func<SceneDrawer, TimeSpan, IEnumerable<Fault>>[] OfOther =
    [
        (d, at) => d.DoneApart(at),
        (d, at) => d.EchoLost(at),
        (d, at) => d.BidForgotten(at),
        (d, at) => d.Unhealthy(at),
        (d, at) => d.VanishesUndecided(at),
        (d, at) => d.DiesUnheard(at),
        (d, at) => d.HeldAndLost(at),
    ];

    private static readonly Func<SceneDrawer, TimeSpan, IEnumerable<Fault>>[] OfVoted = [(d, at) => d.VoterReplaced(at)];

    /// <summary>One scene, again and again: what it needs besides is only there now and then.</summary>
    public IEnumerable<Fault> Draw(ulong which, bool isExclusive, bool isVoted, TimeSpan from, TimeSpan until)
    {
        var scenes = isVoted ? OfVoted : isExclusive ? OfExclusive : OfOther;
        var scene = scenes[which % (ulong)scenes.Length];
        for (var at = from; at < until;)
        {
            var faults = scene(this, at).ToList();
            foreach (var fault in faults)
            {
                yield return fault;
            }

            // Two at once would spoil each other.
            at += faults.Max(f => f.After + f.Lasts) + Seconds(5, 20);
        }
    }

    /// <summary>A renewal is acknowledged while the agent stands still, and nothing of it gets out any more: it counts from when it was sent.</summary>
    private IEnumerable<Fault> LateAcknowledgement(TimeSpan at) =>
    [
        Upon(Moment.Leased, at, FaultKind.Paused, Seconds(2, 12)),
        Upon(Moment.Leased, at, FaultKind.CutOut, Seconds(20, 45)),
    ];

    /// <summary>
    /// The broker is two, long enough for those of whom the holder is not heard to want its slot. Then a device that has just granted it is replaced by a new one, which finds the other broker while the
    /// holder still counts on the grant that is forgotten (docs/adr/0014).
    /// </summary>
    private List<Fault> VoterReplaced(TimeSpan at)
    {
        var split = new Fault(FaultKind.SplitBrain, at, Seconds(50, 70), chance.Below(nodes), 1, chance.Next());
        return [split, Upon(Moment.Leased, at + Seconds(15, 40), FaultKind.DiskWiped, TimeSpan.FromMilliseconds(chance.Below(2000)), shift: chance.Below(nodes))];
    }

    /// <summary>An agent is gone as soon as it has renewed, which all learn at once, and its work ends only when it is killed: others wait for its lease, and for as long as its stop may take.</summary>
    private IEnumerable<Fault> HangsBehindItsAgent(TimeSpan at) =>
    [
        Upon(Moment.Leased, at, FaultKind.StopHangs, Seconds(50, 70)),
        Upon(Moment.Leased, at, FaultKind.AgentKilled, Seconds(30, 45)),
    ];

    /// <summary>traces.md, 7: all others learn of the absence, are away while the holder is there again, and find the same absence in a store that was set back.</summary>
    private List<Fault> AbsentTwice(TimeSpan at)
    {
        var (known, meets) = (TimeSpan.FromSeconds(2), Seconds(12, 26));
        List<Fault> faults =
        [
            Upon(Moment.Leased, at, FaultKind.CutBothWays, Seconds(3, 5)),
            Upon(Moment.Leased, at, FaultKind.BrokerRolledBack, meets - known, after: known) with { Strength = SoonUp },
            Upon(Moment.Leased, at, FaultKind.CutBothWays, Seconds(20, 30), after: meets - TimeSpan.FromMilliseconds(chance.Below(500))),
        ];
        faults.AddRange(Enumerable.Range(1, nodes - 1).Select(n => Upon(Moment.Leased, at, FaultKind.CutBothWays, meets - known, after: known, shift: n)));
        return faults;
    }

    /// <summary>traces.md, 28: a copy of the holder's disk lives in another machine, while the holder is inside its lease behind a cut.</summary>
    private IEnumerable<Fault> ClonedBehindACut(TimeSpan at) =>
    [
        Upon(Moment.Leased, at, FaultKind.CutBothWays, Seconds(15, 40)),
        Upon(Moment.Leased, at, FaultKind.DiskCloned, Seconds(10, 30), after: Seconds(0, 5)),
    ];

    /// <summary>A bidder on a slow disk has begun, and is gone before its disk let it say so; others' bids cross its own.</summary>
    private List<Fault> VanishesUndecided(TimeSpan at)
    {
        var faults = Enumerable.Range(0, nodes).Select(n => new Fault(FaultKind.DiskSlow, at, Seconds(8, 16), n, chance.Between(600, 1000), chance.Next())).ToList();
        faults.AddRange(Enumerable.Range(0, nodes).Where(_ => chance.Chance(600)).Select(n => new Fault(FaultKind.DelaySpike, at, Seconds(8, 16), n, chance.Between(10, 250), chance.Next())));
        faults.Add(Upon(Moment.Began, at + Seconds(0, 3), FaultKind.AgentKilled, Seconds(2, 16), after: TimeSpan.FromMilliseconds(chance.Below(300))));
        return faults;
    }

    /// <summary>traces.md, 11: a holder dies for good while nobody is there to notice.</summary>
    private IEnumerable<Fault> DiesUnheard(TimeSpan at)
    {
        var after = Seconds(0, 3);
        return
        [
            Upon(Moment.Running, at, FaultKind.BrokerKilled, Seconds(3, 15), after),
            Upon(Moment.Running, at, chance.Chance(400) ? FaultKind.MachineLost : FaultKind.PowerLost, Seconds(10, 40), after + Seconds(0, 2)),
        ];
    }

    /// <summary>The power goes as soon as the slot is held, and the store forgets it.</summary>
    private IEnumerable<Fault> HeldAndLost(TimeSpan at)
    {
        var moment = chance.Pick([Moment.Began, Moment.Held, Moment.Running]);
        return
        [
            Upon(moment, at, chance.Pick([FaultKind.BrokerRolledBack, FaultKind.BrokerEmptied]), Seconds(1, 8), after: Seconds(0, 2)),
            Upon(moment, at, chance.Pick([FaultKind.PowerLost, FaultKind.AgentKilled]), Seconds(1, 20), after: TimeSpan.FromMilliseconds(chance.Below(50))),
        ];
    }

    /// <summary>traces.md, 20: a job's runner is cut off, a peer runs it again, and one of the two is done first.</summary>
    private IEnumerable<Fault> DoneApart(TimeSpan at) => [Upon(Moment.JobBegan, at, FaultKind.CutBothWays, Seconds(4, 24), after: Seconds(0, 2))];

    private IEnumerable<Fault> EchoLost(TimeSpan at) =>
        [Upon(chance.Pick([Moment.Bid, Moment.Bid, Moment.Takeover, Moment.Updating]), at, FaultKind.EchoLost, TimeSpan.Zero)];

    /// <summary>Work fails its checks on every node for a while.</summary>
    private IEnumerable<Fault> Unhealthy(TimeSpan at) =>
        [.. Enumerable.Range(0, nodes).Select(n => new Fault(FaultKind.ChecksFail, at + Seconds(0, 5), Seconds(20, 60), n, chance.Between(600, 1000), chance.Next()))];

    /// <summary>traces.md, 27: a taker is gone as soon as it has bid, the holder is back, and then the taker is, with a word above the holder's that it doesn't know.</summary>
    private IEnumerable<Fault> BidForgotten(TimeSpan at) =>
    [
        Upon(Moment.Running, at, FaultKind.CutBothWays, Seconds(8, 20)) with { Until = Moment.Takeover },
        Upon(Moment.Takeover, at + Seconds(1, 2), FaultKind.AgentKilled, Seconds(3, 9)),
    ];

    private TimeSpan Seconds(int least, int most) => chance.Between(TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));

    private Fault Upon(Moment moment, TimeSpan at, FaultKind kind, TimeSpan lasts, TimeSpan after = default, int shift = 0) =>
        new(kind, at, lasts, chance.Below(nodes), 1000, chance.Next()) { Upon = moment, After = after, Shift = shift };
}
