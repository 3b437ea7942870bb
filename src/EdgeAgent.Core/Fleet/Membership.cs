namespace EdgeAgent.Core.Fleet;

/// <summary>What this node may conclude about another in this connection.</summary>
public enum PeerStanding
{
    /// <summary>No presence was seen.</summary>
    Unknown,

    /// <summary>A retained <c>online</c>, and nothing live yet: a killed broker fires no wills (traces.md, 11 and 29).</summary>
    Hearsay,

    Present,

    /// <summary>Present, and takes nothing new.</summary>
    Draining,

    Absent,
}

/// <summary>
/// Who is there, as far as this connection has shown. Nothing is carried over a reconnect (traces.md, 7 and 16). Times are the
/// loop's monotonic clock.
/// </summary>
public sealed class Membership(NodeId self, TimeSpan window, int candidatesMin = Cohorts.NodesMin)
{
    private readonly Dictionary<NodeId, Peer> _peers = [];
    private int _online;
    private int _draining;

    /// <summary>Who looks after which slots, by the presences seen in this connection.</summary>
    public Cohorts Cohorts { get; } = new(self, candidatesMin);

    /// <summary>Who speaks under more names than a cell has nodes is not heard.</summary>
    public const int PeersMax = 8192;

    /// <summary>The others of whom a presence was seen in this connection, online or not.</summary>
    public IEnumerable<NodeId> Known => _peers.Keys;

    /// <summary>Those that an operator took out of the cell, with the last session that counts no more.</summary>
    private readonly Dictionary<NodeId, long> _retired = [];

    /// <summary>What a node said in sessions up to this counts no more. True: it was one of those that are known.</summary>
    public bool Retire(NodeId node, long session)
    {
        _retired[node] = session;
        if (!_peers.TryGetValue(node, out var peer) || peer.Word.Session > session)
        {
            return false;
        }

        Count(peer.Word, -1);
        Cohorts.Remove(node, !peer.Word.IsAway);
        return _peers.Remove(node);
    }

    public bool IsKnown(NodeId node) => node == self || _peers.ContainsKey(node);

    /// <summary>When everything retained had been read in this connection; null before.</summary>
    public TimeSpan? BarrierAt { get; private set; }

    /// <summary>When the view counts as settled: R after the barrier, over which everybody has come back.</summary>
    public TimeSpan? SettledAt => BarrierAt + window;

    public bool IsSettled(TimeSpan now) => SettledAt is { } at && (now >= at || Mutation.ReconnectWindowIgnored);

    public void LinkLost()
    {
        _peers.Clear();
        (_online, _draining) = (0, 0);
        Cohorts.Clear();
        BarrierAt = null;
    }

    public void BarrierPassed(TimeSpan now) => BarrierAt = now;

    /// <summary>
    /// A presence, retained or live. A live <c>offline</c> that isn't the latest online word's is a will of an older connection, and says nothing. False where nothing
    /// is known now that was not known before.
    /// </summary>
    public bool Hear(Presence word, bool retained, TimeSpan now)
    {
        if (word.Node == self || (_peers.Count >= PeersMax && !_peers.ContainsKey(word.Node)) || (_retired.TryGetValue(word.Node, out var last) && word.Session <= last))
        {
            return false;
        }

        var known = _peers.GetValueOrDefault(word.Node);
        var isSame = known is not null && known.Word.Session == word.Session && known.Word.Instance == word.Instance && known.Word.IsAway == word.IsAway;
        var (since, isAsked) = isSame ? (known!.Since, known.IsAsked) : (now, false);
        if (!word.IsAway)
        {
            return Know(known, new Peer(word, since, OfflineAt: null, HeardLive: !retained || Mutation.RetainedOnlineBelieved || known is { HeardLive: true, OfflineAt: null }, isAsked));
        }

        var isCurrent = known is null || known.Word.IsAway || (known.Word.Session == word.Session && known.Word.Instance == word.Instance);
        return (retained || isCurrent)
            && Know(known, new Peer(word, since, known is { Word.IsAway: true } && known.Word.Session == word.Session ? known.OfflineAt ?? now : now, HeardLive: !retained, isAsked));
    }

    private bool Know(Peer? known, Peer peer)
    {
        if (peer == known)
        {
            return false;
        }

        if (known is null)
        {
            Cohorts.Add(peer.Word.Node, !peer.Word.IsAway);
        }
        else
        {
            Count(known.Word, -1);
            if (known.Word.IsAway != peer.Word.IsAway)
            {
                Cohorts.Change(peer.Word.Node, !peer.Word.IsAway);
            }
        }

        Count(peer.Word, 1);
        _peers[peer.Word.Node] = peer;
        return true;
    }

    private void Count(Presence word, int by)
    {
        _online += word.IsAway ? 0 : by;
        _draining += word.State == PresenceState.Draining ? by : 0;
    }

