namespace EdgeAgent.SystemTests.Frame;

/// <summary>Counts work's processes again and again until it is ended.</summary>
internal sealed class Census
{
    /// <summary>Short beside the time that a process takes to end.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Task<(int Least, int Most, int MostOfOneSlot)> _counting;
    private volatile bool _isOver;

    public Census(Stamps stamps) => _counting = Task.Run(() => CountAsync(stamps));

    /// <summary>The fewest and the most that lived at one time, and the most of one slot.</summary>
    public Task<(int Least, int Most, int MostOfOneSlot)> EndAsync()
    {
        _isOver = true;
        return _counting;
    }

    private async Task<(int Least, int Most, int MostOfOneSlot)> CountAsync(Stamps stamps)
    {
        var (least, most, ofOne) = (int.MaxValue, 0, 0);
        do
        {
            var living = stamps.Living();
            (least, most) = (Math.Min(least, living.Count), Math.Max(most, living.Count));
            ofOne = Math.Max(ofOne, living.GroupBy(p => p.Slot).Select(g => g.Count()).DefaultIfEmpty().Max());
            await Task.Delay(Pause);
        }
        while (!_isOver);

        return (least, most, ofOne);
    }
}
