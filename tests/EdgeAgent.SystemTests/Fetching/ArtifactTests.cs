using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Systemd;
using Xunit;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>Work comes in an archive that its node fetches, checks and unpacks (docs/spec/artifacts.md): the published agent, a real systemd, curl and nginx.</summary>
public sealed class ArtifactTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData("tar.gz", "")]
    [InlineData("tar.zst", "security: {sandbox: relaxed}")]
    [InlineData("tar", "security: {sandbox: none}")]
    [InlineData("squashfs", "security: {sandbox: strict}")]
    public async Task Work_runs_what_it_comes_in_read_only_and_its_checks_do(string format, string more)
    {
        var node = $"comes-{format.Replace('.', '-')}";
        await using var server = await ArtifactServer.StartAsync();
        var digest = await server.PackAsync("hello", format, ArtifactWork.Version("1"));
        await using var fleet = await lab.StartAsync(node, server.Trusted());
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("hello"), digest, $"ready: {{exec: [./bin/ready]}}\n  {more}"), "--wait", "--timeout", "40s")).Succeeded();
        await ArtifactWork.LogsAsync(fleet, "hello", "version 1 at /run/edge-artifact in /run/edge-artifact");
        await ArtifactWork.LogsAsync(fleet, "hello", "read-only");

        // Nobody who could be another one tomorrow owns it, nobody else reads it, and what fetched it is gone.
        var root = $"/var/lib/edge-artifacts-default_{node}";
        Assert.Equal("0:0 755 0:0 755 0:0 644", (await lab.RunAsync("sh", "-c", $"cd {root}/{digest} && echo $(stat -c '%u:%g %a' . bin/hello data/version)")).Succeeded().Output.Trim());
        Assert.Equal("700", (await lab.RunAsync("stat", "-c", "%a", root)).Succeeded().Output.Trim());
        Assert.Equal("", (await lab.RunAsync("sh", "-c", "find /var/lib/private/edgefetch-* -type f")).Output.Trim());
        Assert.Equal("", (await lab.RunAsync("systemctl", "list-units", "--all", "--plain", "--no-legend", "edgefetch-*")).Output.Trim());
    }

    [Fact]
    public async Task Replicas_share_one_a_change_brings_the_next_and_what_is_there_needs_no_server()
    {
        await using var server = await ArtifactServer.StartAsync();
        var (first, second) = (await server.PackAsync("first", "tar.gz", ArtifactWork.Version("1")), await server.PackAsync("second", "tar.gz", ArtifactWork.Version("2")));
        await using var fleet = await lab.StartAsync("shares", server.Trusted());
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("first"), first, "replicas: 3"), "--wait", "--timeout", "40s")).Succeeded();
        Assert.Single(server.Requests(), r => r is { Status: 200, Path: "/first" });
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("second"), second, "replicas: 3"), "--wait", "--timeout", "60s")).Succeeded();
        await ArtifactWork.LogsAsync(fleet, "hello", "version 2 at");

        // As after a boot without a network: the agent's memory is gone, and nobody serves.
        await server.EndAsync();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-shares")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "rollout", "restart", "hello", "--wait", "--timeout", "60s")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "rollout", "undo", "hello", "--wait", "--timeout", "60s")).Succeeded();
        Assert.Equal(2, server.Requests().Count);
    }

    /// <summary>Nothing that came is asked for again, whatever is killed meanwhile.</summary>
    [Fact]
    public async Task A_fetch_goes_on_where_it_was_when_its_server_or_its_agent_is_killed()
    {
        await using var server = await ArtifactServer.StartAsync(bytesPerSecond: 400_000);
        var noise = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(2_400_000));
        var digest = await server.PackAsync("large", "tar", [.. ArtifactWork.Version("large"), ("data/noise", noise)]);
        var size = new FileInfo(Path.Combine(server.Files, "large")).Length;
        await using var fleet = await lab.StartAsync("resumes", server.Trusted());
        var events = SystemdLab.CtlAsync(fleet, "", "events", "--for", "20s", "-o", "json");
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("large"), digest, "progressDeadline: 6s"))).Succeeded();

        var had = await PartAsync(400_000);
        await ConfinedAsync();
        await server.EndAsync();
        await server.BeginAsync();
        had = await PartAsync(had + 400_000);
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-resumes")).Succeeded();
        await ArtifactWork.SaysAsync(fleet, "hello", "fetching: ");
        await ArtifactWork.SaysAsync(fleet, "hello", "\"running\"");
        await ArtifactWork.LogsAsync(fleet, "hello", "version large");

        // It took longer than the deadline, and came on all the time. An answer that was cut off isn't in nginx's log.
        var told = (await events).Succeeded().Output;
        Assert.Contains("ArtifactFetched", told, StringComparison.Ordinal);
        Assert.DoesNotContain("ArtifactRefused", told, StringComparison.Ordinal);
        var last = Assert.Single(server.Requests(), r => r.Status is 206 or 200 && r.Bytes + had >= size);
        Assert.Equal(206, last.Status);
        Assert.InRange(last.Bytes, 1, size - had);
    }

    /// <summary>Without the rate all of it is there long before five seconds are over, after which it is said for the first time how much is.</summary>
    [Fact]
    public async Task A_rate_is_kept_to()
    {
        await using var server = await ArtifactServer.StartAsync();
        var noise = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(1_500_000));
        var digest = await server.PackAsync("large", "tar", [.. ArtifactWork.Version("large"), ("data/noise", noise)]);
        await using var fleet = await lab.StartAsync("rates", server.Trusted("Rate=300Ki"));
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("large"), digest))).Succeeded();
        await ArtifactWork.SaysAsync(fleet, "hello", "fetching: 1");
        await ArtifactWork.SaysAsync(fleet, "hello", "\"running\"");
    }

    [Fact]
    public async Task What_does_not_come_says_why_and_what_is_another_is_not_fetched_again_and_again()
    {
        await using var server = await ArtifactServer.StartAsync();
        var digest = await server.PackAsync("hello", "tar.gz", ArtifactWork.Version("1"));
        await using var fleet = await lab.StartAsync("refuses", server.Trusted());
        var wrong = new string('0', 64);
        foreach (var (name, url, sha256) in ((string, string, string)[])[
            ("another", server.UrlOf("hello"), wrong), ("missing", server.UrlOf("nothing"), digest), ("plain", server.PlainUrlOf("hello"), digest), ("elsewhere", server.UrlOf("to-http"), digest), ("nobody", "https://localhost:9/hello", digest)])
        {
            (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest(name, url, sha256))).Succeeded();
        }

        await ArtifactWork.SaysAsync(fleet, "another", $"its artifact is another: its sha256 is {digest}, and the manifest says {wrong}");
        await ArtifactWork.SaysAsync(fleet, "missing", "its artifact does not come: 404");
        await ArtifactWork.SaysAsync(fleet, "plain", "its artifact is to come by http, which this node does not do");
        await ArtifactWork.SaysAsync(fleet, "elsewhere", "its artifact does not come: 302 Protocol");
        await ArtifactWork.SaysAsync(fleet, "nobody", "its artifact does not come: Failed to connect");
        await ArtifactWork.SaysAsync(fleet, "another", "it is not fetched again for");
        Assert.Single(server.Requests(), r => r.Path == "/hello");
        Assert.Equal("", (await lab.RunAsync("sh", "-c", "find /var/lib/private/edgefetch-* -name '*.part' -o -name '*.tree'")).Output.Trim());
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_is_not_spoken_with()
    {
        await using var server = await ArtifactServer.StartAsync();
        var digest = await server.PackAsync("hello", "tar.gz", ArtifactWork.Version("1"));
        await using var fleet = await lab.StartAsync("vouches");
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("hello"), digest))).Succeeded();
        await ArtifactWork.SaysAsync(fleet, "hello", "certificate");
        Assert.Empty(server.Requests());
    }

    [Fact]
    public async Task What_nobody_uses_makes_room_and_what_is_used_stays()
    {
        await using var server = await ArtifactServer.StartAsync();
        var digests = new Dictionary<string, string>();
        foreach (var name in (string[])["a", "b", "c"])
        {
            digests[name] = await server.PackAsync(name, "tar.gz", [.. ArtifactWork.Version(name), ("data/weight", new string(name[0], 5 << 20))]);
        }

        await using var fleet = await lab.StartAsync("room", server.Trusted("Disk=12Mi"));
        foreach (var name in (string[])["a", "b"])
        {
            (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest(name, server.UrlOf(name), digests[name]), "--wait", "--timeout", "40s")).Succeeded();
        }

        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("c", server.UrlOf("c"), digests["c"]))).Succeeded();
        await ArtifactWork.SaysAsync(fleet, "c", "its artifact is larger unpacked than what is left for artifacts here (2 MiB of [Artifacts] Disk)");
        Assert.Equal(Sorted(digests["a"], digests["b"]), await HereAsync());

        // The agent dies before what it has written of their uses is of use.
        (await SystemdLab.CtlAsync(fleet, "", "delete", "a", "c", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-room")).Succeeded();
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("c2", server.UrlOf("c"), digests["c"]), "--wait", "--timeout", "60s")).Succeeded();
        await Eventually.Is(HereAsync, h => h.SequenceEqual(Sorted(digests["b"], digests["c"])), Soon, h => string.Join(' ', h), "a went, b and c are there");

        async Task<string[]> HereAsync() =>
            Sorted([.. (await lab.RunAsync("sh", "-c", "ls /var/lib/edge-artifacts-default_room")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(n => n.Length == 64)]);

        static string[] Sorted(params string[] all) => [.. all.Order(StringComparer.Ordinal)];
    }

    /// <summary>How much has come, when it is more than so much.</summary>
    private async Task<long> PartAsync(long more) => long.Parse(
        await Eventually.Is(
            async () => (await lab.RunAsync("sh", "-c", "stat -c %s /var/lib/private/edgefetch-*/*.part")).Output.Trim(), s => long.TryParse(s, out var size) && size > more, Soon, s => s, $"more than {more} bytes"),
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What reads what a stranger sends is nobody, and sees nothing of the agent's.</summary>
    private async Task ConfinedAsync()
    {
        var unit = Assert.Single((await lab.RunAsync("sh", "-c", "systemctl list-units --plain --no-legend 'edgefetch-*' | cut -d' ' -f1")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var shown = await lab.ShowAsync(unit, "DynamicUser", "CapabilityBoundingSet", "ProtectSystem", "MemoryMax", "MainPID");
        Assert.Equal(("yes", "", "strict", $"{512 << 20}"), (shown["DynamicUser"], shown["CapabilityBoundingSet"], shown["ProtectSystem"], shown["MemoryMax"]));
        var pid = shown["MainPID"];
        Assert.NotEqual("0", (await lab.RunAsync("stat", "-c", "%u", $"/proc/{pid}")).Succeeded().Output.Trim());
        Assert.DoesNotContain("https", (await lab.RunAsync("sh", "-c", $"cat /proc/{pid}/cmdline /proc/{pid}/environ | tr '\\0' ' '")).Succeeded().Output, StringComparison.Ordinal);
    }
}
