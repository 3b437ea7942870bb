using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>
/// What a seed means. Swarm style: the seed first draws which kinds of faults there are at all and how often, so that a run of few kinds goes deep where one of all would only be chaos.
/// </summary>
public sealed class ScheduleGenerator(ulong seed, ScheduleOptions options)
{
    /// <summary>Every so many-th seed has calm faults only.</summary>
    private const int CalmEach = 5;

    /// <summary>And as many have exclusive work, and what makes its holder unheard.</summary>
    private const int ExclusiveEach = 5;

    private static readonly FaultKind[] MakeUnheard =
    [
        FaultKind.CutBothWays, FaultKind.CutOut, FaultKind.CutIn, FaultKind.DelaySpike, FaultKind.StopHangs, FaultKind.Paused, FaultKind.AgentKilled, FaultKind.PowerLost, FaultKind.LiveDropped,
        FaultKind.BrokerKilled, FaultKind.BrokerRolledBack, FaultKind.BrokerEmptied, FaultKind.SessionLost, FaultKind.DiskCloned, FaultKind.WillLate, FaultKind.OutcomeUnknown,
    ];

    private readonly bool _isExclusive = seed % ExclusiveEach == 1;

    /// <summary>And as many have none at all, and every fault that it rules out.</summary>
    private const int PlainEach = 5;

    private readonly bool _isPlain = seed % PlainEach == 2;

    /// <summary>And as many have exclusive work that voters grant, and every fault that it rules out otherwise.</summary>
    private const int VotedEach = 5;

    private readonly bool _isVoted = seed % VotedEach == 3 && seed % GreatEach != 3;

    /// <summary>Of those that aren't calm and have no voters every other plays a scene again and again, with little else.</summary>
    private const int ScenicEach = 2;

    private readonly bool _isScenic = seed % CalmEach != 0 && seed % VotedEach != 3 && seed / CalmEach % ScenicEach == 0;

    /// <summary>And of those with voters one of so many.</summary>
    private const int VotedScenicEach = 4;

    private readonly bool _isVotedScenic = seed % VotedEach == 3 && seed % GreatEach != 3 && seed / VotedEach % VotedScenicEach == 0;

    /// <summary>Some changes are bad ones.</summary>
    private readonly bool _hasRollouts = seed % CalmEach is 0 or 4;

    /// <summary>Every so many-th seed has a cell of several cohorts.</summary>
    private const int GreatEach = 50;

    private readonly bool _isGreat = seed % GreatEach == 3;

    /// <summary>In every so many-th seed nodes are cordoned, drained and tainted while all this happens: on top of what the seed means without.</summary>
    private const int OperatedEach = 3;

    /// <summary>In every so many-th seed there is more work than room, and some of it is more important.</summary>
    private const int PrioritizedEach = 7;

    private readonly bool _isPrioritized = seed % PrioritizedEach == 4;

    private const int GreatLeast = 34;
    private const int GreatMost = 42;
    private const int FaultsLeast = 8;
    private const int FaultsMost = 40;
    private const int FaultsMostBesides = 5;

    /// <summary>Of thousand faults so many wait for a moment.</summary>
    private const int UponPermille = 250;
    private const int DriftPpmMost = 10_000;

    /// <summary>The last of the run belongs to the liveness phase.</summary>
    private static readonly TimeSpan LivenessTime = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(8);

    /// <summary>
    /// What exclusive work rests on and no fault takes away where there is some: one store, whose answer to a fresh subscription is whole and current, and before the message to oneself that is sent behind it.
    /// </summary>
    private static readonly FaultKind[] NotWithExclusive =
    [
        FaultKind.SplitBrain, FaultKind.Reordered, FaultKind.RetainedLost, FaultKind.RetainedLate, FaultKind.RetainedStale, FaultKind.QueueOverflow,
    ];

    private static readonly IReadOnlyList<Moment> Moments = [.. Enum.GetValues<Moment>().Where(m => m != Moment.None)];

    /// <summary>What voters are for, and what makes one forget.</summary>
    private static readonly FaultKind[] OfVoters = [FaultKind.SplitBrain, FaultKind.DiskWiped, FaultKind.CutBothWays];

    private const int OfVotersChance = 800;

