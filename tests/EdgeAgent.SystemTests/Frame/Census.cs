namespace EdgeAgent.SystemTests.Frame;

/// <summary>
/// Counts work's processes until it is ended. The most are seen by looking at the kernel again and again. The fewest are read from the work's own lines, in the order in which they were written: a look at
/// all processes takes a while, and where one starts and another ends meanwhile it sees neither. The work's <c>ready</c> should be <see cref="Manifest.Ready"/>, without which an old one may end before the new one's line.
/// </summary>
internal sealed class Census
{
    /// <summary>Short beside the time that a process takes to end.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Stamps _stamps;
    private readonly IReadOnlyList<WorkProcess> _atFirst;
    private readonly int _before;
    private readonly Task<(int Most, int MostOfOneSlot)> _counting;
    private volatile bool _isOver;

    public Census(Stamps stamps)
    {
        _stamps = stamps;
        _before = stamps.All().Count;
        _atFirst = stamps.Living();
        _counting = Task.Run(CountAsync);
    }

    /// <summary>The most that lived at one time, and the most of one slot.</summary>
    public Task<(int Most, int MostOfOneSlot)> EndAsync()
    {
        _isOver = true;
        return _counting;
    }

    /// <summary>The fewest that lived at one time until now.</summary>
    /// <param name="among">Of these slots. Null: of all.</param>
    /// <exception cref="InvalidOperationException">One ended without a line of its own, so that the lines don't say how many lived.</exception>
    public int Fewest(Func<string, bool>? among = null)
    {
        var living = _atFirst.Select(p => (p.Node, p.Slot, p.Pid)).Where(p => among?.Invoke(p.Slot) ?? true).ToHashSet();
        var least = living.Count;
        foreach (var stamp in _stamps.All().Skip(_before).Where(s => among?.Invoke(s.Slot) ?? true))
        {
            var process = (stamp.Node, stamp.Slot, stamp.Pid);
            _ = stamp.IsStart ? living.Add(process) : living.Remove(process);
            least = Math.Min(least, living.Count);
        }

        var ended = living.Except(_stamps.Living().Select(p => (p.Node, p.Slot, p.Pid))).ToList();
        return ended.Count == 0 ? least : throw new InvalidOperationException($"ended without a line: {string.Join(", ", ended)}");
    }

    private async Task<(int Most, int MostOfOneSlot)> CountAsync()
    {
        var (most, ofOne) = (0, 0);
        do
        {
            var living = _stamps.Living();
            most = Math.Max(most, living.Count);
            ofOne = Math.Max(ofOne, living.GroupBy(p => p.Slot).Select(g => g.Count()).DefaultIfEmpty().Max());
            await Task.Delay(Pause);
        }
        while (!_isOver);

        return (most, ofOne);
    }
}
