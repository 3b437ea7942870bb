using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What units wrote, as the journal keeps it, read by sd-journal(3). Each stream has a thread of its own that waits for the journal, or for whoever
/// takes the lines: nothing piles up.
/// </summary>
public sealed class JournalLog(SystemdRuntimeOptions options) : IUnitLog
{
    private const int LinesAhead = 64;

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
            using var journal = new UnitJournal(query, query.Source.Unit ?? _names.Of(query.Source.Slot));
            while (!ended.IsCancellationRequested)
            {
                if (journal.TryNext(out var line))
                {
                    if (!Put(ahead, line, ended))
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
}
