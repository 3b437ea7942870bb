using System.Text;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>That the kernel holds work to what it may reach and be reached at (docs/spec/security.md), on Debian's own.</summary>
[Collection(nameof(LabMachineTests))]
public sealed class NetworkTests(SharedMachine shared) : IAsyncLifetime
{
    private const string Rules = "network: {connect: [\"localhost:8080\", \"10.9.9.9:54/udp\"], listen: [8080, 5353/udp]}";
    private const string DropIns = "/run/systemd/system/edge-.service.d";
    private const string Program = "/usr/local/share/network-attempts.pl";

    /// <summary>What is declared comes first, and is done with and without rules.</summary>
    private const string Attempts = """
        use strict; use warnings; use Socket qw(:all); use Errno; $| = 1;
        sub made { my ($family, $type, $protocol) = @_; socket(my $s, $family, $type, $protocol) or return; $s->blocking(0); return $s }
        sub seems { my ($ok) = @_; return $ok || $!{EINPROGRESS} || $!{ECONNREFUSED} || $!{ENETUNREACH} ? "allowed" : $!{EPERM} ? "denied" : "failed: $!" }
        sub tells { my ($name, $ok) = @_; print "$name ", seems($ok), "\n" }
        use IO::Handle;
        my ($far, $far6) = (inet_aton("10.9.9.9"), inet_pton(AF_INET6, "fd00::9"));
        my $server = made(PF_INET, SOCK_STREAM, 6);
        setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
        tells("served", bind($server, sockaddr_in(8080, INADDR_ANY)) && listen($server, 5));
        tells("reached", connect(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(8080, INADDR_LOOPBACK)));
        my $echo = made(PF_INET, SOCK_DGRAM, 17);
        tells("datagrams", bind($echo, sockaddr_in(5353, INADDR_ANY)));
        tells("sent", send(made(PF_INET, SOCK_DGRAM, 17), "x", 0, sockaddr_in(54, $far)));

        tells("address", connect(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(443, $far)));
        tells("address6", connect(made(PF_INET6, SOCK_STREAM, 6), sockaddr_in6(443, $far6)));
        tells("mapped", connect(made(PF_INET6, SOCK_STREAM, 6), sockaddr_in6(444, inet_pton(AF_INET6, "::ffff:10.9.9.9"))));
        tells("port", connect(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(22, INADDR_LOOPBACK)));
        tells("datagram", send(made(PF_INET, SOCK_DGRAM, 17), "x", 0, sockaddr_in(53, $far)));
        tells("transport", connect(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(54, $far)));
        tells("bound", bind(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(8081, INADDR_ANY)));
        tells("protocol", made(PF_INET, SOCK_DGRAM, 1));

        # Nobody said where: the kernel takes a port that is free.
        my $hidden = made(PF_INET, SOCK_STREAM, 6);
        listen($hidden, 5);
        my ($port) = sockaddr_in(getsockname($hidden));
        print "hidden $port\n";
        print "over\n";
        while (1) {
            my $ready = ""; vec($ready, fileno($_), 1) = 1 for ($server, $echo, $hidden);
            select($ready, undef, undef, 1);
            for my $s ($server, $hidden) { if (my $from = accept(my $client, $s)) { syswrite($client, "hello\n") } }
            if (my $from = recv($echo, my $text, 100, 0)) { tells("answered", send($echo, $text, 0, $from)) }
            my $again = seems(connect(made(PF_INET, SOCK_STREAM, 6), sockaddr_in(443, $far)));
            print "then $again\n" if $again ne "denied";
        }
        """;

    /// <summary>Well where it is held as its work is.</summary>
    private const string Check = """
        use strict; use Socket; use Errno;
        socket(my $s, PF_INET, SOCK_STREAM, 6);
        connect($s, sockaddr_in(443, inet_aton("10.9.9.9")));
        exit($!{EPERM} ? 0 : 1);
        """;

    private const string CheckProgram = "/usr/local/share/network-check.pl";

