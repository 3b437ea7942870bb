namespace EdgeAgent.Simulation;

/// <summary>Who wants which topics, level by level: what a publish costs follows the number of its readers and not that of all subscriptions.</summary>
internal sealed class FilterTree
{
    private readonly Branch _root = new();
    private long _search;

    public void Add(string filter, SimSession session)
    {
        var branch = _root;
        foreach (var level in filter.Split('/'))
        {
            branch = branch.Grow(level);
        }

        branch.Sessions.Add(session);
    }

    public void Remove(string filter, SimSession session)
    {
        var branch = _root;
        foreach (var level in filter.Split('/'))
        {
            if (branch.Find(level) is not { } next)
            {
                return;
            }

            branch = next;
        }

        branch.Sessions.Remove(session);
    }

    /// <summary>Each session once, however many of its filters match.</summary>
    public void Collect(string[] topic, List<SimSession> readers)
    {
        _search++;
        Collect(_root, topic, 0, readers);
    }

    private void Collect(Branch branch, string[] topic, int level, List<SimSession> readers)
    {
        if (level == topic.Length)
        {
            foreach (var session in branch.Sessions)
            {
                if (session.FoundBy != _search)
                {
                    session.FoundBy = _search;
                    readers.Add(session);
                }
            }

            return;
        }

        if (branch.Any is { } any)
        {
            Collect(any, topic, level + 1, readers);
        }

        if (branch.Named(topic[level]) is { } named)
        {
            Collect(named, topic, level + 1, readers);
        }
    }

    private sealed class Branch
    {
        private Dictionary<string, Branch>? _named;

        public Branch? Any { get; private set; }

        public List<SimSession> Sessions { get; } = [];

        public Branch? Named(string level) => _named is not null && _named.TryGetValue(level, out var branch) ? branch : null;

        public Branch? Find(string level) => level == "+" ? Any : Named(level);

        public Branch Grow(string level)
        {
            if (Find(level) is { } known)
            {
                return known;
            }

            var grown = new Branch();
            if (level == "+")
            {
                Any = grown;
            }
            else
            {
                (_named ??= new(StringComparer.Ordinal))[level] = grown;
            }

            return grown;
        }
    }
}
