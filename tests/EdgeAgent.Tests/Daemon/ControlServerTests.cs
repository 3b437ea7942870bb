using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Control;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Daemon.Threading;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>The local socket: a question in, an answer out, and nobody keeps a place that he doesn't use.</summary>
public sealed class ControlServerTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-ctl-").FullName;
    private readonly InputQueue _queue = new();
    private readonly QuietLog _log = new();
    private readonly ControlServer _server;

    public ControlServerTests() => _server = new ControlServer(SocketPath, _queue, _log, new Reloads());

    private string SocketPath => Path.Combine(_folder, "agent.sock");

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Only_its_owner_may_open_the_socket() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));

    [Fact]
    public void A_question_reaches_the_loop_and_its_answer_the_asker()
    {
        using var stream = Send("""{"verb":"why","workload":"web"}""" + "\n");
        var inputs = new List<NodeInput>();
        _queue.Take(inputs, Bound);
        var question = Assert.IsType<ControlQuestion>(Assert.Single(inputs));

        _server.Answer(question.Id, "{\"lines\":[]}"u8.ToArray(), null);

        Assert.Equal(("why", "web"), (question.Verb, question.Arguments["workload"]));
        Assert.Equal("{\"lines\":[]}", All(stream));
    }

    [Fact]
    public void A_reload_tells_what_it_took_and_what_waits()
    {
        using var stream = Send("{\"verb\":\"reload\"}\n");

        Assert.Equal("""{"taken":["[Node] Labels"],"atRestart":["[Broker] Url"]}""", All(stream));
    }

    [Theory]
    [InlineData("hello\n")]
    [InlineData("[1]\n")]
    [InlineData("{\"workload\":\"web\"}\n")]
    public void What_is_no_request_is_told_how_one_looks(string sent)
    {
        using var stream = Send(sent);

        Assert.Contains("a request is one line of JSON", All(stream), StringComparison.Ordinal);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void A_request_that_does_not_end_is_read_to_its_limit_only()
    {
        using var stream = Send("{\"verb\":\"" + new string('x', 4096 - 9));

        Assert.Contains("a request is one line of JSON", All(stream), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_queue_is_told_at_once()
    {
        using var server = new ControlServer(SocketPath + "2", new InputQueue(limit: 0), _log, new Reloads());
        using var stream = Send("{\"verb\":\"status\"}\n", SocketPath + "2");

        Assert.Contains("try again", All(stream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_follower_who_has_gone_gives_its_place_back()
    {
        using (var stream = Send("{\"verb\":\"logs\",\"workload\":\"web\",\"index\":\"0\",\"follow\":\"true\"}\n"))
        {
            Assert.Equal("- first\n", Line(stream));
        }

        await _log.Ended.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    private NetworkStream Send(string text, string? path = null)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)Bound.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(path ?? SocketPath));
        var stream = new NetworkStream(socket, ownsSocket: true);
        stream.Write(Encoding.UTF8.GetBytes(text));
        return stream;
    }

    private static string All(NetworkStream stream)
    {
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Line(NetworkStream stream)
    {
        var line = new StringBuilder();
        while (line.Length == 0 || line[^1] != '\n')
        {
            line.Append((char)stream.ReadByte());
        }

        return line.ToString();
    }

    /// <summary>One line, then silence until the reader is cancelled.</summary>
    private sealed class QuietLog : IUnitLog
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async IAsyncEnumerable<LogLine> Read(LogQuery query, [EnumeratorCancellation] CancellationToken cancel)
        {
            yield return new LogLine(null, "first");
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                Ended.TrySetResult();
            }
        }
    }

    private sealed class Reloads : IReload
    {
        public (IReadOnlyList<Option> Taken, IReadOnlyList<Option> AtRestart) Do() => ([Options.Labels], [Options.Url]);
    }
}
