using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// What the broker has lost of the operator's word, some of those who know it keep there as copies, until it is back (docs/adr/0017).
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>How many nodes keep a copy of each intent: those that are there, should the first of them be away.</summary>
    private const int CopiesKept = 3;

    /// <summary>The own copies that the broker keeps.</summary>
    private readonly SortedSet<WorkloadName> _copies = [];

    /// <summary>When those who are none of the first three look whether these have said theirs.</summary>
    private TimeSpan? _copyAt;

    /// <summary>Whom the last connection knew: a broker that lost what it kept shows who comes back one by one.</summary>
    private IReadOnlyList<Fleet.NodeId> _knownBefore = [];

    private void SuspectWhatIsLost(LinkRead link)
    {
        var lost = 0;
        foreach (var known in _intents.Values)
        {
            ClearCopyWhenStored(known);
            if (!known.IsStored)
            {
                lost++;
                SayCopyIfOfTheFirst(known);
            }
        }

        if (link.StoreSuspect || lost > 0)
        {
            _effects.Add(new SuspectStore(lost > 0
                ? $"{lost} intents that are known here are missing or older there"
                : "the own presence is missing or older there"));
        }

        _copyAt = lost > 0 ? CopiesAreLookedForAt() : null;
    }

    /// <summary>
    /// An older word stands in its place: of two brokers with a bridge between them each passes on what it kept when they find each other again, and what was newer on one side is older on the other after that.
    /// </summary>
    private void Miss(KnownIntent known, Intent older)
    {
        var wasStored = known.IsStored;
        (known.HasOlder, known.IsStored) = (true, false);
        if (!_isOpen || !wasStored)
        {
            // What is lost is counted when all is read.
            return;
        }

        _effects.Add(new SuspectStore($"generation {older.Generation} of {older.Workload} has come in the place of generation {known.Intent.Generation}"));
        SayCopyIfOfTheFirst(known);
        _copyAt ??= CopiesAreLookedForAt();
    }

    /// <summary>All have come back by then, and each looks at a moment of its own.</summary>
    private TimeSpan CopiesAreLookedForAt() => _now + (settings.Window * (1 + Part(StableHash.Of(settings.Node.Value))));

    private void SayCopyIfOfTheFirst(KnownIntent known)
    {
        if (IsCopyKeptHere(known.Intent.Workload))
        {
            SayCopy(known);
        }
    }

    private void SayCopiesThatAreMissing()
    {
        _copyAt = null;
        foreach (var known in _intents.Values)
        {
            if (known is { IsStored: false, IsCopied: false })
            {
                SayCopy(known);
            }
        }
    }

    private void SayCopy(KnownIntent known)
    {
        known.IsCopied = true;
        _copies.Add(known.Intent.Workload);
        _effects.Add(new SayCopy(known.Intent));
    }

    /// <summary>The intent is back, or nothing of it is remembered: another copy of an older word would only mislead who forgot it.</summary>
    private void ClearCopy(WorkloadName workload)
    {
        if (_isOpen && _copies.Remove(workload))
        {
            _effects.Add(new ClearCopy(workload));
        }
    }

    private void ClearCopyWhenStored(KnownIntent known)
    {
        if (known.IsStored && _members.BarrierAt is not null)
        {
            ClearCopy(known.Intent.Workload);
        }
    }

    private void Take(OwnCopyFound e)
    {
        _copies.Add(e.Workload);
        if (_intents.GetValueOrDefault(e.Workload) is { } known)
        {
            ClearCopyWhenStored(known);
        }
    }

    private void RememberWhoIsKnown()
    {
        if (_members.BarrierAt is not null)
        {
            _knownBefore = [.. _members.Known.Order()];
        }
    }

    private bool IsCopyKeptHere(WorkloadName workload) => IsOfTheFirst(workload, _members.Known) && IsOfTheFirst(workload, _knownBefore);

    private bool IsOfTheFirst(WorkloadName workload, IEnumerable<Fleet.NodeId> known)
    {
        var (own, before) = (StableHash.Of(workload, settings.Node), 0);
        foreach (var node in known)
        {
            // Most nodes know after a few others that they are none of the first.
            before += StableHash.Of(workload, node) > own ? 1 : 0;
            if (before >= CopiesKept)
            {
                return false;
            }
        }

        return true;
    }
}
