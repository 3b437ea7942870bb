using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>The connection: what EdgeAgent.Node's Link does, in as few steps as keep the order of what can be seen from outside.</summary>
internal sealed partial class SmallNode
{
    /// <summary>As Link's: another under this name is back within R by a clock of its own.</summary>
    private const double DoubtInWindows = 1.25;

    private readonly SortedSet<SlotId> _toReadOnce = [];
    private uint _toFollow;
    private bool _isReadingClaims;

    /// <summary>When the leases were said that have no acknowledgement yet.</summary>
    private readonly List<TimeSpan> _renewals = [];

    /// <summary>The slots that are being read anew, in their order.</summary>
    private readonly List<Reading> _readings = [];
    private LinkStep _link = LinkStep.Down;
    private long _session = 1;
    private long _sessionEchoed;
    private TimeSpan? _connectBy;
    private TimeSpan? _doubtUntil;
    private (ulong Instance, long Session)? _predecessor;
    private bool _isFirstConnection = true;
    private bool _isBeyondDoubt;
    private bool _wasKnown;
    private bool _isPresenceSaid;
    private bool _isStoreSuspect;
    private bool _readsCopies;
    private bool _isOnlineStored;

    private enum LinkStep
    {
        Down,
        ReadingOwn,
        Doubting,
        ReadingWorld,
        ReadingClaims,
        Ready,
    }

    public bool CanConnect => IsAlive && !IsCut && _link == LinkStep.Down;

    /// <summary>The network or the broker is back: it comes within R.</summary>
    public void ExpectConnect() => _connectBy = _link == LinkStep.Down && IsAlive ? Clock.Now + ReconnectWindow() : _connectBy;

    /// <summary>Who holds exclusive work is back before its lease lapses, if it can be.</summary>
    private TimeSpan ReconnectWindow() =>
        _core!.LeaseUntil is { } lapse && lapse > Clock.Now && (lapse - Clock.Now) / 2 < setup.Timing.Window ? (lapse - Clock.Now) / 2 : setup.Timing.Window;

    public void Connect(Turn turn)
    {
        _turn = turn;
        _session++;
        (_link, _connectBy) = (LinkStep.ReadingOwn, null);
        (_isPresenceSaid, _isStoreSuspect, _readsCopies, _isOnlineStored) = (false, false, false, false);
        Send(new Connect(OwnPresence(PresenceState.Offline)));
        EndTurn();
    }

    public void Hear(Downward message, Turn turn)
    {
        _turn = turn;
        switch (message)
        {
            case Lost:
                var wasFound = _link != LinkStep.ReadingOwn;
                Disconnect();
                _connectBy = Clock.Now + ReconnectWindow();
                if (wasFound)
                {
                    Step(new LinkLost());
                }

                break;
            case Read { Step: ReadStep.Own } e:
                OwnRead(e);
                break;
            case Read { Step: ReadStep.World } e:
                WorldRead(e);
                break;
            case Read { Step: ReadStep.Claims } e:
                ClaimsRead(e);
                break;
            case Read { Step: ReadStep.Slot } e:
                SlotRead(e);
                break;
            case Acknowledged:
                var sentAt = _renewals[0];
                _renewals.RemoveAt(0);
                Step(new LeaseRenewed(sentAt));
                break;
            case Read e:
                HearAll(e, retained: true);
                break;
            case Said e:
                Hear(e.Word, retained: false);
                break;
        }

        EndTurn();
    }

    private void Disconnect()
    {
        _link = LinkStep.Down;
        _isPresenceSaid = false;
        _doubtUntil = null;
        _toReadOnce.Clear();
        (_toFollow, _isReadingClaims) = (0, false);
        _waiting.Clear();
        _renewals.Clear();
        _readings.Clear();
    }

    private void OwnRead(Read e)
    {
        Step(new LinkFound());
        HearAll(e, retained: true);
        var found = e.Words.Items.OfType<PresenceWord>().FirstOrDefault()?.Presence;
        if (_isFirstConnection)
        {
            _isFirstConnection = false;
            _predecessor = found is not null && found.Instance != Instance(_life) ? (found.Instance, found.Session) : null;
        }

        _isStoreSuspect = found is null ? _wasKnown : found.State == PresenceState.Online || (found.Instance == Instance(_life) && found.Session < _sessionEchoed);
        (_wasKnown, _isPresenceSaid) = (true, true);
        SayOwnPresence();
        if (_predecessor is not null && !_isBeyondDoubt && _core!.HasUnprovenClaims)
        {
            (_link, _doubtUntil) = (LinkStep.Doubting, Clock.Now + (setup.Timing.Window * DoubtInWindows));
            return;
        }

        Open();
    }

    private void Open()
    {
        (_isBeyondDoubt, _link) = (true, LinkStep.ReadingWorld);
        Send(new Subscribe(ReadStep.World));
        Step(new LinkOpened(_session));
        SayStored();
    }

    private void SayStored()
    {
        if (_isOnlineStored && _link >= LinkStep.ReadingWorld)
        {
            Step(new OnlineStored());
        }
    }

