using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Keeping;
using EdgeAgent.Node.Ports;
using EdgeAgent.Node.Telling;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Link;

/// <summary>
/// The connection, as protocol.md ("Connecting") wants it: a session reserved on disk before it is used, a will, the own words read
/// first, then everything else in steps that end with a message to oneself. What follows for the rules goes to <c>toCore</c>.
/// </summary>
internal sealed partial class Link(NodeOptions options, TopicSpace topics, NodePorts ports, NodeCore core, Outbox outbox, Keeper keeper, Teller teller, LoopClock clock, SplitMix random, Queue<CoreEvent> toCore)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(2);

    private readonly DuplicateWatch _duplicates = new(options.Instance);
    private TimeSpan? _deadline = TimeSpan.Zero;
    private long _attempt;
    private long _session;
    private long _sessionAcknowledged;
    private long _sessionReserved;
    private long _reservation;
    private long _farewell;
    private int _failures;
    private bool _looksUpSession;
    private bool _wasKnown;
    private Presence? _foundPresence;
    private bool _isPresenceSaid;
    private bool _isOnlineStored;

    public LinkState State { get; private set; } = LinkState.Waiting;

    /// <summary>What the broker called itself, or why there is none.</summary>
    public string Description { get; private set; } = "not connected yet";

    public long Session => _session;

    /// <summary>An operator has taken this node out of the cell: nothing is said, and nothing runs.</summary>
    public bool IsRetired { get; private set; }

    public bool IsOpen => State is LinkState.Reading or LinkState.Ready;

    /// <summary>The machine is about to restart, and is likely back by then; null: it isn't.</summary>
    public DateTimeOffset? RestartingUntil { get; private set; }

    /// <summary>What the broker keeps is older than what is known here: copies are read.</summary>
    public bool IsStoreSuspect { get; private set; }

    public TimeSpan? Deadline => Earlier(_deadline, _barriers.Count == 0 ? null : _barriers.Values.Min(b => b.Deadline));

    public bool IsCurrent(long attempt) => attempt == _attempt && State is not (LinkState.Waiting or LinkState.Reserving or LinkState.Left);

    /// <summary>After the store was read and the work was listed.</summary>
    public void Begin(StoredState stored)
    {
        (_session, _sessionReserved) = (stored.SessionReserved, stored.SessionReserved);
        (_wasKnown, _looksUpSession) = (stored.SessionReserved > 0, stored.SessionReserved == 0);
        _deadline = clock.Now;
    }

    /// <summary>Another has the name: no farewell, which would be said in its name.</summary>
    public void Abandon()
    {
        if (State is not (LinkState.Waiting or LinkState.Reserving))
        {
            ports.Broker.Submit(new BrokerDisconnect(_attempt));
        }

        Forget("another agent has this name");
        (State, _deadline) = (LinkState.Left, null);
    }

    public void EndTurn(bool hasBegun)
    {
        if (!hasBegun)
        {
            return;
        }

        FollowWhatIsNew();
        RepeatBarriers();
        if (State == LinkState.Reserving && keeper.IsKept(_reservation))
        {
            Connect();
        }
        else if (State == LinkState.Reserving && keeper.Failure is not null)
        {
            // A disk that takes nothing keeps no agent away: the broker knows the last session, as after a wiped disk.
            _looksUpSession = true;
            Connect();
        }

        if (_deadline is not { } deadline || clock.Now < deadline)
        {
            return;
        }

        _deadline = null;
        switch (State)
        {
            case LinkState.Waiting:
                Reserve();
                break;
            case LinkState.Connecting or LinkState.ReadingOwn or LinkState.Reading:
                Break("the broker did not answer in time");
                break;
            case LinkState.Doubting:
                Open();
                break;
            case LinkState.Leaving:
                Part();
                break;
            case LinkState.Ready when !_isEchoMeasured:
                MeasureEcho();
                break;
            case LinkState.Ready:
                Refresh();
                break;
        }
    }

    /// <summary>Says goodbye, waits for the acknowledgement, disconnects.</summary>
    /// <param name="restartingUntil">Where the machine restarts, by when it is likely back.</param>
    public void Leave(DateTimeOffset? restartingUntil = null)
    {
        RestartingUntil = restartingUntil ?? RestartingUntil;
        if (!_isPresenceSaid)
        {
            Part();
            return;
        }

        State = LinkState.Leaving;
        _barriers.Clear();
        _deadline = clock.Now + FarewellPatience;
        _farewell++;
        outbox.Publish(topics.Presence(options.Node), WordCodec.Write(OwnPresence(PresenceState.Offline)), retain: true, purpose: PublishPurpose.Farewell, tag: _farewell);
    }

    public void Acknowledged(PublishPurpose purpose, long tag)
    {
        if (purpose == PublishPurpose.OwnPresence)
        {
            _sessionAcknowledged = Math.Max(_sessionAcknowledged, tag);
        }
        else if (purpose == PublishPurpose.Farewell && State == LinkState.Leaving)
        {
            Part();
        }
    }

    public void Connected(BrokerConnected e)
    {
        (State, Description, _failures) = (LinkState.ReadingOwn, e.Description, 0);
        _deadline = null;
        (_foundPresence, _isPresenceSaid, IsStoreSuspect, _readsCopies) = (null, false, false, false);
        _isOnlineStored = false;
        outbox.LinkUp(_attempt);
        toCore.Enqueue(new LinkFound());
        teller.Note(Severity.Info, "Connected", options.Node.Value, $"{e.Description}, session {_session}");
        ReadOwn();
    }

    public void Lost(BrokerLost e)
    {
        if (State is LinkState.Leaving)
        {
            State = LinkState.Left;
            return;
        }

        teller.Tell(Severity.Warning, "Disconnected", options.Node.Value, e.Reason, $"{e.Reason}; what runs goes on, and the connection is tried again");
        Forget(e.Reason);
        // Spread over R once connected, so that a cell does not come back in one moment; soon while it never was.
        var window = _wasConnected ? options.ReconnectWindow : FirstRetry * Math.Pow(2, Math.Min(_failures, 6));
        _failures++;
        window = window < options.ReconnectWindow ? window : options.ReconnectWindow;
        // Who holds exclusive work is back before its lease lapses, if it can be.
        window = core.LeaseUntil is { } lapse && lapse > clock.Now && (lapse - clock.Now) / 2 < window ? (lapse - clock.Now) / 2 : window;
        _deadline = clock.Now + TimeSpan.FromMilliseconds(20) + (random.Fraction() * window);
    }

    /// <summary>Says that the machine is about to restart, or with null that it isn't.</summary>
    public void SayRestarting(DateTimeOffset? until)
    {
        RestartingUntil = until;
        SayPresence(until is null ? PublishPurpose.OwnPresence : PublishPurpose.Restarting);
    }

    /// <summary>The own presence is said again: somebody doubts it, or its topic holds something else.</summary>
    public void SayPresence() => SayPresence(PublishPurpose.OwnPresence);

    private void SayPresence(PublishPurpose purpose)
    {
        if (_isPresenceSaid && State != LinkState.Leaving)
        {
            outbox.Publish(topics.Presence(options.Node), WordCodec.Write(OwnPresence(PresenceState.Online)), retain: true, purpose: purpose, tag: _session);
        }
    }

    private void Reserve()
    {
        State = LinkState.Reserving;
        if (_session + 1 > _sessionReserved)
        {
            _sessionReserved = _session + NodeLimits.SessionBlock;
            _reservation = keeper.Keep(new ReserveSessions(_sessionReserved));
            return;
        }

        Connect();
    }

    private void Connect()
    {
        State = LinkState.Connecting;
        _session++;
        _attempt++;
        _deadline = clock.Now + ConnectPatience;
        var will = _looksUpSession ? null : topics.Presence(options.Node);
        ports.Broker.Submit(new BrokerConnect(_attempt, $"{options.Fleet}.{options.Cell}.{options.Node}", will, will is null ? default : WordCodec.Write(OwnPresence(PresenceState.Offline, isWill: true))));
    }

    /// <summary>Ends a connection that is no good; the answer is <see cref="BrokerLost"/>.</summary>
    private void Break(string reason)
    {
        teller.Tell(Severity.Warning, "ConnectionBroken", options.Node.Value, reason, $"{reason}; connecting again");
        ports.Broker.Submit(new BrokerDisconnect(_attempt));
        Lost(new BrokerLost(_attempt, reason));
    }

    private void Part()
    {
        if (State is LinkState.Waiting or LinkState.Reserving)
        {
            State = LinkState.Left;
            return;
        }

        State = LinkState.Leaving;
        _deadline = clock.Now + FarewellPatience;
        ports.Broker.Submit(new BrokerDisconnect(_attempt));
        State = LinkState.Left;
    }

    private void Forget(string reason)
    {
        var wasOpen = State is not LinkState.Connecting;
        (State, Description) = (LinkState.Waiting, reason);
        _isPresenceSaid = false;
        _barriers.Clear();
        _echoes.Clear();
        Readings.Clear();
        Following.Clear();
        _arePresencesRead = false;
        outbox.LinkDown();
        if (wasOpen)
        {
            toCore.Enqueue(new LinkLost());
        }
    }

    /// <summary>The will tells of what nobody meant; of itself a node that restarts says so, also when it leaves.</summary>
    private Presence OwnPresence(PresenceState state, bool isWill = false) =>
        new(options.Node, _session, options.Instance, RestartingUntil is not null && !isWill ? PresenceState.Restarting : state == PresenceState.Online && core.IsCordoned ? PresenceState.Draining : state)
        {
            Version = options.Version,
            StoreSuspect = state == PresenceState.Online && IsStoreSuspect,
            RestartingUntil = isWill ? null : RestartingUntil,
        };

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;
}
