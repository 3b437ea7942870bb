using System.Globalization;
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

        var folder = new UnitFolder(workDirectory, query.Source.Slot);
        var kept = new Queue<LogLine>();

        // In this order: what is put aside in between is then read once, and not twice or never.
        var log = LogTail.TryOpen(folder.Log);
        try
        {
            if (log is not { IsPutAside: true })
            {
                using var old = LogTail.TryOpen(folder.OldLog);
                Keep(old, kept, query);
            }

            while (log is not null)
            {
                var isLast = !log.IsPutAside;
                Keep(log, kept, query);
                if (isLast)
                {
                    break;
                }

                log.Dispose();
                log = LogTail.TryOpen(folder.Log);
            }

            while (kept.TryDequeue(out var line))
            {
                yield return line;
            }

            while (query.Follow)
            {
                // Asked before the reading: once it is put aside nothing is added to it.
                var isPutAside = log?.IsPutAside ?? true;
                foreach (var text in log?.ReadLines() ?? [])
                {
                    if (TryParse(text, query, out var line))
                    {
                        yield return line;
                    }
                }

                if (isPutAside)
                {
                    log?.Dispose();
                    log = LogTail.TryOpen(folder.Log);
                    if (log is not null)
                    {
                        continue;
                    }
                }

                await Task.Delay(FollowInterval, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            log?.Dispose();
        }
    }

    private static void Keep(LogTail? log, Queue<LogLine> kept, LogQuery query)
    {
        foreach (var text in log?.ReadLines() ?? [])
        {
            if (TryParse(text, query, out var line))
            {
                kept.Enqueue(line);
                if (query.Lines is { } most && kept.Count > most)
                {
                    kept.Dequeue();
                }
            }
        }
    }

    /// <summary>False for one that isn't asked for.</summary>
    private static bool TryParse(string text, LogQuery query, out LogLine line)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && text.Length >= space + 3 && long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var us))
        {
            line = new LogLine(DateTimeOffset.UnixEpoch.AddMicroseconds(us), text[(space + 3)..]);
            return !(line.At < query.Since) && (text[space + 1] == 'e' ? LogPriority.Error : LogPriority.Info) <= query.PriorityMax;
        }

        line = new LogLine(null, text);
        return LogPriority.Info <= query.PriorityMax;
    }
}