    private void ReadAnew(ReadSlot e)
    {
        if (_link >= LinkStep.ReadingWorld)
        {
            _readings.Add(new Reading(e.Slot, e.Id, e.Holders));
            Send(new Subscribe(ReadStep.Slot, $"{e.Slot} {string.Join(' ', e.Holders)}".TrimEnd()));
        }
    }

    private void SlotRead(Read e)
    {
        var reading = _readings[0];
        _readings.RemoveAt(0);
        HearAll(e, retained: true);
        Step(new SlotRead(reading.Slot, reading.Id, reading.Holders)
        {
            Claims = [.. e.Words.Items.OfType<ClaimWord>().Select(w => w.Claim)],
            Presences = e.Words.Items.OfType<PresenceWord>().ToDictionary(w => w.Presence.Node, w => w.Presence),
            Leases = e.Words.Items.OfType<LeaseSaid>().ToDictionary(w => w.Node, w => w.Lease),
        });
    }

    private void WorldRead(Read e)
    {
        HearAll(e, retained: true);
        _link = LinkStep.ReadingClaims;
        Step(new PresencesRead());
    }

    private void ClaimsRead(Read e)
    {
        HearAll(e, retained: true);
        _isReadingClaims = false;
        Step(e.Of.StartsWith(Subscribe.BucketsMark, StringComparison.Ordinal)
            ? new ClaimsRead(uint.Parse(e.Of[Subscribe.BucketsMark.Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            : new SlotsRead([.. e.Of.Split(' ').Select(SlotOf)]));
    }

    private static SlotId SlotOf(string text) =>
        text.Split('/') is [var workload, var index] ? new(WorkloadName.Parse(workload), int.Parse(index, CultureInfo.InvariantCulture)) : throw new NotSupportedException(text);

    /// <summary>A step is read before the next is asked for; when the first time nothing is left, everything has been read.</summary>
    private void FollowWhatIsNew()
    {
        if (_link < LinkStep.ReadingClaims || _isReadingClaims)
        {
            return;
        }

        if (_toFollow != 0 || _toReadOnce.Count > 0)
        {
            _isReadingClaims = true;
            Send(new Subscribe(ReadStep.Claims, _toFollow != 0 ? $"{Subscribe.BucketsMark}{_toFollow:x}" : string.Join(' ', _toReadOnce)));
            _toReadOnce.ExceptWith(_toFollow == 0 ? _toReadOnce.ToList() : []);
            _toFollow = 0;
        }
        else if (_link == LinkStep.ReadingClaims)
        {
            _link = LinkStep.Ready;
            Step(new LinkRead(_isStoreSuspect, TimeSpan.Zero));
            FollowWhatIsNew();
        }
    }

    private void HearAll(Read e, bool retained)
    {
        foreach (var word in e.Words.Items)
        {
            Hear(word, retained);
        }
    }

    private void Hear(Word word, bool retained)
    {
        switch (word)
        {
            case PresenceWord w when w.Presence.Node == Id:
                HearOwnPresence(w.Presence);
                break;
            case PresenceWord w:
                if (w.Presence.StoreSuspect)
                {
                    ReadCopies(tellOthers: false);
                }

                Step(new PresenceHeard(w.Presence, retained));
                break;
            case IntentWord w:
                Step(new IntentHeard(w.Intent, retained));
                break;
            case CopyWord w when w.Node != Id:
                Step(new CopyHeard(w.Intent));
                break;
            case ClaimWord w:
                Step(new ClaimHeard(w.Claim, retained) { Bucket = Bucket.Of(w.Claim.Slot) });
                break;
            case ClearedClaim w:
                Step(new ClaimCleared(w.Slot, w.Node));
                break;
            case WishWord w:
                Step(new WishedFor(w.Asker, w.Slot, w.Epoch, w.Score));
                break;
            case QuestionAbout w:
                Step(new AskedAbout(w.Slot, w.Instance));
                break;
            case Question w:
                Step(new AskedBy(w.Asker));
                break;
        }
    }

    /// <summary>The echo of the own presence stands for its acknowledgement too: both come from the same place at the same time.</summary>
    private void HearOwnPresence(Presence word)
    {
        if (word.Instance == Instance(_life) && word.Session == _session && word.State == PresenceState.Online)
        {
            _sessionEchoed = _session;
            _isOnlineStored = true;
            SayStored();
        }
        else if (_isPresenceSaid && (word.Instance != Instance(_life) || word.Session < _session))
        {
            SayOwnPresence();
        }
    }

    private void SayOwnPresence()
    {
        if (_isPresenceSaid)
        {
            Publish(new PresenceWord(OwnPresence(PresenceState.Online)));
        }
    }

    private void ReadCopies(bool tellOthers)
    {
        if (tellOthers && !_isStoreSuspect)
        {
            _isStoreSuspect = true;
            SayOwnPresence();
        }

        if (_link >= LinkStep.ReadingWorld && !_readsCopies)
        {
            _readsCopies = true;
            Send(new Subscribe(ReadStep.Copies));
        }
    }

    private readonly record struct Reading(SlotId Slot, long Id, IReadOnlyList<NodeId> Holders);

    private Presence OwnPresence(PresenceState state) =>
        new(Id, _session, Instance(_life), state) { StoreSuspect = state == PresenceState.Online && _isStoreSuspect };
}
