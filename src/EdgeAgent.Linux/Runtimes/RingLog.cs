using System.Runtime.CompilerServices;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>Reads what the shim wrote of a slot's output: <c>log.old</c>, then <c>log</c>, then what comes.</summary>
public sealed class RingLog(string workDirectory) : IUnitLog
{
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    public async IAsyncEnumerable<LogLine> Read(LogQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (query.Source.Unit is not null)
        {
            throw new IOException(NoUnitActions.Reason);
        }

        using var ring = new RingReader(new UnitFolder(workDirectory, query.Source.Slot), query);
        foreach (var line in Last(ring.ReadKept(), query.After is null ? query.Lines : null))
        {
            yield return line;
        }

        while (query.Follow)
        {
            foreach (var line in ring.ReadMore())
            {
                yield return line;
            }

            await Task.Delay(FollowInterval, cancel).ConfigureAwait(false);
        }
    }

    private static IEnumerable<LogLine> Last(IEnumerable<LogLine> lines, int? most)
    {
        if (most is not { } count)
        {
            return lines;
        }

        var kept = new Queue<LogLine>();
        foreach (var line in lines)
        {
            kept.Enqueue(line);
            if (kept.Count > count)
            {
                kept.Dequeue();
            }
        }

        return kept;
    }
}
