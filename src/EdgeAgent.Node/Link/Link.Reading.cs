using System.Buffers.Binary;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Link;

/// <summary>
/// Reading what the broker keeps, in steps: one great subscription overflows a broker's queue, and the barrier passes all the
/// same (traces.md, 13).
/// </summary>
internal sealed partial class Link
{
    private const int BarrierTriesMax = 3;
    private const double DoubtInWindows = 1.25;
    private static readonly TimeSpan BarrierPatienceLeast = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(10);

    private readonly Dictionary<ulong, Barrier> _barriers = [];
    private bool _arePresencesRead;
    private bool _wasConnected;
    private bool _isProven;
    private bool _canarySeen;
    private bool _readsCopies;

    private enum Step
    {
        Own,
        Intents,
        Presences,
        Claims,
        Refreshed,
        Slot,
        Echo,
    }

    /// <summary>In a great cell, whose window is long, a broker that is behind with everything needs longer; who gave up then would only read everything again.</summary>
    private TimeSpan BarrierPatience => options.ReconnectWindow / 2 is var half && half > BarrierPatienceLeast ? half : BarrierPatienceLeast;

    /// <summary>The slots that are being read anew.</summary>
    public SlotReadings Readings { get; } = new();

    /// <summary>The own presence's topic said something, read or live.</summary>
    public void HeardOwnPresence(Presence word, bool retained)
    {
        if (State == LinkState.ReadingOwn)
        {
            _foundPresence = word;
            return;
        }

        if (word.Instance == options.Instance && word.Session == _session && !word.IsAway)
        {
            _isOnlineStored = true;
            SayStored();
            return;
        }

        if (!retained && !word.IsAway && word.Instance != options.Instance)
        {
            toCore.Enqueue(new NameShared());
        }

        if (!retained && !word.IsAway && _duplicates.Speaks(word))
        {
            IsDuplicate = true;
            return;
        }

        // A will of this very connection too: fired for one that lives it would count as gone for as long as it says nothing. The farewell's echo comes when nothing is said any more.
        if (word.Instance != options.Instance || word.Session < _session || word.State == PresenceState.Offline)
        {
            SayPresence();
        }
    }

    /// <summary>Another agent, that was there first, lives under this name.</summary>
    public bool IsDuplicate { get; private set; }

    /// <summary>The broker does not give retained messages to a wildcard subscription.</summary>
    public bool IsUnfit { get; private set; }

    public void HeardCanary(bool retained, bool isEmpty) => _canarySeen |= retained && !isEmpty;

    public void HeardBarrier(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length != sizeof(ulong) || !_barriers.Remove(BinaryPrimitives.ReadUInt64BigEndian(payload.Span), out var barrier))
        {
            return;
        }

        Measured(clock.Now - barrier.SentAt);

