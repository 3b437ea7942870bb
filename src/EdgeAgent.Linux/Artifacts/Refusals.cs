using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>What was refused for what it is isn't fetched again for a while: a link that is paid by the byte isn't to be used up for nothing.</summary>
internal sealed class Refusals
{
    private const int KeptMax = 256;

    private static readonly TimeSpan Held = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Artifact, (string Reason, long Until, bool IsForRoom)> _all = [];

    public void Take(Artifact artifact, FetchWord word)
    {
        if (word.Kind is not (FetchWordKind.Refused or FetchWordKind.TooLarge))
        {
            return;
        }

        foreach (var old in _all.Where(r => r.Value.Until <= Environment.TickCount64).Select(r => r.Key).ToList())
        {
            _all.Remove(old);
        }

        if (_all.Count < KeptMax)
        {
            _all[artifact] = (word.Text, Environment.TickCount64 + (long)Held.TotalMilliseconds, word.Kind == FetchWordKind.TooLarge);
        }
    }

    /// <summary>Why it isn't fetched now; empty: it is.</summary>
    public string Of(Artifact artifact)
    {
        if (!_all.TryGetValue(artifact, out var refusal))
        {
            return "";
        }

        var left = TimeSpan.FromMilliseconds(refusal.Until - Environment.TickCount64);
        return left > TimeSpan.Zero ? $"{refusal.Reason} (it is not fetched again for {Math.Ceiling(left.TotalMinutes)} min)" : "";
    }

    /// <summary>Something is used no more: what was too large may not be.</summary>
    public void RoomCame()
    {
        foreach (var waiting in _all.Where(r => r.Value.IsForRoom).Select(r => r.Key).ToList())
        {
            _all.Remove(waiting);
        }
    }
}