    /// <summary>Half of the calm seeds have a window that is longer than most workloads' lostAfter: who comes back last must not have been replaced.</summary>
    private const int LongWindowEach = CalmEach * 2;
    private readonly bool _isWindowLong = seed % LongWindowEach == 0;
    private static readonly TimeSpan LongWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortWindow = TimeSpan.FromSeconds(2);

    /// <summary>One seed of so many deals slots to zones.</summary>
    private const ulong DealtEach = 8;

    /// <summary>And one of so many keeps workloads apart.</summary>
    private const ulong ApartEach = 9;

    /// <summary>And one of so many gives work other limits while it runs.</summary>
    private const ulong LimitedEach = 11;

    /// <summary>And in one of so many nodes are short of memory now and then, and in one of so many with calm faults, where permits are asked for.</summary>
    private const ulong PressedEach = 10;

    private const ulong CalmPressedEach = 20;

    /// <summary>And in one of so many programs come in artifacts.</summary>
    private const ulong ArtifactsEach = 12;

    /// <summary>And in one of so many fives of seeds the broker has several threads, with which no order is every reader's.</summary>
    private const ulong SkewedEach = 3;

    private static readonly TimeSpan SkewLeast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan SkewMost = TimeSpan.FromMilliseconds(20);

    private readonly bool _isPressed = seed % PressedEach == PressedEach - 3 || seed % CalmPressedEach == CalmEach;

    private readonly SimRandom _chance = new(seed ^ 0x5c4ed01e);

    public Schedule Draw()
    {
        var faultTime = TimeSpan.FromMinutes(options.Minutes) - LivenessTime;
        var nodes = Enumerable.Range(0, options.Nodes ?? (_isGreat ? _chance.Between(GreatLeast, GreatMost) : _chance.Between(3, 6))).Select(DrawNode).ToList();
        var voters = _isVoted ? nodes.Select(n => NodeId.Parse(n.Name)).OrderBy(_ => _chance.Next()).Take(_chance.Between(WorkloadLimits.VotersMin, nodes.Count)).ToList() : [];
        var workloads = new WorkloadDrawer(_chance, nodes) { IsExclusive = _isExclusive || _isVoted, IsPlain = _isPlain, LeavesAlone = _isScenic, Voters = voters };
        var acts = workloads.Draw(faultTime);
        acts = _hasRollouts ? RolloutDrawer.Draw(acts, new SimRandom(seed ^ 0xbad0bad0)) : acts;
        acts = _isPrioritized ? PriorityDrawer.Draw(acts, new SimRandom(seed ^ 0x9e217)) : acts;
        acts = seed % DealtEach == DealtEach - 1 ? DomainDrawer.Draw(acts, new SimRandom(seed ^ 0xd0a1)) : acts;
        acts = seed % LimitedEach == LimitedEach - 5 ? LimitDrawer.Draw(acts, new SimRandom(seed ^ 0x11317)) : acts;
        acts = seed % ApartEach == ApartEach - 4 ? ApartDrawer.Draw(acts, new SimRandom(seed ^ 0xa9a27)) : acts;
        acts = seed % ArtifactsEach == ArtifactsEach - 6 ? ArtifactDrawer.Draw(acts) : acts;
        if (seed % OperatedEach == 0)
        {
            acts = [.. acts.Concat(new OperatingDrawer(new SimRandom(seed ^ 0x0d7a1), nodes).Draw(faultTime)).OrderBy(a => a.At)];
        }

        if (_isPressed)
        {
            // One may be down, so that it tells whether two ask for it.
            acts = [.. acts.Select(a => a.Spec is { } spec && seed % CalmEach == 0 ? a with { Spec = spec with { MaxUnavailable = 1 } } : a)];
            acts = [.. acts.Concat(new PressureDrawer(new SimRandom(seed ^ 0x3e3a1), nodes).Draw(faultTime)).OrderBy(a => a.At)];
        }

        return new Schedule(seed, nodes, acts, DrawFaults(nodes.Count, faultTime, workloads.HasExclusive), faultTime)
        {
            HasExclusive = workloads.HasExclusive,
            ReconnectWindow = _isWindowLong ? LongWindow : ShortWindow,
            BrokerSkew = seed / CalmEach % SkewedEach == 1 ? new SimRandom(seed ^ 0x5ce3).Between(SkewLeast, SkewMost) : TimeSpan.Zero,
            DeliveriesLeast = options.Minutes < ScheduleOptions.MinutesLeast ? 0 : ScheduleOptions.DeliveriesLeast,
        };
    }