    /// <summary>Each name that is denied, and as what the event says it.</summary>
    private static readonly (string Name, string Told)[] Denied =
    [
        ("address", "connect to 10.9.9.9:443/tcp"),
        ("address6", "connect to [fd00::9]:443/tcp"),
        ("mapped", "connect to 10.9.9.9:444/tcp"),
        ("port", "connect to 127.0.0.1:22/tcp"),
        ("datagram", "connect to 10.9.9.9:53/udp"),
        ("transport", "connect to 10.9.9.9:54/tcp"),
        ("bound", "listen on 8081/tcp"),
        ("protocol", "open a socket inet protocol 1"),
    ];

    private static readonly string[] Declared = ["served", "reached", "datagrams", "sent"];

    private LabMachine Machine { get; set; } = null!;

    private string Events { get; set; } = "";

    public async ValueTask InitializeAsync()
    {
        Machine = await shared.UpAsync();
        Events = await Machine.ListenAsync();
        // Ping by a socket of its own is everybody's on a desktop, and nobody's on a bare kernel.
        (await Machine.RunAsync("sysctl -q -w net.ipv4.ping_group_range='0 2147483647'")).Succeeded();
        foreach (var (program, text) in new[] { (Program, Attempts), (CheckProgram, Check) })
        {
            (await Machine.RunAsync($"echo {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))} | base64 -d >{program} && chmod 0644 {program}")).Succeeded();
        }
    }

    /// <summary>All of them want the same ports.</summary>
    public async ValueTask DisposeAsync()
    {
        (await Machine.RunAsync($"rm -rf {DropIns} && systemctl daemon-reload")).Succeeded();
        await Machine.DeleteAsync([.. (await Machine.SlotsAsync()).Select(s => s.Workload).Distinct()]);
    }

