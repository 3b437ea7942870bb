namespace EdgeAgent.Simulation;

/// <summary>The retained messages, level by level, so that a subscription costs what it brings.</summary>
internal sealed class RetainedTree
{
    private readonly Branch _root = new();
    private readonly SortedDictionary<string, byte[]> _all = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, byte[]> All => _all;

    public void Set(string topic, string[] levels, byte[] payload)
    {
        var branch = _root;
        foreach (var level in levels)
        {
            branch = branch.Grow(level);
        }

        (branch.Topic, branch.Before, branch.Payload) = (topic, branch.Payload, payload);
        _all[topic] = payload;
    }

    public void Remove(string topic, string[] levels)
    {
        _all.Remove(topic);
        var branch = _root;
        foreach (var level in levels)
        {
            if (branch.Find(level) is not { } next)
            {
                return;
            }

            branch = next;
        }

        (branch.Before, branch.Payload) = (branch.Payload, null);
    }

    public void Clear()
    {
        _root.Clear();
        _all.Clear();
    }

    /// <summary>What a filter finds: the topic, what it holds, and what it held before that.</summary>
    public void Find(string filter, List<(string Topic, byte[] Payload, byte[]? Before)> found) => Find(_root, filter.Split('/'), 0, found);

    private static void Find(Branch branch, string[] filter, int level, List<(string Topic, byte[] Payload, byte[]? Before)> found)
    {
        if (level == filter.Length)
        {
            if (branch.Payload is { } payload)
            {
                found.Add((branch.Topic, payload, branch.Before));
            }

            return;
        }

        if (filter[level] != "+")
        {
            if (branch.Find(filter[level]) is { } named)
            {
                Find(named, filter, level + 1, found);
            }

            return;
        }

        foreach (var next in branch.All)
        {
            Find(next, filter, level + 1, found);
        }
    }

    private sealed class Branch
    {
        private SortedDictionary<string, Branch>? _named;

        public string Topic { get; set; } = "";

        public byte[]? Payload { get; set; }

        public byte[]? Before { get; set; }

        public IEnumerable<Branch> All => _named?.Values ?? Enumerable.Empty<Branch>();

        public Branch? Find(string level) => _named is not null && _named.TryGetValue(level, out var branch) ? branch : null;

        public Branch Grow(string level)
        {
            if (Find(level) is { } known)
            {
                return known;
            }

            return (_named ??= new(StringComparer.Ordinal))[level] = new Branch();
        }

        public void Clear() => _named = null;
    }
}
