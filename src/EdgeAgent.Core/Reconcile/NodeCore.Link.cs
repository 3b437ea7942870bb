using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>Connecting, intents and what others say.</summary>
public sealed partial class NodeCore
{
    /// <summary>So many names of unknown workloads are remembered; beyond it every new intent's claims are read anew.</summary>
    private const int UnheardMax = 1024;

    /// <summary>Workloads of whose slots something was said in this connection before their intent was known.</summary>
    private readonly SortedSet<WorkloadName> _unheard = [];

    /// <summary>The window of a race is at least so many times the echo, or every bid would cross another.</summary>
    private const int EchoesInWindow = 8;

    private void Open(LinkOpened link)
    {
        (_session, _isOpen) = (link.Session, true);
        AnswerUnknownOwnClaims();
        SayAgain(_own.Values);
    }

    /// <summary>Retained own claims that this disk doesn't know: it was wiped. Nothing of them runs here, which the listing of the work showed before.</summary>
    private void AnswerUnknownOwnClaims()
    {
        foreach (var claims in _claims.Slots)
        {
            if (claims.Of(settings.Node) is { } said)
            {
                AnswerUnknownOwnClaim(said, Own(claims.Slot));
            }
        }
    }

    private void AnswerUnknownOwnClaim(Claim said, OwnSlot own)
    {
        if (IsAnothers(said, own))
        {
            // A copy of this disk took the slot while this one was away, and may be inside its lease.
            Disown(own);
        }

        if (own.Word is not null)
        {
            return;
        }

        if (own.Phase == OwnPhase.Stopping)
        {
            // It still runs: given up when nothing of it is left.
            (own.Word, own.AfterStop) = (said, AfterStop.Release);
        }
        else if (said is { IsExclusive: true, IsHolding: true })
        {
            // Whoever said it may be another under this name, inside its lease.
            own.Unknown = (said, _now + settings.Window + LeaseTerms.Of(said).Wait);
            LookAgainAt(own.Slot, own.Unknown.Value.GiveUpAt);
        }
        else
        {
            own.Word = GivenUp(said);
        }
    }

    /// <summary>Exclusive, said under this name by another, and above what this one knows.</summary>
    private bool IsAnothers(Claim said, OwnSlot own) => said is { IsExclusive: true, IsHolding: true } && said.Instance != settings.Instance
        && own is { Word: { } word, Phase: OwnPhase.Idle } && said.Epoch > word.Epoch;

    /// <summary>
    /// A bid may have been decided and its work started, and the agent ended before that was on disk: a witness's word keeps its epoch from being given to another,
    /// and vacates nothing.
    /// </summary>
    private static Claim GivenUp(Claim said) =>
        said.IsHolding ? said.WithoutOffer() with { Phase = said.IsStarted ? ClaimPhase.Released : ClaimPhase.Seen, Pid = 0, Reason = "the node lost its state" } : said;

    private void AnswerUnknown(OwnSlot own)
    {
        if (own.Unknown is not { } unknown || own.Word is not null)
        {
            return;
        }

        if (_now < unknown.GiveUpAt)
        {
            LookAgainAt(own.Slot, unknown.GiveUpAt);
            return;
        }

        (own.Unknown, own.Word) = (null, GivenUp(unknown.Claim) with { Epoch = Epoch.Max(unknown.Claim.Epoch, own.Disowned) });
        Say(own, own.Word.Phase, isKept: true, own.Word.Reason);
    }

    private void Read(LinkRead link)
    {
        _members.BarrierPassed(_now);
        Measure(link.Echo);
        SuspectWhatIsLost(link);
        _askAt = _now + (settings.Window / 2 * Part(StableHash.Of(settings.Node.Value)));
        _wishAt = null;
        WishSoon();
        LookAtEverything();
    }

    /// <summary>An undecided bid is void after a reconnect; what runs goes on.</summary>
    private void Leave()
    {
        (_isOpen, _isConnected) = (false, false);
        (_askAt, _hasAsked, _answerAt, _askers) = (null, false, null, 0);
        (_onlineStoredAt, _renewedAt, _copyAt, _wishAt) = (null, null, null, null);
        (_followed, _read, _knowsPresences) = (0, 0, false);
        _extra.Clear();
        _toReadAgain.Clear();
        _unheard.Clear();
        _copies.Clear();
        ForgetLeftovers();
        RememberWhoIsKnown();
        _members.LinkLost();
        _wakes.Clear();
        _firstWake = null;
        _claims.LinkLost();
        foreach (var known in _intents.Values)
        {
            (known.IsLive, known.IsStored, known.IsCopied, known.HasOlder) = (false, false, false, false);
        }

        foreach (var own in _own.Values)
        {
            // An absence is waited for over an unbroken connection.
            own.Watches.RemoveAll(_ => !Mutation.AbsenceKeptAcrossReconnect);
            (own.ReadBack, own.Unknown) = (0, null);
            if (own.Phase == OwnPhase.Bidding)
            {
                GiveBack(own.Slot);
                own.Word = own.Word! with { Phase = ClaimPhase.Withdrawn, Order = NextOrder(), Reason = "the connection was lost before the bid was decided" };
            }

            own.Enter(own.Phase is OwnPhase.Bidding or OwnPhase.Waiting ? OwnPhase.Idle : own.Phase, _parts);
            _toLookAt.Add(own.Slot);
        }
    }

