using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>A slot as this node sees it. The claim is the one that stands of its incarnation; null where there is none.</summary>
public sealed record SlotView(SlotId Slot, OwnPhase Own, Claim? Greatest, string Text)
{
    /// <summary>It may be bid for now, as far as this node sees.</summary>
    public bool IsVacant { get; init; }

    /// <summary>What keeps this slot off the node and others of the workload not; null: nothing.</summary>
    public Obstacle? Elsewhere { get; init; }
}

/// <summary>What this node says to another slot of a workload: all that keeps it off, and what its score would be where nothing did.</summary>
public sealed record Assessment(IReadOnlyList<Obstacle> Obstacles, IReadOnlyList<ScorePart> Parts)
{
    public int Score => Placement.Score.Sum(Parts);
}

/// <summary>What an operator asks: the rules' own answers, nothing recomputed in another way.</summary>
public sealed partial class NodeCore
{
    /// <summary>Why this node could not take another slot of a workload now; empty where it could.</summary>
    public string WhyNot(Intent intent) => WhyNot(intent, Describe()) is { Length: > 0 } why ? why + TextOfVictims(intent) : "";

    /// <summary>Why it could not take this slot.</summary>
    public string WhyNot(Intent intent, SlotId slot) => WhyNotHome(slot, intent.Spec!) is { Length: > 0 } elsewhere ? elsewhere : WhyNot(intent);

    /// <summary>
    /// The same of one slot: what an operator keeps off is new work. Pinned work that failed here is not new, nor what was given up because of a drain and nobody else took.
    /// </summary>
    private bool CouldTake(OwnSlot own, Intent intent)
    {
        var isOld = own.IsGivenUpByDrain || (intent.Spec!.Partition == PartitionPolicy.Pin && own.Word is { Phase: ClaimPhase.Failed } word && word.Incarnation == intent.Incarnation);
        return MayBeginHere(own.Slot, intent.Spec!) && CouldTake(intent, isOld ? Describe() with { IsCordoned = false } : Describe());
    }

    private string WhyNot(Intent intent, in Self self)
    {
        var hindrance = Filter.WhyNot(intent, self);
        return hindrance.Length > 0 ? hindrance : IsHereOnce(intent) ? Obstacles.HereOnce.Text : ApartObstacle(intent)?.Text ?? "";
    }

    private bool IsHereOnce(Intent intent) => intent.Spec!.Run.IsOncePerNode && _parts.Of(intent.Workload).Count > 0;

    /// <summary>Empty of obstacles exactly where <see cref="WhyNot(Intent, SlotId)"/> has nothing to say.</summary>
    public Assessment Assess(Intent intent, SlotId slot)
    {
        var assessed = Assess(intent);
        return Obstacles.OfDomain(slot, intent.Spec!, settings.Labels) is { } elsewhere ? assessed with { Obstacles = [elsewhere, .. assessed.Obstacles] } : assessed;
    }

    /// <summary>Empty of obstacles exactly where <see cref="WhyNot(Intent)"/> has nothing to say.</summary>
    public Assessment Assess(Intent intent)
    {
        var self = Describe();
        List<Obstacle> obstacles = [.. Obstacles.Of(intent, self, _duty.Drain != Fleet.DrainScope.None)];
        if (obstacles.FindLastIndex(o => o.Kind is ObstacleKind.Cpu or ObstacleKind.Memory or ObstacleKind.Disk or ObstacleKind.Tasks or ObstacleKind.DeviceTaken) is >= 0 and var room)
        {
            // Room is what others can give way for.
            obstacles[room] = obstacles[room] with { Text = obstacles[room].Text + TextOfVictims(intent) };
        }

        if (IsHereOnce(intent))
        {
            obstacles.Add(Obstacles.HereOnce);
        }

        if (ApartObstacle(intent) is { } apart)
        {
            obstacles.Add(apart);
        }

        return new(obstacles, Score.PartsOf(intent.Spec!, self, _parts.Of(intent.Workload).Count, _members.CountPresent()));
    }

    /// <summary>What the score of the slot's own bid came of, where that can still be told: nothing has changed since; else nothing.</summary>
    public IReadOnlyList<ScorePart> PartsOfBid(SlotId slot)
    {
        if (_own.GetValueOrDefault(slot)?.Word is not { } word || IntentOf(slot.Workload)?.Spec is not { } spec || !_parts.Of(slot.Workload).Contains(slot))
        {
            return [];
        }

        var self = Describe() with { Free = Free + _reserved.GetValueOrDefault(slot) };
        var parts = Score.PartsOf(spec, self, _parts.Of(slot.Workload).Count - 1, _members.CountPresent());
        return Score.Sum(parts) == word.Score ? parts : [];
    }

