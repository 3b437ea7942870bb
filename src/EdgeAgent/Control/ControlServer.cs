using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Daemon.Verbs;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Control;

/// <summary>
/// The local socket (mode 0600): a line of JSON in, <c>{"verb":"slots"}</c>, one line of JSON out; of <c>logs</c> many lines of text,
/// until the end. Whoever may open it may read everything of this agent, and have its configuration read anew; nothing else changes by it.
/// </summary>
public sealed class ControlServer : IControl, IDisposable
{
    private const int RequestBytesMax = 4096;
    private const int ClientsMax = 32;
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromSeconds(1);

    private readonly IInputSink _sink;
    private readonly IUnitLog _log;
    private readonly IReload _reload;
    private readonly Socket _listener;
    private readonly string _path;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _room = new(ClientsMax);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource<byte[]>> _open = [];
    private long _next = 1;

    /// <summary>Throws <see cref="IOException"/> where the socket can't be made.</summary>
    public ControlServer(string path, IInputSink sink, IUnitLog log, IReload reload)
    {
        (_path, _sink, _log, _reload) = (path, sink, log, reload);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _listener.Listen(ClientsMax);
        }
        catch (Exception e) when (e is SocketException or UnauthorizedAccessException or ArgumentException)
        {
            _listener.Dispose();
            throw new IOException($"the local socket {path} can't be made: {SystemWords.Of(e)}", e);
        }

        _ = Accept();
    }

    public void Answer(long id, ReadOnlyMemory<byte>? json, string? error)
    {
        TaskCompletionSource<byte[]>? waiting;
        lock (_gate)
        {
            _open.Remove(id, out waiting);
        }

        waiting?.TrySetResult(json is { } document ? document.ToArray() : Error(error ?? ""));
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        File.Delete(_path);
        _ended.Dispose();
        _room.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_ended.Token).ConfigureAwait(false);
                try
                {
                    _ = Serve(await _listener.AcceptAsync(_ended.Token).ConfigureAwait(false));
                }
                catch (SocketException) when (!_ended.IsCancellationRequested)
                {
                    // No file descriptor is left, say: others close theirs in time.
                    _room.Release();
                    await Task.Delay(AcceptPause, _ended.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The agent ends.
        }
    }

    private async Task Serve(Socket client)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            var request = await ReadLine(stream).WaitAsync(RequestPatience, _ended.Token).ConfigureAwait(false);
            if (!TryParse(request, out var verb, out var arguments))
            {
                await stream.WriteAsync(Error("a request is one line of JSON, such as {\"verb\":\"status\"}"), _ended.Token).ConfigureAwait(false);
            }
            else if (verb == "logs")
            {
                await SendLogs(stream, arguments).ConfigureAwait(false);
            }
            else if (verb == "reload")
            {
                await stream.WriteAsync(Reload(), _ended.Token).ConfigureAwait(false);
            }
            else
            {
                await stream.WriteAsync(await Ask(verb, arguments).ConfigureAwait(false), _ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // The client went or says nothing, or the agent ends.
        }
        finally
        {
            if (!_ended.IsCancellationRequested)
            {
                _room.Release();
            }
        }
    }

    private async Task<byte[]> Ask(string verb, Dictionary<string, string> arguments)
    {
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        long id;
        lock (_gate)
        {
            id = _next++;
            _open[id] = answer;
        }

        if (!_sink.TryPost(new ControlQuestion(id, verb, arguments)))
        {
            Answer(id, null, "the agent has more to do than it can take in: try again");
        }

        try
        {
            return await answer.Task.WaitAsync(AnswerPatience, _ended.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Answer(id, null, "");
            return Error($"the agent did not answer within {AnswerPatience.TotalSeconds:0} s");
        }
    }

    private byte[] Reload()
    {
        try
        {
            var (taken, left) = _reload.Do();
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                Write(json, "taken", taken);
                Write(json, "atRestart", left);
                json.WriteEndObject();
            }

            return buffer.ToArray();
        }
        catch (ConfigurationException e)
        {
            return Error(string.Join('\n', e.Faults));
        }
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<Option> options)
    {
        json.WriteStartArray(name);
        foreach (var option in options)
        {
            json.WriteStringValue($"[{option.Section}] {option.Name}");
        }

        json.WriteEndArray();
    }

    private async Task SendLogs(NetworkStream stream, Dictionary<string, string> arguments)
    {
        if (!WorkloadName.TryParse(arguments.GetValueOrDefault("workload"), out var workload))
        {
            await stream.WriteAsync(Error("logs needs the name of a workload"), _ended.Token).ConfigureAwait(false);
            return;
        }

        _ = int.TryParse(arguments.GetValueOrDefault("index"), out var index);
        var lines = int.TryParse(arguments.GetValueOrDefault("lines"), out var n) ? n : (int?)null;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        var follows = arguments.GetValueOrDefault("follow") == "true";
        var watch = follows ? EndWhenClosed(stream, gone) : Task.CompletedTask;
        try
        {
            await foreach (var line in _log.Read(new LogQuery(new LogSource(new SlotId(workload, index))) { Lines = lines, Follow = follows }, gone.Token).ConfigureAwait(false))
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{line.At?.ToString("O") ?? "-"} {line.Text}\n"), gone.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    /// <summary>A reader of a quiet workload who has gone would be noticed at the next line only, and keep its place until then.</summary>
    private static async Task EndWhenClosed(NetworkStream stream, CancellationTokenSource gone)
    {
        var ignored = new byte[64];
        try
        {
            while (await stream.ReadAsync(ignored, gone.Token).ConfigureAwait(false) > 0)
            {
            }

            await gone.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The lines have ended first.
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            await gone.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<byte[]> ReadLine(NetworkStream stream)
    {
        var buffer = new byte[RequestBytesMax];
        var have = 0;
        while (have < buffer.Length)
        {
            var got = await stream.ReadAsync(buffer.AsMemory(have), _ended.Token).ConfigureAwait(false);
            have += got;
            if (got == 0 || buffer.AsSpan(0, have).Contains((byte)'\n'))
            {
                break;
            }
        }

        return buffer[..have];
    }

    private static bool TryParse(byte[] request, out string verb, out Dictionary<string, string> arguments)
    {
        (verb, arguments) = ("", new(StringComparer.Ordinal));
        try
        {
            using var json = JsonDocument.Parse(request);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                var text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
                if (property.Name == "verb")
                {
                    verb = text;
                }
                else
                {
                    arguments[property.Name] = text;
                }
            }

            return verb.Length > 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static byte[] Error(string message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
