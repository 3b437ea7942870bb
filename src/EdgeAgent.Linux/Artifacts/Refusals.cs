using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>What was refused for what it is isn't fetched again for a while: a link that is paid by the byte isn't to be used up for nothing.</summary>
internal sealed class Refusals(TimeProvider time)
{
    private const int KeptMax = 256;

    private static readonly TimeSpan Held = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Artifact, (string Reason, long From, bool IsForRoom)> _all = [];

    public void Take(Artifact artifact, FetchWord word)
    {
        if (word.Kind is not (FetchWordKind.Refused or FetchWordKind.TooLarge))
        {
            return;
        }

        RemoveWhere(r => Left(r.From) <= TimeSpan.Zero);
        if (_all.Count < KeptMax)
        {
            _all[artifact] = (word.Text, time.GetTimestamp(), word.Kind == FetchWordKind.TooLarge);
        }
    }

    /// <summary>Why it isn't fetched now; empty: it is.</summary>
    public string Of(Artifact artifact) =>
        _all.TryGetValue(artifact, out var refusal) && Left(refusal.From) is { Ticks: > 0 } left ? $"{refusal.Reason} (it is not fetched again for {Math.Ceiling(left.TotalMinutes)} min)" : "";

    /// <summary>Something is used no more: what was too large may not be.</summary>
    public void RoomCame() => RemoveWhere(r => r.IsForRoom);

    private TimeSpan Left(long from) => Held - time.GetElapsedTime(from);

    private void RemoveWhere(Func<(string Reason, long From, bool IsForRoom), bool> isIt)
    {
        foreach (var old in _all.Where(r => isIt(r.Value)).Select(r => r.Key).ToList())
        {
            _all.Remove(old);
        }
    }
}
