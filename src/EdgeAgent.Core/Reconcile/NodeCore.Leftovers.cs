using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Words that stay behind of slots that nobody wants any more. Who said one sees it only where its own broker keeps it; another's, as two with a bridge between them, may keep what was cleared long ago, and
/// whoever waits for the deletion would wait for ever. So who sees it asks its node, which says its latest word again: where it has none, that there is none (docs/adr/0030).
/// </summary>
public sealed partial class NodeCore
{
    private const int LeftoversMax = 256;

    /// <summary>Of questions that come together; what is asked beyond is asked again.</summary>
    private const int AskedAboutMax = 64;

    /// <summary>Nobody is asked sooner: most are cleared at once, or when the work has ended.</summary>
    private const int WindowsBeforeAsking = 2;

    private static readonly TimeSpan LongestUntilAskedAgain = TimeSpan.FromMinutes(10);

    /// <summary>Longer than any lease binds: what an earlier agent said under this name may be another's that still runs.</summary>
    private static readonly TimeSpan LongestWait = new LeaseTerms(WorkloadLimits.LeaseMax, WorkloadLimits.StopTimeoutMax).Wait;

    private readonly SortedDictionary<(SlotId Slot, NodeId Node), Leftover> _leftovers = [];

    /// <summary>What this node was asked about, and by which agent it was said.</summary>
    private readonly SortedDictionary<SlotId, ulong> _askedAbout = [];

    /// <summary>Since when it has been asked about words of other agents under this name.</summary>
    private readonly SortedDictionary<(SlotId Slot, ulong Instance), TimeSpan> _askedSince = [];

    private TimeSpan? _leftoverAt;

    private readonly record struct Leftover(ulong Instance, TimeSpan AskAt, int Times);

    private void NoteLeftovers(WorkloadName workload)
    {
        foreach (var claim in _parts.AllOf(workload).SelectMany(s => _claims[s].Words))
        {
            NoteLeftover(claim);
        }
    }

    private void NoteLeftover(Claim claim)
    {
        if (claim.Node == settings.Node || !_members.IsKnown(claim.Node) || !_intents.TryGetValue(claim.Slot.Workload, out var known) || IsWanted(claim.Slot, known.Intent))
        {
            return;
        }

        var key = (claim.Slot, claim.Node);
        if (_leftovers.TryGetValue(key, out var before))
        {
            _leftovers[key] = before with { Instance = claim.Instance };
        }
        else if (_leftovers.Count < LeftoversMax || MakeRoomForLeftover())
        {
            var at = _now + (settings.Window * (WindowsBeforeAsking * (1 + Part(StableHash.Of(claim.Slot, settings.Node)))));
            _leftovers[key] = new(claim.Instance, at, 0);
            _leftoverAt = Earlier(_leftoverAt, at);
        }
    }

    /// <summary>Whom nobody can ask now gives way to whom one can: dead devices may have left more words than are kept.</summary>
    private bool MakeRoomForLeftover()
    {
        foreach (var key in _leftovers.Keys)
        {
            if (!IsThere(key.Node))
            {
                return _leftovers.Remove(key);
            }
        }

        return false;
    }

    private bool IsThere(NodeId node) => _members.StandingOf(node, _now) is PeerStanding.Present or PeerStanding.Draining;

    private void AskAboutLeftovers()
    {
        _leftoverAt = null;
        foreach (var (key, leftover) in _leftovers.ToList())
        {
            if (!_intents.TryGetValue(key.Slot.Workload, out var known) || IsWanted(key.Slot, known.Intent))
            {
                // Its workload is there again, and the ordinary rules look after it; or the deletion is forgotten.
                _leftovers.Remove(key);
                continue;
            }

            var next = leftover;
            if (leftover.AskAt <= _now)
            {
                var isAsked = IsThere(key.Node);
                if (isAsked)
                {
                    _effects.Add(new AskAbout(key.Node, key.Slot, leftover.Instance));
                }

                var wait = settings.Window * (WindowsBeforeAsking << Math.Min(leftover.Times, 16));
                next = leftover with { AskAt = _now + (wait < LongestUntilAskedAgain ? wait : LongestUntilAskedAgain), Times = leftover.Times + (isAsked ? 1 : 0) };
                _leftovers[key] = next;
            }

            _leftoverAt = Earlier(_leftoverAt, next.AskAt);
        }
    }

    private void ForgetLeftovers()
    {
        _leftovers.Clear();
        _askedAbout.Clear();
        _leftoverAt = null;
    }

    private void Take(AskedAbout e)
    {
        if (_askedAbout.Count < AskedAboutMax || _askedAbout.ContainsKey(e.Slot))
        {
            _askedAbout[e.Slot] = e.Instance;
            _answerAt ??= _now + AnswerDelay;
        }
    }

    /// <summary>It was said at the latest when it was first asked about: whatever lease it tells of is over by now.</summary>
    private bool IsLongSaid(SlotId slot, ulong instance)
    {
        if (_askedSince.TryGetValue((slot, instance), out var since))
        {
            return _now - since > LongestWait && _askedSince.Remove((slot, instance));
        }

        if (_askedSince.Count >= AskedAboutMax)
        {
            _askedSince.Remove(_askedSince.MinBy(a => a.Value).Key);
        }

        _askedSince[(slot, instance)] = _now;
        return false;
    }

    private void AnswerAbout()
    {
        foreach (var (slot, instance) in _askedAbout)
        {
            if (_own.TryGetValue(slot, out var own) && own is not { Word: null, Unknown: null, Phase: OwnPhase.Idle or OwnPhase.Waiting })
            {
                SayAgain([own]);
            }
            else if (_isOpen && _intents.TryGetValue(slot.Workload, out var known) && !IsWanted(slot, known.Intent) && (instance == settings.Instance || IsLongSaid(slot, instance)))
            {
                foreach (var bucket in new SortedSet<int> { Bucket.Of(slot), Bucket.Of(settings.Node) })
                {
                    _effects.Add(new ClearStray(slot, bucket));
                }
            }
        }

        _askedAbout.Clear();
    }
}
