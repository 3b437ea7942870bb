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

    /// <summary>When copies are said next of what is missing; the first time by three, when all have come back.</summary>
    private TimeSpan? _copyAt;

    private bool _haveFirstSaid;

    private void SuspectWhatIsLost(LinkRead link)
    {
        var lost = 0;
        foreach (var known in _intents.Values)
        {
            lost += known.IsStored ? 0 : 1;
            ClearCopyWhenStored(known);
        }

        if (link.StoreSuspect || lost > 0)
        {
            _effects.Add(new SuspectStore(lost > 0
                ? $"{lost} intents that are known here are missing or older there"
                : "the own presence is missing or older there"));
        }

        (_copyAt, _haveFirstSaid) = (lost > 0 ? _now + settings.Window : null, false);
    }

    private void SayCopiesThatAreMissing()
    {
        foreach (var known in _intents.Values)
        {
            if (!known.IsStored && (_haveFirstSaid ? !known.IsCopied : IsCopyKeptHere(known.Intent.Workload)))
            {
                SayCopy(known);
            }
        }

        // Who is none of the first looks at a moment of its own whether these have said theirs.
        (_copyAt, _haveFirstSaid) = (_haveFirstSaid ? null : _now + (settings.Window * (1 + Part(StableHash.Of(settings.Node.Value)))), true);
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

    private bool IsCopyKeptHere(WorkloadName workload)
    {
        var (own, before) = (StableHash.Of(workload, settings.Node), 0);
        foreach (var node in _members.Known)
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