    /// <summary>The presence is the loop's to say first; the claims follow it.</summary>
    private void SayAgain(IEnumerable<OwnSlot> parts)
    {
        foreach (var own in parts)
        {
            if (own.Word is { } word)
            {
                own.Word = word with { Order = NextOrder(), Instance = settings.Instance };
                _effects.Add(new SayClaim(own.Word, own.Bucket, IsKept: false));
            }
        }
    }

    private void Take(Intent intent, bool isLive, bool isFromStore)
    {
        var known = _intents.GetValueOrDefault(intent.Workload);
        if (known is not null && known.Intent.Digest == intent.Digest && known.Intent.Incarnation == intent.Incarnation)
        {
            (known.IsStored, known.IsCopied, known.HasOlder) = (known.IsStored || isFromStore, known.IsCopied || !isFromStore, known.HasOlder && !isFromStore);
            ClearCopyWhenStored(known);
            return;
        }

        if (known is not null && isFromStore && known.Intent.Supersedes(intent))
        {
            Miss(known, intent);
        }

        if (!intent.Supersedes(known?.Intent) || HasOtherVoters(intent, known?.Intent))
        {
            return;
        }

        var taken = new KnownIntent(intent) { IsLive = isLive, IsStored = isFromStore, IsCopied = !isFromStore };
        Know(taken);
        _effects.Add(new KeepIntent(intent));
        ClearCopyWhenStored(taken);
        NoteLeftovers(intent.Workload);
        TakeRejections(taken);
        var isNew = known is null && isLive && intent.Generation == 1 && intent.Follows == default && _unheard.Count < UnheardMax && !_unheard.Contains(intent.Workload);
        if (!isNew && !IsEverywhere(intent))
        {
            ReadAgain(SlotsOf(intent).Where(s => known is null || !IsWanted(s, known.Intent)));
        }

        _toLookAt.UnionWith(SlotsHere(intent));
        _toLookAt.UnionWith(_parts.AllOf(intent.Workload));
    }

    private void Take(PresenceHeard e)
    {
        var (bits, changes) = (_members.Cohorts.Bits, _members.Cohorts.Changes);
        var isNews = _members.Hear(e.Presence, e.Retained, _now);
        if (_members.Cohorts.Changes != changes)
        {
            UpdateInterest(bits);
        }

        if (isNews)
        {
            LookAtSlotsOf(e.Presence.Node);
        }
    }

    /// <summary>By the agent that is there; under this node's own name that is this one.</summary>
    private bool IsOfItsLife(Claim claim) => claim.Node == settings.Node ? claim.Instance == settings.Instance : _members.IsLife(claim.Node, claim.Order.Session, claim.Instance);

