using System.Globalization;
using System.Text;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol;

namespace EdgeAgent.Daemon.Logs;

/// <summary>
/// Streams of units' output to the loop: each has a reader that waits when too many of its chunks are not acknowledged, so a slow
/// broker slows the reading and nothing piles up.
/// </summary>
public sealed class LogStreams(IUnitLog log, IInputSink sink) : ILogs, IDisposable
{
    /// <summary>Lines of a stream that follows are gathered for this long before they are sent.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stream> _streams = [];

    public void Submit(LogRequest request)
    {
        switch (request)
        {
            case LogOpen e:
                Open(e);
                break;
            case LogAcknowledge e:
                With(e.Id, s => s.Room.Release());
                break;
            case LogClose e:
                With(e.Id, s => _ = s.Ended.CancelAsync());
                break;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var stream in _streams.Values)
            {
                _ = stream.Ended.CancelAsync();
            }
        }
    }

    private void Open(LogOpen request)
    {
        var stream = new Stream(request);
        lock (_gate)
        {
            _streams[request.Id] = stream;
        }

        // Not awaited: its chunks and its end are inputs.
        _ = Task.Run(() => Pump(stream));
    }

    private async Task Pump(Stream stream)
    {
        string? error = null;
        try
        {
            var lines = log.Read(stream.Request.Query, stream.Ended.Token).GetAsyncEnumerator(stream.Ended.Token);
            await using (lines.ConfigureAwait(false))
            {
                await Pump(stream, lines).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closed: what is missing isn't wanted.
        }
        catch (IOException e)
        {
            error = e.Message;
        }
        finally
        {
            lock (_gate)
            {
                _streams.Remove(stream.Request.Id);
            }

            sink.Post(stream.Take(isEnd: true, error));
            stream.Dispose();
        }
    }

    private async Task Pump(Stream stream, IAsyncEnumerator<LogLine> lines)
    {
        var next = lines.MoveNextAsync().AsTask();
        while (true)
        {
            // What has been gathered goes when there is no further line for a moment, or it fills a chunk.
            var isQuiet = !next.IsCompleted && await Task.WhenAny(next, Task.Delay(GatherTime, stream.Ended.Token)).ConfigureAwait(false) != next;
            if ((isQuiet || stream.IsFull) && stream.HasText)
            {
                await stream.Room.WaitAsync(stream.Ended.Token).ConfigureAwait(false);
                sink.Post(stream.Take(isEnd: false, null));
            }

            if (!await next.ConfigureAwait(false))
            {
                return;
            }

            stream.Add(lines.Current);
            next = lines.MoveNextAsync().AsTask();
        }
    }

    /// <summary>Under the gate, for a stream that ends takes itself out under it before it is disposed of.</summary>
    private void With(long id, Action<Stream> act)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(id, out var stream))
            {
                act(stream);
            }
        }
    }

    private sealed class Stream(LogOpen request) : IDisposable
    {
        private const int LineBytesMax = 8 * 1024;
        private readonly MemoryStream _text = new();
        private string _cursor = "";

        public LogOpen Request => request;

        public SemaphoreSlim Room { get; } = new(NodeLimits.LogChunksUnacknowledged);

        public CancellationTokenSource Ended { get; } = new();

        public bool HasText => _text.Length > 0;

        public bool IsFull => _text.Length > ProtocolLimits.ChunkBytesMax - LineBytesMax - 64;

        public void Add(LogLine line)
        {
            var at = line.At is { } time ? time.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture) : "-";

            _cursor = line.Cursor.Length > 0 ? line.Cursor : _cursor;

            // An entry may have several lines (sd_journal_send(3)): here each has the time.
            var room = LineBytesMax;
            foreach (var part in line.Text.Split('\n'))
            {
                var text = Encoding.UTF8.GetBytes($"{at} {part}");
                var size = Math.Min(text.Length, room);
                _text.Write(text.AsSpan(0, size));
                _text.WriteByte((byte)'\n');
                room -= size + 1;
                if (room <= at.Length)
                {
                    break;
                }
            }
        }

        public LogChunk Take(bool isEnd, string? error)
        {
            var bytes = _text.ToArray();
            _text.SetLength(0);
            return new LogChunk(request.Id, bytes, isEnd, error) { Cursor = _cursor };
        }

        public void Dispose()
        {
            Room.Dispose();
            Ended.Dispose();
            _text.Dispose();
        }
    }
}