    /// <summary>Any other word of that node, come live in this connection: it is there, unless its presence says that it went.</summary>
    public void HeardLive(NodeId node)
    {
        if (_peers.TryGetValue(node, out var peer) && !peer.HeardLive)
        {
            _peers[node] = peer with { HeardLive = true };
        }
    }

    /// <summary>
    /// It matters now whether it is there, and nobody had a reason to ask before: a node of which only a kept word is known counts as silent R from now. False
    /// where more is known of it, or it was asked before.
    /// </summary>
    public bool Doubt(NodeId node, TimeSpan now)
    {
        if (!_peers.TryGetValue(node, out var peer) || peer is not { OfflineAt: null, HeardLive: false, IsAsked: false })
        {
            return false;
        }

        _peers[node] = peer with { Since = now };
        return true;
    }

    /// <summary>It has a reason to speak now.</summary>
    public void Asked(NodeId node)
    {
        if (_peers.TryGetValue(node, out var peer))
        {
            _peers[node] = peer with { IsAsked = true };
        }
    }

    /// <summary>What it answers to a question may not be heard here any more: its silence says nothing, and it is asked again where it matters.</summary>
    public void AnswerMissed(NodeId node)
    {
        if (_peers.TryGetValue(node, out var peer) && peer is { IsAsked: true, HeardLive: false })
        {
            _peers[node] = peer with { IsAsked = false };
        }
    }

    /// <summary>It was heard, but not where it should have been: it counts as silent R from now unless it is heard again. False where it is known to be gone, or isn't known.</summary>
    public bool Suspect(NodeId node, TimeSpan now)
    {
        if (!_peers.TryGetValue(node, out var peer) || peer.OfflineAt is not null)
        {
            return false;
        }

        _peers[node] = peer.HeardLive ? peer with { Since = now, HeardLive = false, IsAsked = false } : peer;
        return true;
    }

    public PeerStanding StandingOf(NodeId node, TimeSpan now)
    {
        if (node == self)
        {
            return PeerStanding.Present;
        }

        if (!_peers.TryGetValue(node, out var peer))
        {
            return PeerStanding.Unknown;
        }

        return peer switch
        {
            { OfflineAt: not null } => PeerStanding.Absent,
            { HeardLive: false } => IsSilent(peer, now) ? PeerStanding.Absent : PeerStanding.Hearsay,
            { Word.State: PresenceState.Draining } => PeerStanding.Draining,
            _ => PeerStanding.Present,
        };
    }

    /// <summary>
    /// Since when a node counts as absent: the later of its offline word and one's own barrier; null while it is there, or while
    /// that can't be told. A node without any presence was never there, or the store forgot it: it counts as silent.
    /// </summary>
    public TimeSpan? AbsentSince(NodeId node, TimeSpan now)
    {
        if (BarrierAt is not { } barrier || node == self)
        {
            return null;
        }

        if (_peers.TryGetValue(node, out var peer) && peer.OfflineAt is { } offlineAt)
        {
            return offlineAt > barrier ? offlineAt : barrier;
        }

        if (peer is null)
        {
            return IsSettled(now) ? barrier : null;
        }

        return !peer.HeardLive && IsSilent(peer, now) ? SilentSince(peer) : null;
    }

    /// <summary>What the broker keeps of a node's presence, as far as this connection has read it; null: nothing was read.</summary>
    public Presence? WordOf(NodeId node) => _peers.GetValueOrDefault(node)?.Word;

    /// <summary>Its latest presence says that it is there in that session of that start.</summary>
    public bool IsLife(NodeId node, long session, ulong instance) => _peers.GetValueOrDefault(node)?.Word is { IsAway: false } word && word.Session == session && word.Instance == instance;

    /// <summary>When those of whom only a kept word is known count as silent, if nothing of them comes live before; null: there are none.</summary>
    public TimeSpan? SilentAt(NodeId node) => _peers.TryGetValue(node, out var peer) && peer is { OfflineAt: null, HeardLive: false } && SilentSince(peer) is { } since ? since + window : null;

    /// <summary>A kept word that was read later than at connecting, because its live copy was lost, has as long to be followed by a live one.</summary>
    private bool IsSilent(Peer peer, TimeSpan now) => SilentSince(peer) is { } since && now >= since + window;

    private TimeSpan? SilentSince(Peer peer) => BarrierAt is not { } barrier ? null : peer.Since > barrier ? peer.Since : barrier;

    /// <summary>
    /// How many nodes could take work now, this one among them: those of whom nothing says that they are gone. A word that was only kept counts, and also when nothing
    /// was heard of its node since: nobody had a reason to ask.
    /// </summary>
    public int CountPresent() => 1 + _online - _draining;

    /// <summary>
    /// Of nobody else the latest word is that it is there, in a settled view. A word that was only kept counts: who has not been heard of late may take part
    /// all the same.
    /// </summary>
    public bool IsAlone(TimeSpan now) => _online == 0 && IsSettled(now);

    private sealed record Peer(Presence Word, TimeSpan Since, TimeSpan? OfflineAt, bool HeardLive, bool IsAsked);
}
