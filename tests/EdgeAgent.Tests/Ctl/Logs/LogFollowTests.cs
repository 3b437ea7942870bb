using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Tests.Ctl.Verbs;
using EdgeCtl.Up.Broker;
using EdgeCtl.Verbs;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Logs;

/// <summary>Proves what a reader of logs sees while nodes go, come back, and pieces are lost: against a real broker, with nodes that say what the test says.</summary>
public sealed class LogFollowTests : IAsyncLifetime
{
    private static readonly TopicSpace Topics = new(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));

    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-logs").FullName;
    private readonly OperatorKey _key = OperatorKey.Create();
    private readonly ConcurrentQueue<(string Node, Command Command)> _commands = new();
    private readonly LineWriter _output = new();
    private readonly LineWriter _errors = new();
    private EmbeddedBroker _broker = null!;
    private FakeNode _one = null!;
    private FakeNode _two = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), Path.Combine(_folder, "broker"), _ => { });
        await File.WriteAllTextAsync(KeyFile, _key.ToPem(), TestContext.Current.CancellationToken);
        (_one, _two) = (await NodeAsync("node-1"), await NodeAsync("node-2"));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _broker.DisposeAsync();
        _key.Dispose();
        _output.Dispose();
        _errors.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Lines_of_all_nodes_are_one_log_in_the_order_of_time()
    {
        var reading = Logs("-n", "3");
        var (one, two) = (await Asked("node-1"), await Asked("node-2"));
        Assert.Equal(("ssh.service", "3", "false"), (one.Arguments["unit"], one.Arguments["lines"], one.Arguments["follow"]));
        await _one.ReplyAsync(one, 0, At(1, "a") + At(4, "b"));
        await _two.ReplyAsync(two, 0, At(2, "c") + At(3, "d"), isEnd: true);
        await _one.ReplyAsync(one, 1, At(5, "e"), isEnd: true);
        Assert.Equal(0, await reading);
        Assert.Equal([$"node-1 {Stamp(1)} a", $"node-2 {Stamp(2)} c", $"node-2 {Stamp(3)} d", $"node-1 {Stamp(4)} b", $"node-1 {Stamp(5)} e"], _output.Lines);
    }

    [Fact]
    public async Task A_node_that_goes_is_told_of_and_read_on_when_it_is_back_while_the_other_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var reading = Logs(stop.Token, "-f");
        var (one, two) = (await Asked("node-1"), await Asked("node-2"));
        await _one.ReplyAsync(one, 0, At(1, "a") + At(2, "b") + At(2, "c"));
        await _two.ReplyAsync(two, 0, At(1, "x"));
        await Eventually.Holds(() => _output.Lines.Count == 4);
        await _two.SayAsync(PresenceState.Offline, session: 1);
        await _one.SayAsync(PresenceState.Offline, session: 1);
        await Eventually.Holds(() => _errors.Lines.Count == 2);
        Assert.Contains("node-1 is offline: its log goes on from here when it is back", string.Join('\n', _errors.Lines), StringComparison.Ordinal);
        await _one.SayAsync(PresenceState.Online, session: 2);

        // It is asked for what it wrote from the last time on, and says again what was read already.
        var again = await Asked("node-1");
        Assert.Equal((DateTimeOffset.UnixEpoch.AddSeconds(2) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, long.Parse(again.Arguments["since"], CultureInfo.InvariantCulture));
        await _one.ReplyAsync(again, 0, At(2, "b") + At(2, "c") + At(2, "d") + At(3, "e"));
        await Eventually.Holds(() => _output.Lines.Count == 6);
        await stop.CancelAsync();
        await reading;
        Assert.Equal([$"node-1 {Stamp(2)} d", $"node-1 {Stamp(3)} e"], _output.Lines.Skip(4));
        Assert.Contains("node-1 is back", string.Join('\n', _errors.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pieces_that_a_broker_dropped_are_read_again()
    {
        var reading = Logs("--node", "node-1");
        var first = await Asked("node-1");
        await _one.ReplyAsync(first, 0, At(1, "a"));
        await _one.ReplyAsync(first, 2, At(3, "c"), isEnd: true);
        var again = await Asked("node-1");
        await _one.ReplyAsync(again, 0, At(1, "a") + At(2, "b") + At(3, "c"), isEnd: true);
        Assert.Equal(0, await reading);
        Assert.Equal([$"{Stamp(1)} a", $"{Stamp(2)} b", $"{Stamp(3)} c"], _output.Lines);
        Assert.Contains("dropped", Assert.Single(_errors.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_gives_cursors_goes_on_from_its_last_one_whatever_the_times_are()
    {
        using var stop = new CancellationTokenSource();
        var reading = Logs(stop.Token, "-f", "--node", "node-1");
        var first = await Asked("node-1");
        Assert.False(first.Arguments.ContainsKey("cursor"));
        await _one.ReplyAsync(first, 0, At(2, "a") + At(2, "a"), cursor: "behind a");
        await _one.ReplyAsync(first, 1, "");
        await Eventually.Holds(() => _output.Lines.Count == 2);
        await _one.SayAsync(PresenceState.Offline, session: 1);
        await Eventually.Holds(() => _errors.Lines.Count == 1);
        await _one.SayAsync(PresenceState.Online, session: 2);

        // Its clock was set back meanwhile; and lines of one moment, which are the same, are two all the same. By the time an older agent would go on.
        var again = await Asked("node-1");
        Assert.Equal("behind a", again.Arguments["cursor"]);
        Assert.True(again.Arguments.ContainsKey("since"));
        await _one.ReplyAsync(again, 0, At(2, "a") + At(1, "b"), cursor: "behind b");
        await Eventually.Holds(() => _output.Lines.Count == 4);
        await stop.CancelAsync();
        await reading;
        Assert.Equal([$"{Stamp(2)} a", $"{Stamp(1)} b"], _output.Lines.Skip(2));
    }

    [Fact]
    public async Task A_node_is_told_how_far_its_reader_is()
    {
        using var stop = new CancellationTokenSource();
        var reading = Logs(stop.Token, "-f", "--node", "node-1");
        var command = await Asked("node-1");
        var ahead = int.Parse(command.Arguments["ahead"], CultureInfo.InvariantCulture);
        for (var sequence = 0; sequence < ahead; sequence++)
        {
            await _one.ReplyAsync(command, sequence, At(sequence, "line"));
        }

        var renewal = await Asked("node-1");
        Assert.Equal(("renew", command.Id), (renewal.Verb, renewal.Arguments["id"]));
        Assert.InRange(int.Parse(renewal.Arguments["heard"], CultureInfo.InvariantCulture), ahead / 2, ahead);
        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task A_refusal_is_told_and_fails_while_the_others_are_read()
    {
        var reading = Logs();
        await _one.ReplyAsync(await Asked("node-1"), 0, "", isEnd: true, "no journal here");
        await _two.ReplyAsync(await Asked("node-2"), 0, At(1, "x"), isEnd: true);
        Assert.Equal(1, await reading);
        Assert.Equal([$"node-2 {Stamp(1)} x"], _output.Lines);
        Assert.Contains("node-1: no journal here", Assert.Single(_errors.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ago", "600000", "--since", "10m")]
    [InlineData("since", "1767225600000000", "--since", "2026-01-01T00:00:00Z")]
    [InlineData("priority", "3", "-p", "err")]
    [InlineData("priority", "5", "-p", "5")]
    [InlineData("lines", "7", "--tail", "7")]
    [InlineData("all", "true", "--all")]
    public async Task What_is_asked_for_goes_to_the_node(string argument, string value, params string[] options)
    {
        var reading = Logs(["--node", "node-1", .. options]);
        var command = await Asked("node-1");
        await _one.ReplyAsync(command, 0, "", isEnd: true);
        Assert.Equal(0, await reading);
        Assert.Equal(value, command.Arguments[argument]);
    }

    [Theory]
    [InlineData("--since", "yesterdayish")]
    [InlineData("--since", "1950-01-01")]
    [InlineData("-p", "loud")]
    [InlineData("-p", "8")]
    [InlineData("-n", "-4")]
    public async Task What_makes_no_sense_is_refused_with_an_example(params string[] options)
    {
        Assert.Equal(2, await Logs(options));
        Assert.Contains(options[1].TrimStart('-'), Assert.Single(_errors.Lines), StringComparison.Ordinal);
    }

    private string KeyFile => Path.Combine(_folder, "operator.key");

    private async Task<FakeNode> NodeAsync(string name)
    {
        var node = await FakeNode.StartAsync(name, _broker.EndPoint, Topics, _key);
        node.Answers = command =>
        {
            _commands.Enqueue((name, command));
            return Task.CompletedTask;
        };
        return node;
    }

    private Task<int> Logs(params string[] options) => Logs(TestContext.Current.CancellationToken, options);

    private Task<int> Logs(CancellationToken cancel, params string[] options) =>
        CommandLine.RunAsync(["--broker", $"mqtt://{_broker.EndPoint}", "--key", KeyFile, "logs", "-u", "ssh", .. options], new() { Output = _output, Error = _errors, ProcessTerminationTimeout = null }, cancel);

    /// <summary>The next command that came to this node.</summary>
    private async Task<Command> Asked(string node)
    {
        Command? found = null;
        await Eventually.Holds(() =>
        {
            foreach (var (to, command) in _commands.ToArray())
            {
                if (to == node)
                {
                    var others = _commands.Where(c => c.Command != command).ToList();
                    _commands.Clear();
                    others.ForEach(_commands.Enqueue);
                    found = command;
                    return true;
                }
            }

            return false;
        });
        return found!;
    }

    private static string Stamp(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    private static string At(int second, string text) => $"{Stamp(second)} {text}\n";
}
