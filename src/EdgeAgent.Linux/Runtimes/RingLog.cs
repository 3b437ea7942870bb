using System.Globalization;
using System.Runtime.CompilerServices;
using EdgeAgent.Core.Placement;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>Reads what the shim wrote of a slot's output: <c>log.old</c>, then <c>log</c>, then what comes.</summary>
public sealed class RingLog(string workDirectory) : IUnitLog
{
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    public async IAsyncEnumerable<LogLine> Read(SlotId slot, int? lines, bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        var folder = new UnitFolder(workDirectory, slot);
        var kept = new Queue<LogLine>();

        // In this order: what is put aside in between is then read once, and not twice or never.
        var log = LogTail.TryOpen(folder.Log);
        try
        {
            if (log is not { IsPutAside: true })
            {
                using var old = LogTail.TryOpen(folder.OldLog);
                Keep(old, kept, lines);
            }

            while (log is not null)
            {
                var isLast = !log.IsPutAside;
                Keep(log, kept, lines);
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

            while (follow)
            {
                // Asked before the reading: once it is put aside nothing is added to it.
                var isPutAside = log?.IsPutAside ?? true;
                foreach (var text in log?.ReadLines() ?? [])
                {
                    yield return Parse(text);
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

    private static void Keep(LogTail? log, Queue<LogLine> kept, int? lines)
    {
        foreach (var text in log?.ReadLines() ?? [])
        {
            kept.Enqueue(Parse(text));
            if (lines is { } most && kept.Count > most)
            {
                kept.Dequeue();
            }
        }
    }

    private static LogLine Parse(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && text.Length >= space + 3 && long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var us)
            ? new LogLine(DateTimeOffset.UnixEpoch.AddMicroseconds(us), text[(space + 3)..], text[space + 1] == 'e')
            : new LogLine(null, text, false);
    }
}