    [Fact]
    public async Task What_is_not_declared_is_denied_where_it_is_tried_and_an_event_says_what_that_was()
    {
        // As it is without rules: each of them can be done.
        var free = await TriedAsync("free");
        Assert.Equal([.. Declared.Select(n => $"{n} allowed"), .. Denied.Select(d => $"{d.Name} allowed")], free.Where(IsAttempt));
        Assert.Equal("hello", await AskAsync(HiddenOf(free)));
        await Machine.DeleteAsync("free");

        // It is ready when its check has been denied, too.
        var held = await TriedAsync("held", Rules, $"ready: {{exec: [/usr/bin/perl, {CheckProgram}]}}");
        Assert.Equal([.. Declared.Select(n => $"{n} allowed"), .. Denied.Select(d => $"{d.Name} denied")], held.Where(IsAttempt));
        Assert.Contains(", network (systemd)", (await Machine.CtlAsync("get", "slots", "held", "-o", "wide")).Output, StringComparison.Ordinal);

        // It is reached where it said, and nowhere else, and answers whoever asks.
        Assert.Equal("hello", await AskAsync("8080"));
        Assert.Equal("", await AskAsync(HiddenOf(held)));
        Assert.Equal("ping", (await Machine.RunAsync("perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Proto => \"udp\", PeerAddr => \"127.0.0.1:5353\"); alarm 5; $s->send(\"ping\"); $s->recv($b, 100); print $b'")).Output);
        foreach (var told in Denied.Select(d => d.Told).Append($"listen on {HiddenOf(held)}/tcp"))
        {
            await Eventually.Is(
                async () => await File.ReadAllTextAsync(Events, TestContext.Current.CancellationToken), e => e.Contains(told, StringComparison.Ordinal), Machine.Patience, e => e, $"that it wanted to {told}, in edgectl events");
        }

        // What is offered makes rules under which it is allowed.
        var offered = (await Machine.CtlAsync("security", "suggest", "held")).Succeeded().Output;
        Assert.Contains("- \"localhost:8080\"", offered, StringComparison.Ordinal);
        Assert.Contains("- \"[fd00::9]:443/tcp\"  # held/0 on vm", offered, StringComparison.Ordinal);
        await Machine.DeleteAsync("held");
        await Eventually.Is(async () => (await Machine.RunAsync("ls /sys/fs/bpf/edgeagent-*")).Output.Trim(), o => o == "denied", Machine.Patience, o => o, "its programs let go of");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Nothing_that_systemd_or_the_agent_goes_through_loosens_it_and_what_is_not_held_is_ended()
    {
        await TriedAsync("kept", Rules, "health: {exec: [/bin/true], interval: 1s}");
        var before = (await Machine.RunAsync("systemctl show -P MainPID edge-kept-0")).Output;
        (await Machine.RunAsync("systemctl daemon-reload && systemctl daemon-reexec")).Succeeded();
        (await Machine.RunAsync("systemctl kill -s KILL edgeagent")).Succeeded();
        await Eventually.Is(async () => (await Machine.RunAsync("systemctl show -P NRestarts edgeagent")).Output.Trim(), n => n != "0", Machine.Patience, n => n, "another agent");
        await Machine.OnlineAsync();

        // The next agent hears what the programs of the one before deny.
        await Eventually.Is(async () => (await Machine.CtlAsync("security", "suggest", "kept")).Output, o => o.Contains("10.9.9.9:443/tcp", StringComparison.Ordinal), Machine.Patience, o => o, "what it is denied");
        Assert.Equal(before, (await Machine.RunAsync("systemctl show -P MainPID edge-kept-0")).Output);

        // Started again it is held again.
        (await Machine.RunAsync("systemctl kill -s KILL edge-kept-0")).Succeeded();
        await Eventually.Is(async () => (await Machine.LogLinesAsync("kept")).Count(l => l == "address denied"), n => n == 2, Machine.Patience, n => $"{n}", "it through again");
        Assert.DoesNotContain(await Machine.LogLinesAsync("kept"), l => l.StartsWith("then ", StringComparison.Ordinal));

        // What the device undoes is noticed, and ends; as it was it is held again.
        (await Machine.RunAsync($"mkdir -p {DropIns} && printf '[Service]\\nBPFProgram=\\n' >{DropIns}/loose.conf && systemctl daemon-reload && systemctl kill -s KILL edge-kept-0")).Succeeded();
        await Eventually.Is(
            async () => string.Concat((await Machine.SlotsAsync()).Select(s => s.Reason)), r => r.Contains("its network rules do not hold it: the program ingress", StringComparison.Ordinal), Machine.Patience, r => r, "that it was not held");
        (await Machine.RunAsync($"rm -r {DropIns} && systemctl daemon-reload")).Succeeded();
        await Eventually.Is(async () => (await Machine.LogLinesAsync("kept")).Count(l => l == "address denied"), n => n >= 3, Machine.Patience, n => $"{n}", "it held again");
    }

    /// <summary>Nothing at all, and as much as a manifest may say: the kernel takes both.</summary>
    [Fact]
    [Trait("Category", "nightly")]
    public async Task No_rule_and_as_many_as_there_may_be_hold()
    {
        Assert.Equal([.. Declared.Concat(Denied.Select(d => d.Name)).Select(n => $"{n} denied")], (await TriedAsync("none", "network: {}")).Where(IsAttempt));
        await Machine.DeleteAsync("none");
        var connect = string.Join(", ", Enumerable.Range(0, 30).Select(i => $"\"[2001:db8:{i}::]/64:{1000 + i}-{2000 + i}/tcp\"").Append("\"any:443\"").Append("\"localhost\""));
        var listen = string.Join(", ", Enumerable.Range(0, 31).Select(i => $"\"{100 + (2 * i)}-{101 + (2 * i)}/udp\"").Append("8080"));
        var many = await TriedAsync("many", $"network: {{connect: [{connect}], listen: [{listen}]}}");
        Assert.Contains("address allowed", many);
        Assert.Contains("port allowed", many);
        Assert.Contains("datagram denied", many);
    }

    private static bool IsAttempt(string line) => line.Split(' ') is [var name, ..] && (Declared.Contains(name) || Denied.Any(d => d.Name == name));

    private static string HiddenOf(IEnumerable<string> lines) => lines.Single(l => l.StartsWith("hidden ", StringComparison.Ordinal))["hidden ".Length..];

    /// <summary>What answers at a port of the machine; nothing: nobody within two seconds.</summary>
    private async Task<string> AskAsync(string port) => (await Machine.RunAsync($"timeout 5 perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => \"127.0.0.1:{port}\", Timeout => 2) or exit; print scalar <$s>'")).Output.Trim();

    private async Task<IReadOnlyList<string>> TriedAsync(string name, params string[] more)
    {
        await Machine.ApplyAsync(LabMachine.Shell(name, $"exec perl {Program}", more));
        return await Eventually.Is(() => Machine.LogLinesAsync(name), l => l.Contains("over"), Machine.Patience, l => string.Join('\n', l), $"{name} through");
    }
}