    private void Take(ClaimHeard e)
    {
        var claim = Retired(e.Claim);
        if (!e.Retained && claim == e.Claim)
        {
            _members.HeardLive(claim.Node);
        }

        NoteLeftover(claim);
        if (claim.Node != settings.Node && !IsConcerned(claim.Slot))
        {
            Unheard(claim.Slot);
            return;
        }

        if (claim.Node == settings.Node && Own(claim.Slot) is var mine && mine.Bucket != e.Bucket)
        {
            if (mine.Word is not null)
            {
                // A store that was set back has it again where it stood before the workload's mode changed.
                _effects.Add(new ClearStray(claim.Slot, e.Bucket));
                return;
            }

            mine.Bucket = e.Bucket;
        }

        switch (_claims.Hear(claim, e.Retained, _now, isKnown: _members.IsKnown(claim.Node), isOfItsLife: !e.Retained && IsOfItsLife(claim)))
        {
            case Hearing.Taken:
                _toLookAt.Add(claim.Slot);
                LookAtChanging(claim.Slot.Workload);
                TakeRejection(claim);
                WishSoon();
                break;
            case Hearing.Refused:
                _effects.Add(new Tell("Refused", "claim", "TooMany", $"a claim of {claim.Node} on {claim.Slot} was ignored: {_claims.Words} claims are known, and no more are taken of nodes that the cell doesn't know; see who writes them", IsEvent: true));
                break;
        }

        if (claim.Node == settings.Node && claim.IsStarted && _own.TryGetValue(claim.Slot, out var held) && held.Word?.Epoch == claim.Epoch)
        {
            held.IsKept = true;
        }

        // What the broker has kept is read anew for many reasons, and a store that was set back has what this node has cleared since.
        if (claim is { IsHolding: true } && claim.Node == settings.Node && e.Retained && _isOpen && Own(claim.Slot) is { Word: null, Unknown: null } unknown)
        {
            AnswerUnknownOwnClaim(claim, unknown);
            SayAgain([unknown]);
            return;
        }

        // One of the own topics holds what this agent has not said last: said again, once for each such word.
        if (claim.Node == settings.Node && _isOpen && _own.TryGetValue(claim.Slot, out var own) && own.Word is { } word
            && (claim.Order.CompareTo(word.Order) > 0 || (e.Retained && claim.Order != word.Order)))
        {
            _session = Math.Max(_session, claim.Order.Session);
            _rev = Math.Max(_rev, claim.Order.Session >= _session ? Math.Min(claim.Order.Rev, long.MaxValue / 2) : 0);
            Say(own, word.Phase, isKept: false, word.Reason);
        }
    }

    private void Take(ClaimCleared e)
    {
        var word = _claims[e.Slot].Of(e.Node);
        var isHeld = word is { IsStarted: true };
        _leftovers.Remove((e.Slot, e.Node));
        if (_claims.Forget(e.Slot, e.Node))
        {
            _toLookAt.Add(e.Slot);
            if (isHeld && _own.TryGetValue(e.Slot, out var idle) && idle.Phase is OwnPhase.Idle or OwnPhase.Waiting)
            {
                // Nobody clears what it runs: who did it was a stranger, and the holder says its word again.
                idle.NotBefore = Later(idle.NotBefore, _now + _raceWindow);
            }
        }

        if (e.Node == settings.Node && _isOpen && _own.TryGetValue(e.Slot, out var own) && own.Word is { } mine)
        {
            Say(own, mine.Phase, isKept: false, mine.Reason);
        }
        else if (word is { IsHolding: true } && IntentOf(e.Slot.Workload) is { } intent && word.Incarnation == intent.Incarnation && IsWanted(e.Slot, intent))
        {
            // Perhaps it was cleared for the workload before, and that has come a second time, behind what was said since: the broker has that.
            ReadAgain([e.Slot]);
        }
    }

    /// <summary>Somebody has an intent before it has come to here, as when a stranger's stood in its place: what is said of it is read when it comes.</summary>
    private void Unheard(SlotId slot)
    {
        if (_unheard.Count < UnheardMax)
        {
            _unheard.Add(slot.Workload);
        }
    }

    /// <summary>Whether a slot is one of a known workload: words on anything else are not kept, or strangers could fill the memory.</summary>
    private bool IsConcerned(SlotId slot) =>
        _own.ContainsKey(slot) || (_intents.TryGetValue(slot.Workload, out var known) && IsWanted(slot, known.Intent) && IsFollowed(slot));

    private void LookAtSlotsOf(NodeId node)
    {
        foreach (var slot in _claims.Of(node))
        {
            _toLookAt.Add(slot);
            LookAtChanging(slot.Workload);
        }
    }

    private void LookAtEverything()
    {
        foreach (var slot in _intents.Values.SelectMany(k => SlotsHere(k.Intent)).Concat(_own.Keys))
        {
            _toLookAt.Add(slot);
        }
    }

    private void DoWhatIsDue()
    {
        if (_answerAt <= _now)
        {
            Answer();
        }

        if (_copyAt <= _now)
        {
            SayCopiesThatAreMissing();
        }

        if (_askAt <= _now)
        {
            _askAt = null;
            AskHolders();
        }

        if (_leftoverAt <= _now)
        {
            AskAboutLeftovers();
        }

        WishWhenDue();

        if (FirstWake() <= _now)
        {
            foreach (var (slot, at) in _wakes)
            {
                if (at <= _now)
                {
                    _toLookAt.Add(slot);
                }
            }
        }

        foreach (var slot in _toLookAt)
        {
            ForgetWake(slot);
        }
    }

    private static IEnumerable<SlotId> SlotsOf(Intent? intent) => intent?.Spec is { } spec
        ? Enumerable.Range(0, spec.Mode == WorkloadMode.Everywhere ? 1 : spec.Replicas).Select(i => new SlotId(intent.Workload, i))
        : [];

    private static double Part(ulong hash) => hash / (double)ulong.MaxValue;
}
