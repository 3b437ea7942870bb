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
        StreamReader? open = null;
        foreach (var file in (string[])[folder.OldLog, folder.Log])
        {
            open?.Dispose();
            open = Open(file);
            while (open?.ReadLine() is { } text)
            {
                kept.Enqueue(Parse(text));
                if (lines is { } most && kept.Count > most)
                {
                    kept.Dequeue();
                }
            }
        }

        try
        {
            while (kept.TryDequeue(out var line))
            {
                yield return line;
            }

            while (follow)
            {
                // The file that is open is read to its end, also after it was put aside; then comes the new one.
                while (open is not null && await open.ReadLineAsync(cancel).ConfigureAwait(false) is { } text)
                {
                    yield return Parse(text);
                }

                if (open is null || IsPutAside(open, folder.Log))
                {
                    open?.Dispose();
                    open = Open(folder.Log);
                    if (open is not null)
                    {
                        continue;
                    }
                }

                await Task.Delay(FollowInterval, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            open?.Dispose();
        }
    }

    private static bool IsPutAside(StreamReader open, string file)
    {
        var position = open.BaseStream.Position;
        return File.Exists(file) && new FileInfo(file).Length < position;
    }

    private static StreamReader? Open(string file)
    {
        try
        {
            return new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (IOException)
        {
            return null;
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
