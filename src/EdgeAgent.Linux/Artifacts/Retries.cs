using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>When a server that couldn't be reached, or was cut off, is asked again: at a growing pace, and a few times without anything new.</summary>
internal sealed class Retries(TimeProvider time)
{
    private const int AttemptsMax = 5;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Artifact, (int Attempts, long Bytes, long From, TimeSpan Wait)> _all = [];

    /// <summary>Zero: it may be asked now.</summary>
    public TimeSpan WaitOf(Artifact artifact) =>
        _all.TryGetValue(artifact, out var known) && known.Wait - time.GetElapsedTime(known.From) is { Ticks: > 0 } wait ? wait : TimeSpan.Zero;

    /// <summary>It has failed once more, and so much of it is there; false: that was often enough.</summary>
    public bool Take(Artifact artifact, long bytes)
    {
        var known = _all.GetValueOrDefault(artifact);
        var attempts = bytes > known.Bytes ? 1 : known.Attempts + 1;
        if (attempts >= AttemptsMax)
        {
            return false;
        }

        _all[artifact] = (attempts, bytes, time.GetTimestamp(), FirstWait * Math.Pow(2, attempts - 1));
        return true;
    }

    public void Forget(Artifact artifact) => _all.Remove(artifact);
}
