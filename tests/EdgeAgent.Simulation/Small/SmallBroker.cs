using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Simulation.Small;

/// <summary>A broker as far as the protocol rests on it: what it keeps, who is connected, whose will it has.</summary>
internal sealed class SmallBroker
{
    private readonly SortedDictionary<string, Word> _retained = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NodeId, Session> _sessions = [];
    private readonly SortedDictionary<string, Word> _saved = new(StringComparer.Ordinal);

    public bool IsUp { get; private set; } = true;

    public IEnumerable<Word> Retained => _retained.Values;

    public bool HasSession(NodeId node) => _sessions.ContainsKey(node);

    /// <summary>Takes what a node has sent; gives what it sends to whom.</summary>
    public List<(NodeId To, Downward Message)> Take(NodeId from, Upward message)
    {
        var sent = new List<(NodeId, Downward)>();
        var session = _sessions.GetValueOrDefault(from);
        switch (message)
        {
            case Connect e:
                End(from, sent);
                _sessions[from] = session = new Session(from, e.Will);
                Read(session, new Subscribe(ReadStep.Own), sent);
                break;
            case Ended:
                End(from, sent);
                break;
            case Subscribe e when session is not null:
                session.Follow(e);
                Read(session, e, sent);
                break;
            case Publish e when session is not null:
                Route(e.Word, sent);
                if (e.Word is LeaseSaid)
                {
                    sent.Add((from, new Acknowledged()));
                }

                break;
        }

        return sent;
    }

    public List<(NodeId To, Downward Message)> TakeFromOperator(Word word)
    {
        var sent = new List<(NodeId, Downward)>();
        Route(word, sent);
        return sent;
    }

    /// <summary>Its disk, to which it may be set back.</summary>
    public void Save()
    {
        _saved.Clear();
        foreach (var (topic, word) in _retained)
        {
            _saved.Add(topic, word);
        }
    }

    /// <summary>With -9: no will is fired.</summary>
    public void Kill()
    {
        IsUp = false;
        _sessions.Clear();
    }

    public void Start(StoreFate fate)
    {
        IsUp = true;
        if (fate == StoreFate.Kept)
        {
            return;
        }

        _retained.Clear();
        foreach (var (topic, word) in _saved)
        {
            if (fate == StoreFate.RolledBack)
            {
                _retained.Add(topic, word);
            }
        }
    }

    private void End(NodeId node, List<(NodeId, Downward)> sent)
    {
        if (_sessions.Remove(node, out var session))
        {
            Route(new PresenceWord(session.Will), sent);
        }
    }

    private void Read(Session session, Subscribe e, List<(NodeId, Downward)> sent) =>
        sent.Add((session.Node, new Read(e.Step, e.Of, new WordList([.. _retained.Values.Where(w => session.IsReadBy(e, w))]))));

    private void Route(Word word, List<(NodeId, Downward)> sent)
    {
        if (word.IsEmpty)
        {
            _retained.Remove(word.Topic);
        }
        else if (word.IsRetained)
        {
            _retained[word.Topic] = word;
        }

        foreach (var session in _sessions.Values)
        {
            if (session.IsFor(word))
            {
                sent.Add((session.Node, new Said(word)));
            }
        }
    }

    /// <summary>A connection and what it has subscribed to.</summary>
    private sealed class Session(NodeId node, Presence will)
    {
        private bool _readsWorld;
        private bool _readsCopies;
        private bool _readsClaims;

        public NodeId Node => node;

        public Presence Will => will;

        public void Follow(Subscribe e)
        {
            _readsWorld |= e.Step == ReadStep.World;
            _readsCopies |= e.Step == ReadStep.Copies;
            _readsClaims |= e.Step == ReadStep.Claims;
        }

        public bool IsFor(Word word) => word switch
        {
            PresenceWord w => _readsWorld || w.Presence.Node == node,
            IntentWord => _readsWorld,
            CopyWord or ClearedCopy => _readsCopies,
            ClaimWord or ClearedClaim => _readsClaims,
            Question w => w.Holder == node,
            WishWord w => w.Holder == node,
            QuestionAbout w => w.Holder == node,
            _ => false,
        };

        public bool IsReadBy(Subscribe e, Word word) => e.Step switch
        {
            ReadStep.Own => word is PresenceWord p && p.Presence.Node == node || word is ClaimWord c && c.Claim.Node == node,
            ReadStep.World => word is PresenceWord or IntentWord,
            ReadStep.Copies => word is CopyWord,
            ReadStep.Slot => e.Of.Split(' ') is [var slot, .. var holders] && (word is ClaimWord w && w.Claim.Slot.ToString() == slot
                || (word is PresenceWord or LeaseSaid && holders.Any(h => word.Topic == $"presence/{h}" || word.Topic == $"lease/{h}"))),
            _ => word is ClaimWord c && (e.IsOfBuckets || e.Of.Split(' ').Contains(c.Claim.Slot.ToString())),
        };
    }
}

/// <summary>What a broker that comes back finds of what it kept.</summary>
public enum StoreFate
{
    Kept,

    Emptied,

    /// <summary>As it was when it last saved it.</summary>
    RolledBack,
}