        switch (barrier.Step)
        {
            case Step.Own:
                OwnRead();
                break;
            case Step.Intents:
                Subscribe(Step.Presences, [topics.AllPresences]);
                break;
            case Step.Presences:
                // What is to be followed is known when the rules have heard of them all.
                _arePresencesRead = true;
                toCore.Enqueue(new PresencesRead());
                break;
            case Step.Claims:
                EndStep(barrier.Followed!);
                break;
            case Step.Slot:
                EndReading(barrier.Reading);
                break;
        }
    }

    /// <summary>A subscription anew makes the broker send what it keeps anew, behind which the message to oneself is behind all of it.</summary>
    public void ReadSlot(ReadSlot asked)
    {
        if (!IsOpen)
        {
            return;
        }

        Readings.Begin(asked);
        Subscribe(Step.Slot, [topics.ClaimsOf(asked.Slot), .. asked.Holders.SelectMany(FiltersOf)], reading: asked.Id);
    }

    private void EndReading(long id)
    {
        if (Readings.End(id, out var read) is not { } asked)
        {
            return;
        }

        // What is followed anyway by a wider filter is not sent twice from here on.
        ports.Broker.Submit(new BrokerUnsubscribe(_attempt, [.. asked.Holders.SelectMany(FiltersOf), .. Following.Passing([asked.Slot])]));
        toCore.Enqueue(read!);
    }

    private string[] FiltersOf(NodeId holder) => [topics.Lease(holder), topics.Presence(holder)];

    /// <summary>Said when the words are open: not before the rules know of the connection.</summary>
    private void SayStored()
    {
        if (_isOnlineStored && IsOpen)
        {
            toCore.Enqueue(new OnlineStored());
        }
    }

    public void Subscribed(BrokerSubscribed e)
    {
        if (e.Granted.Any(g => !g))
        {
            Break("the broker refused a subscription: its access rules must let this node read the cell's topics (docs/spec/configuration.md)");
        }
    }

    /// <summary>The claims that are to be read and followed.</summary>
    public FollowList Following { get; } = new(topics, () => core.Intents);

    public void Unfollow(IReadOnlyList<string> filters)
    {
        if (IsOpen)
        {
            ports.Broker.Submit(new BrokerUnsubscribe(_attempt, filters));
        }
    }

    /// <summary>Others' statuses, until they are unfollowed. For what is told alone: nothing is decided by them, and so no message to oneself stands behind them.</summary>
    public void FollowStatuses(IReadOnlyList<string> filters)
    {
        if (IsOpen)
        {
            ports.Broker.Submit(new BrokerSubscribe(_attempt, 0, filters));
        }
    }

    /// <summary>Reads the others' copies of intents, for the rest of this connection. Where it is this node that suspects, others are told.</summary>
    public void ReadCopies(bool tellOthers)
    {
        if (tellOthers && !IsStoreSuspect)
        {
            IsStoreSuspect = true;
            SayPresence();
        }

        if (IsOpen && !_readsCopies)
        {
            _readsCopies = true;
            ports.Broker.Submit(new BrokerSubscribe(_attempt, 0, [topics.AllCopies]));
        }
    }

    private void ReadOwn()
    {
        if (!_isProven)
        {
            _canarySeen = false;
            outbox.Publish(topics.Self(SelfPurpose.Canary, options.Node), new byte[] { 1 }, retain: true);
            outbox.EndTurn();
        }

        Subscribe(Step.Own,
        [
            topics.Presence(options.Node), topics.ClaimsBy(options.Node), topics.SelfOf(options.Node),
            topics.Command(options.Node), topics.CommandToAll(), topics.AsksOf(options.Node), topics.AllCalls,
            topics.VotesOf(options.Node), topics.GrantsTo(options.Node), topics.CopiesBy(options.Node), topics.Retired(options.Node),
        ]);
    }

    /// <summary>An operator's word on this very node. One that is older than its last enrolment was sent again, and says nothing.</summary>
    public void HeardOwnRetirement(Core.Fleet.Retirement word, long enrolledSerial)
    {
        IsRetired |= word.IsRetired && word.Serial > enrolledSerial;
        _sessionFloor = Math.Max(_sessionFloor, word.IsRetired ? 0 : word.Session);
    }

    /// <summary>Enrolled again: what it says in sessions up to this isn't heard.</summary>
    private long _sessionFloor;

    private void OwnRead()
    {
        if (IsRetired)
        {
            return;
        }

        if (_session <= _sessionFloor)
        {
            _session = _sessionFloor;
            outbox.EndTurn();
            ports.Broker.Submit(new BrokerDisconnect(_attempt));
            Forget("reconnecting as a node that was enrolled again");
            _deadline = clock.Now;
            return;
        }

        if (!_isProven)
        {
            IsUnfit = !_canarySeen;
            _isProven = _canarySeen;
            outbox.Publish(topics.Self(SelfPurpose.Canary, options.Node), default, retain: true);
        }

        if (_looksUpSession || (_foundPresence is { } other && other.Instance != options.Instance && other.Session >= _session))
        {
            // A new, wiped, full or old disk: the old session is known now, and the real connection goes on above it, with a will that counts.
            _looksUpSession = false;
            _wasKnown |= _foundPresence is not null;
            _session = Math.Max(_session, _foundPresence?.Session ?? 0);
            outbox.EndTurn();
            ports.Broker.Submit(new BrokerDisconnect(_attempt));
            Forget("reconnecting above the old session");
            _deadline = clock.Now;
            return;
        }

        _wasConnected = true;
        if (_duplicates.IsDuplicate(_foundPresence))
        {
            IsDuplicate = true;
            return;
        }

        IsStoreSuspect = SuspectsStore(_foundPresence);
        _wasKnown = true;
        _isPresenceSaid = true;
        SayPresence();
        if (_duplicates.HasPredecessor && !_isBeyondDoubt && core.HasUnprovenClaims)
        {
            // One that was kicked off is back within the window, by a clock of its own; and then it has to be read.
            State = LinkState.Doubting;
            _deadline = clock.Now + (options.ReconnectWindow * DoubtInWindows);
            return;
        }

        Open();
    }

    private bool _isBeyondDoubt;

    private void Open()
    {
        _isBeyondDoubt = true;
        State = LinkState.Reading;
        _echo = TimeSpan.Zero;
        ports.Broker.Submit(new BrokerUnsubscribe(_attempt, [topics.ClaimsBy(options.Node)]));
        toCore.Enqueue(new LinkOpened(_session));
        SayStored();
        Subscribe(Step.Intents, [topics.AllIntents, topics.AllRetired]);
    }

    /// <summary>The broker forgot what it had acknowledged, or died without firing this node's will (protocol.md, "Connecting" 2).</summary>
    private bool SuspectsStore(Presence? found) =>
        found is null ? _wasKnown : !found.IsAway || (found.Instance == options.Instance && found.Session < _sessionAcknowledged);

    /// <summary>A step is read before the next is asked for; when the first time nothing is left, everything has been read.</summary>
    private void FollowWhatIsNew()
    {
        if (!IsOpen || !_arePresencesRead || (_barriers.Count > 0 && _barriers.Values.Any(b => b.Step == Step.Claims)))
        {
            return;
        }

        if (Following.TakeStep() is { } step)
        {
            Subscribe(Step.Claims, step.Filters, step);
        }
        else if (State == LinkState.Reading)
        {
            (State, _isEchoMeasured) = (LinkState.Ready, false);
            _deadline = clock.Now + (options.ReconnectWindow * (1 + random.Fraction()));
            toCore.Enqueue(new LinkRead(IsStoreSuspect, _echo));
        }
    }

    private void EndStep(FollowStep step)
    {
        if (step.Leave.Count > 0)
        {
            ports.Broker.Submit(new BrokerUnsubscribe(_attempt, step.Leave));
        }

        toCore.Enqueue(step.Buckets != 0 ? new ClaimsRead(step.Buckets) : new SlotsRead(step.Slots));
    }

    /// <summary>
    /// What was acknowledged may have been dropped on its way to here: intents, and the presences of those who have a word on the slots that are followed, are read
    /// again now and then. All presences would be N² of them.
    /// </summary>
    private void Refresh()
    {
        Following.AddOnce(core.Speakers.Select(topics.Presence));
        Subscribe(Step.Refreshed, [topics.AllIntents]);
        _deadline = clock.Now + (RefreshInterval * (1 + (random.Fraction() / 2)));
    }

    private void Subscribe(Step step, IReadOnlyList<string> filters, FollowStep? followed = null, long reading = 0)
    {
        ports.Broker.Submit(new BrokerSubscribe(_attempt, (long)step + 1, filters));
        SendBarrier(new Barrier(step, filters, followed, 1, clock.Now, clock.Now + BarrierPatience) { Reading = reading });
    }

    private void SendBarrier(Barrier barrier)
    {
        var nonce = random.Next();
        _barriers[nonce] = barrier;
        var payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, nonce);
        outbox.Publish(topics.Self(SelfPurpose.Barrier, options.Node), payload, retain: false);
        outbox.EndTurn();
    }

    /// <summary>A broker may drop a barrier too.</summary>
    private void RepeatBarriers()
    {
        if (_barriers.Count == 0)
        {
            return;
        }

        foreach (var (nonce, barrier) in _barriers.Where(b => b.Value.Deadline <= clock.Now).ToList())
        {
            _barriers.Remove(nonce);
            if (barrier.Tries >= BarrierTriesMax)
            {
                Break("a message to oneself did not come back");
                return;
            }

            // What was dropped with it is read again (traces.md, 13).
            if (barrier.Filters.Count > 0)
            {
                ports.Broker.Submit(new BrokerSubscribe(_attempt, (long)barrier.Step + 1, barrier.Filters));
            }

            SendBarrier(barrier with { Tries = barrier.Tries + 1, SentAt = clock.Now, Deadline = clock.Now + BarrierPatience });
        }
    }

    private sealed record Barrier(Step Step, IReadOnlyList<string> Filters, FollowStep? Followed, int Tries, TimeSpan SentAt, TimeSpan Deadline)
    {
        /// <summary>Of a slot that is read anew: which reading.</summary>
        public long Reading { get; init; }
    }
}