    private NodePlan DrawNode(int index) => new($"node-{index + 1}", new Resources(new(_chance.Between(2, 5) * 1000), new(4L << 30), new(10L << 30), 1000))
    {
        Zone = _chance.Chance(500) ? "a" : "b",
        IsTainted = index > 2 && _chance.Chance(200),
        IsOld = index > 2 && _chance.Chance(200),
        ClockStart = TimeSpan.FromSeconds(_chance.Between(1, 100_000)),
        DriftPpm = _chance.Between(-DriftPpmMost, DriftPpmMost),
        StartsAfter = TimeSpan.FromMilliseconds(_chance.Below(4000)),
    };

    private List<Fault> DrawFaults(int nodes, TimeSpan faultTime, bool hasExclusive)
    {
        var kinds = Enum.GetValues<FaultKind>()
            .Where(k => (seed % CalmEach != 0 || CalmFaults.All.Contains(k)) && (!(_isExclusive || _isVoted) || MakeUnheard.Contains(k) || (_isVoted && (NotWithExclusive.Contains(k) || k is FaultKind.DiskWiped or FaultKind.WallClockJump))))
            .Where(k => !IsLeftOut(k) && !(hasExclusive && !_isVoted && NotWithExclusive.Contains(k)))
            .Select(k => (Kind: k, Weight: _chance.Chance(_isVoted && OfVoters.Contains(k) ? OfVotersChance : 350) ? _chance.Between(1, 10) : 0))
            .Where(k => k.Weight > 0)
            .ToList();
        if (kinds.Count == 0)
        {
            kinds = [(FaultKind.AgentKilled, 1)];
        }

        var hasScene = _isScenic || _isVotedScenic;
        var faults = hasScene
            ? new SceneDrawer(_chance, nodes).Draw(seed / (CalmEach * ScenicEach), _isExclusive, _isVoted, Settling * 2, faultTime - Settling).Where(f => !IsLeftOut(f.Kind)).ToList()
            : [];
        var count = hasScene ? _chance.Below(FaultsMostBesides) : _chance.Between(FaultsLeast, FaultsMost);
        faults.AddRange(Enumerable.Range(0, count).Select(_ => DrawFault(kinds, nodes, faultTime)));
        return [.. faults.OrderBy(f => f.At)];
    }

    /// <summary>A copy of a voter behind the other broker votes too (docs/adr/0014). One that alone comes back late is replaced while it runs, and rightly.</summary>
    private bool IsLeftOut(FaultKind kind) => options.Without.Contains(kind) || (_isVoted && kind == FaultKind.DiskCloned) || (_isWindowLong && kind == FaultKind.SessionLost);

    private Fault DrawFault(List<(FaultKind Kind, int Weight)> kinds, int nodes, TimeSpan faultTime)
    {
        var left = _chance.Below(kinds.Sum(k => k.Weight));
        var kind = kinds.First(k => (left -= k.Weight) < 0).Kind;
        var shape = FaultShape.All[kind];
        var lasts = _chance.Between(TimeSpan.FromSeconds(shape.SecondsLeast), TimeSpan.FromSeconds(shape.SecondsMost));

        // Short ones are where the races are.
        lasts = _chance.Chance(300) ? TimeSpan.FromSeconds(shape.SecondsLeast) + ((lasts - TimeSpan.FromSeconds(shape.SecondsLeast)) / 10) : lasts;
        var at = _chance.Between(Settling, faultTime - lasts);
        var moment = shape.Upon.Count > 0 ? _chance.Pick(shape.Upon) : _chance.Chance(UponPermille) ? _chance.Pick(Moments) : Moment.None;
        return new Fault(kind, at, lasts, _chance.Below(nodes), _chance.Between(shape.StrengthLeast, shape.StrengthMost), _chance.Next()) { Upon = moment };
    }
}
