using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using EdgeAgent.Core.Workloads;
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

    /// <summary>SD_MESSAGE_JOURNAL_DROPPED of sd-messages.h: journald tells of what it did not take of a unit (journald.conf(5), RateLimitBurst=).</summary>
    private const string DroppedMessage = "a596d6fe7bfa4994828e72309e95d61e";

    private readonly UnitName _names = new(options);

    public async IAsyncEnumerable<LogLine> Read(LogQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (query.Source.Unit is { } unit && !UnitNameText.IsValid(unit))
        {
            throw new IOException($"\"{unit}\" is no name of a unit: such as ssh.service");
        }

        var ahead = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(LinesAhead) { SingleReader = true, SingleWriter = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var end = Descriptor.OfEvents();
        await using var registration = ended.Token.UnsafeRegister(e => ((Descriptor)e!).Raise(), end).ConfigureAwait(false);
        var reading = Task.Factory.StartNew(
            () => Pump(query, ahead.Writer, end, ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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

    private void Pump(LogQuery query, ChannelWriter<LogLine> ahead, Descriptor end, CancellationToken ended)
    {
        try
        {
            var isSystem = Environment.IsPrivilegedProcess;
            using var journal = new JournalReader(isSystem, LineBytesMax);
            if (query.Follow)
            {
                // Before the first entry is read: what comes from here on is told of.
                journal.Watch();
            }

            Choose(journal, query, isSystem);
            journal.Seek(query.Lines, query.Since);
            while (!ended.IsCancellationRequested)
            {
                if (journal.TryNext())
                {
                    if (TryParse(journal, query, out var line) && !Put(ahead, line, ended))
                    {
                        return;
                    }
                }
                else if (!query.Follow)
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

    /// <summary>
    /// Of a slot what its own processes wrote, and what journald dropped of it. Of another unit also what its manager says of it, as journalctl(1), -u.
    /// </summary>
    private void Choose(JournalReader journal, LogQuery query, bool isSystem)
    {
        // Fields with a low line in front can't be written by a process itself (systemd.journal-fields(7)); the others are believed of root only.
        var unit = query.Source.Unit ?? _names.Of(query.Source.Slot);
        journal.Match(isSystem ? "_SYSTEMD_UNIT" : "_SYSTEMD_USER_UNIT", unit);
        Important(journal, query);
        journal.Or();
        journal.Match(isSystem ? "OBJECT_SYSTEMD_UNIT" : "OBJECT_SYSTEMD_USER_UNIT", unit);
        if (query.Source.Unit is null)
        {
            journal.Match("MESSAGE_ID", DroppedMessage);
            journal.Match("_TRANSPORT", "driver");
        }
        else
        {
            journal.Match("_UID", "0");
            Important(journal, query);
            journal.Or();
            journal.Match(isSystem ? "UNIT" : "USER_UNIT", unit);
            journal.Match(isSystem ? "_PID" : "SYSLOG_IDENTIFIER", isSystem ? "1" : "systemd");
            Important(journal, query);
        }
    }

    private static void Important(JournalReader journal, LogQuery query)
    {
        for (var priority = LogPriority.Emergency; query.PriorityMax < LogPriority.Debug && priority <= query.PriorityMax; priority++)
        {
            journal.Match("PRIORITY", priority.ToString(CultureInfo.InvariantCulture));
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

    /// <summary>False for an entry without a message, or an older one than is asked for: a clock may have been set back.</summary>
    private static bool TryParse(JournalReader journal, LogQuery query, out LogLine line)
    {
        line = default;
        var at = journal.At;
        if (at < query.Since || !journal.TryRead("MESSAGE"u8, out var message))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(message).TrimEnd('\n');
        if (query.Source.Unit is not null)
        {
            line = new LogLine(at, $"{Writer(journal)}: {text}");
        }
        else if (IsOfJournald(journal) && journal.TryRead("N_DROPPED"u8, out var count))
        {
            line = new LogLine(at, $"[{Encoding.ASCII.GetString(count)} lines of it are lost: it wrote faster than the journal of this node takes, RateLimitBurst= of journald.conf(5)]");
        }
        else
        {
            line = new LogLine(at, text);
        }

        return true;
    }

    private static bool IsOfJournald(JournalReader journal) => journal.TryRead("_TRANSPORT"u8, out var transport) && transport.SequenceEqual("driver"u8);

    /// <summary>As journalctl(1) has it: <c>sshd[812]</c>.</summary>
    private static string Writer(JournalReader journal)
    {
        var name = journal.TryRead("SYSLOG_IDENTIFIER"u8, out var identifier) || journal.TryRead("_COMM"u8, out identifier) ? Encoding.UTF8.GetString(identifier) : "unknown";
        return journal.TryRead("_PID"u8, out var pid) ? $"{name}[{Encoding.UTF8.GetString(pid)}]" : name;
    }
}