    /// <summary>Slots that are vacant, as far as this node sees, and that it is kept from bidding for; those of everywhere are not among them, for no other node could run them.</summary>
    public IEnumerable<SlotId> Hindered()
    {
        foreach (var slot in _parts.Vacant)
        {
            if (_own.GetValueOrDefault(slot) is { Phase: OwnPhase.Idle } own && _intents.TryGetValue(own.Slot.Workload, out var known) && IsWanted(own.Slot, known.Intent) && !IsEverywhere(known.Intent)
                && !CouldTake(own, known.Intent) && VacancyOf(own.Slot, known).IsVacant)
            {
                yield return own.Slot;
            }
        }
    }

    /// <summary>
    /// Those of the slot's candidates that seem to be there, in an order of the workload's own, so that all who look agree who is the first: of what concerns them all, that one tells.
    /// </summary>
    public IReadOnlyList<Fleet.NodeId> CandidatesOf(SlotId slot)
    {
        var (mask, bucket) = ((1 << _members.Cohorts.Bits) - 1, Bucket.Of(slot));
        var order = new SlotId(slot.Workload, 0);
        return [.. _members.Known.Where(n => _members.WordOf(n) is { IsAway: false }).Append(settings.Node)
            .Where(n => ((Bucket.Of(n) ^ bucket) & mask) == 0)
            .OrderBy(n => StableHash.Of(order, n)).ThenBy(n => n)];
    }

    /// <summary>The same without its text.</summary>
    private bool CouldTake(Intent intent) => CouldTake(intent, Describe());

    private bool CouldTake(Intent intent, in Self self) => Filter.Check(intent, self).IsNone && !IsHereOnce(intent) && InTheWay(intent) is null;

    public IEnumerable<SlotView> ExplainSlots(WorkloadName workload)
    {
        if (!_intents.TryGetValue(workload, out var known) || known.Intent.Spec is not { } spec)
        {
            yield break;
        }

        foreach (var slot in SlotsOf(known.Intent))
        {
            var own = PhaseOf(slot);
            var greatest = spec.Mode == WorkloadMode.Everywhere ? _own.GetValueOrDefault(slot)?.Word : _claims[slot].Standing(known.Intent.Incarnation, known.Intent.RunId)?.Claim;
            var vacancy = own == OwnPhase.Idle ? VacancyOf(slot, known) : default;
            var text = own switch
            {
                OwnPhase.Holding => $"held here at epoch {_own[slot].Word!.Epoch}, {_own[slot].Word!.Phase.ToString().ToLowerInvariant()}, score {_own[slot].Word!.Score}{(_own[slot].Word!.Reason.Length > 0 ? $"; {_own[slot].Word!.Reason}" : "")}{Preemption.Tell(_own[slot].Word!)}{(TextOfLeaving(_own[slot], known.Intent) is { Length: > 0 } leaving ? $"; {leaving}" : "")}",
                OwnPhase.Stopping => $"being stopped here: {_own[slot].StopReason}",
                OwnPhase.Bidding => $"bid for here at epoch {_own[slot].Word!.Epoch}, not decided yet{Votes(_own[slot])}",
                OwnPhase.Waiting => $"vacant; {WhenItBids(_own[slot])}{LastTry(greatest)}",
                _ => $"{Describe(vacancy, greatest)}{(WhyNotHome(slot, spec) is { Length: > 0 } not ? $" (does not bid: {not})" : "")}",
            };
            yield return new SlotView(slot, own, greatest, text) { IsVacant = own == OwnPhase.Waiting || vacancy.IsVacant, Elsewhere = Obstacles.OfDomain(slot, spec, settings.Labels) };
        }
    }

    private string WhenItBids(OwnSlot own) => own.NotBefore > _now
        ? $"this node tries again in {Math.Ceiling((own.NotBefore - _now).TotalSeconds):0} s"
        : "this node waits for its turn to bid";

    private static string LastTry(Claim? greatest) => greatest switch
    {
        { Phase: ClaimPhase.Failed } => $"; the last try, on {greatest.Node}, failed: {greatest.Reason}",
        { Phase: ClaimPhase.Released, Reason.Length: > 0 } => $": {greatest.Reason}",
        _ => "",
    };

    private static string Describe(Vacancy vacancy, Claim? greatest) => vacancy.IsVacant
        ? $"vacant: {vacancy.Reason}{LastTry(greatest)}"
        : greatest is { IsHolding: true } ? $"{vacancy.Reason} (epoch {greatest.Epoch}, {greatest.Phase.ToString().ToLowerInvariant()})" : vacancy.Reason;
}
