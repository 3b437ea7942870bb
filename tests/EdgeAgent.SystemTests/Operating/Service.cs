using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;

namespace EdgeAgent.SystemTests.Operating;

/// <summary>Work that answers whoever calls it: each slot on a socket of its own, with its version.</summary>
internal sealed class Service(string folder) : IDisposable
{
    // Of perl's base package, which every Debian has. A bad version never listens, and goes on.
    private const string Script = """
        use IO::Socket::UNIX;
        my ($folder, $version) = @ARGV;
        my $index = $ENV{EDGE_INDEX};
        open(my $log, '>>', "$folder/started"); print $log "$version $index\n"; close $log;
        sleep while $version eq 'bad';
        my $path = "$folder/$index";
        unlink $path;
        my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die "$path: $!";
        $SIG{TERM} = sub { unlink $path; exit 0 };
        while (1) { my $client = $socket->accept or next; print $client $version; close $client }
        """;

    private const string Call = """
        use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => "$ARGV[0]/$ENV{EDGE_INDEX}") or exit 1; exit(<$s> ? 0 : 1)
        """;

    public string Manifest(string name, int replicas, string version) => $$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{name}}}
        spec:
          replicas: {{replicas}}
          run:
            exec:
              command: [{{Words("/usr/bin/perl", "-e", Script, folder, version)}}]
          ready: {exec: [{{Words("/usr/bin/perl", "-e", Call, folder)}}], interval: 200ms}
          resources: {cpu: 1m, memory: 1Mi}
          progressDeadline: 10s
          update: {maxUnavailable: 1, autoRollback: true}
        """;

    /// <summary>Which slots have ever been started with this version.</summary>
    public IReadOnlyList<string> Started(string version) =>
        [.. File.ReadAllLines(Path.Combine(folder, "started")).Where(l => l.StartsWith(version + " ", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];

    /// <summary>What a slot answers now; null: nothing.</summary>
    public string? Ask(int index)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 1000 };
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(folder, $"{index}")));
            var answer = new byte[16];
            return System.Text.Encoding.ASCII.GetString(answer, 0, socket.Receive(answer)) is { Length: > 0 } text ? text : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public Caller BeginToCall(int replicas) => new(this, replicas);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Words(params string[] words) => string.Join(", ", words.Select(w => JsonSerializer.Serialize(w)));

    /// <summary>A client that calls every slot, a round every ten milliseconds: a change of twenty slots may be over within one second.</summary>
    public sealed class Caller
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

        private volatile bool _isOver;
        private readonly ConcurrentBag<Round> _rounds = [];
        private readonly Task _calling;

        public Caller(Service service, int replicas) => _calling = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(Interval);
            do
            {
                // A round isn't one moment: the next may go while the one before it comes. Who doesn't answer before it and after it was down between.
                string?[] answers = [.. Enumerable.Range(0, replicas).Select(service.Ask)];
                _rounds.Add(new Round(answers, [.. Enumerable.Range(0, replicas).Where(i => answers[i] is null && service.Ask(i) is null)]));
            }
            while (await timer.WaitForNextTickAsync().ConfigureAwait(false) && !_isOver);
        });

        /// <summary>What the rounds of calls saw until now.</summary>
        public async Task<Calls> EndAsync()
        {
            _isOver = true;
            await _calling.ConfigureAwait(false);
            return new Calls([.. _rounds]);
        }
    }

    /// <summary>One call of every slot: what each answered, null for nothing, and those that were down at one moment.</summary>
    public sealed record Round(IReadOnlyList<string?> Answers, IReadOnlyList<int> Down);

    /// <summary>What all rounds of calls saw.</summary>
    public sealed record Calls(IReadOnlyList<Round> Rounds)
    {
        /// <summary>The slots that were down in the worst round.</summary>
        public IReadOnlyList<int> Worst { get; } = Rounds.MaxBy(r => r.Down.Count)!.Down;

        /// <summary>How far the rounds saw a change to a version: each count of slots that answered with it while others answered with another.</summary>
        public int StepsTo(string version) =>
            Rounds.Where(r => r.Answers.Any(a => a is not null && a != version)).Select(r => r.Answers.Count(a => a == version)).Where(n => n > 0).Distinct().Count();

        public override string ToString() => $"{Rounds.Count} rounds of calls, at most {Worst.Count} down at once: {string.Join(' ', Worst)}";
    }
}
