using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using EdgeAgent.Core.Placement;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What units wrote, as the journal keeps it, read by sd-journal(3). Each stream has a thread of its own that waits for the journal, or for whoever
/// takes the lines: nothing piles up.
/// </summary>
public sealed class JournalLog(SystemdRuntimeOptions options) : IUnitLog
{
    /// <summary>journald cuts a line of output at 48 KiB; what is longer came in another way and is cut.</summary>
    private const int LineBytesMax = 64 * 1024;

    private const int LinesAhead = 64;

    /// <summary>syslog(3): err, and what is worse.</summary>
    private const byte ErrorPriority = (byte)'3';

    private readonly UnitName _names = new(options);

    public async IAsyncEnumerable<LogLine> Read(SlotId slot, int? lines, bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        var ahead = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(LinesAhead) { SingleReader = true, SingleWriter = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var end = Descriptor.OfEvents();
        await using var registration = ended.Token.UnsafeRegister(e => ((Descriptor)e!).Raise(), end).ConfigureAwait(false);
        var reading = Task.Factory.StartNew(
            () => Pump(slot, lines, follow, ahead.Writer, end, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var line in ahead.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return line;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private void Pump(SlotId slot, int? lines, bool follow, ChannelWriter<LogLine> ahead, Descriptor end, CancellationToken ended)
    {
        try
        {
            var isSystem = Environment.IsPrivilegedProcess;
            using var journal = new JournalReader(isSystem, LineBytesMax);
            if (follow)
            {
                // Before the first entry is read: what comes from here on is told of.
                journal.Watch();
            }

            // The manager's own words about the unit have another unit: its own.
            journal.Match(isSystem ? "_SYSTEMD_UNIT" : "_SYSTEMD_USER_UNIT", _names.Of(slot));
            journal.Seek(lines);
            while (!ended.IsCancellationRequested)
            {
                if (journal.TryNext())
                {
                    if (TryParse(journal, out var line) && !Put(ahead, line, ended))
                    {
                        return;
                    }
                }
                else if (!follow)
                {
                    return;
                }
                else
                {
                    journal.Wait(end);
                }
            }
        }
        catch (Exception e) when (e is IOException or DllNotFoundException or EntryPointNotFoundException)
        {
            ahead.TryComplete(new IOException(e.Message, e));
        }
        catch (OperationCanceledException)
        {
            // Nobody wants more.
        }
        finally
        {
            ahead.TryComplete();
        }
    }

    private static bool Put(ChannelWriter<LogLine> ahead, LogLine line, CancellationToken ended)
    {
        while (!ahead.TryWrite(line))
        {
            if (!ahead.WaitToWriteAsync(ended).AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False for an entry without a message.</summary>
    private static bool TryParse(JournalReader journal, out LogLine line)
    {
        line = default;
        if (!journal.TryRead("MESSAGE"u8, out var message))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(message).TrimEnd('\n');
        var isError = journal.TryRead("PRIORITY"u8, out var priority) && priority.Length == 1 && priority[0] <= ErrorPriority;
        line = new LogLine(journal.At, text, isError);
        return true;
    }
}
