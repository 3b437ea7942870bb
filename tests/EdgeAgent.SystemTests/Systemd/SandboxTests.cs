using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Work gets what its manifest declares and nothing else, by the kernel's own word (docs/spec/security.md).</summary>
public sealed partial class SandboxTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    /// <summary>A workload that nothing but the default confines is no more exposed than this, by systemd-analyze(1).</summary>
    private const double ExposureMost = 2.0;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>Each says what came of it: of perl's base package, coreutils and util-linux, which every Debian has.</summary>
    private const string Attempts = """
        try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name allowed"; else echo "$name denied"; fi; }
        try shadow cat /etc/shadow
        try write-etc touch /etc/edge-was-here
        try write-var touch /var/lib/edge-was-here
        try write-home touch /root/edge-was-here
        try raw-socket perl -e 'use Socket; socket(my $s, PF_INET, SOCK_RAW, 1) or die'
        try packet-socket perl -e 'socket(my $s, 17, 3, 0) or die'
        try netlink perl -e 'socket(my $s, 16, 3, 0) or die'
        try user-namespace unshare --user true
        try mount mount -t tmpfs none /mnt
        try read-home ls /root
        try low-port perl -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 6); bind($s, sockaddr_in(97, INADDR_LOOPBACK)) or die'
        try other-processes test -d /proc/1
        try the-agent-s-memory sh -c 'cat /proc/AGENT/maps | grep -q .'
        try the-agent-s-life kill -0 AGENT
        try the-system-s-bus perl -e 'use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un("/run/dbus/system_bus_socket")) or die'
        try become-root perl -e '$> = 0; $> == 0 or die'
        try ownership sh -c 'touch /tmp/x && chown 1 /tmp/x'
        try hostname hostname edge-was-here
        try own-tmp touch /tmp/mine
        try inet-socket perl -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 6) or die'
        echo over
        exec sleep 1000
        """;

    private static readonly string[] Allowed = ["inet-socket", "own-tmp"];

    /// <summary>What a relaxed sandbox leaves besides: its root sees all processes, and reads what is root's.</summary>
    private static readonly string[] AllowedToRoot = ["become-root", "netlink", "other-processes", "read-home", "shadow", "the-agent-s-life", "user-namespace"];

    [Theory]
    [InlineData("bydefault", "")]
    [InlineData("strict", "security: {sandbox: strict}")]
    public async Task What_is_not_declared_the_kernel_denies(string node, string more)
    {
        await using var fleet = await lab.StartAsync(node);
        var told = await AttemptAsync(fleet, node, "attempts", more);
        Assert.Equal(Allowed, AllowedIn(told));
        Assert.Contains("strict (systemd)", (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "wide")).Output, StringComparison.Ordinal);
    }

    /// <summary>So that the attempts themselves are known to be good ones.</summary>
    [Fact]
    public async Task What_a_manifest_loosens_is_allowed_and_told()
    {
        await using var fleet = await lab.StartAsync("loose");
        var relaxed = await AttemptAsync(fleet, "loose", "relaxed", "security: {sandbox: relaxed}");
        Assert.Equal(Allowed.Concat(AllowedToRoot).Order(StringComparer.Ordinal), AllowedIn(relaxed));
        Assert.Contains("relaxed: as root without capabilities", (await SystemdLab.CtlAsync(fleet, "", "describe", "workload", "relaxed")).Output, StringComparison.Ordinal);
        Assert.Contains("relaxed (systemd)", (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "wide")).Output, StringComparison.Ordinal);

        var none = await AttemptAsync(fleet, "loose", "none", "security: {sandbox: none}");
        Assert.Equal(none.Keys.Order(StringComparer.Ordinal), AllowedIn(none));
        Assert.Contains("none: nothing confines it", (await SystemdLab.CtlAsync(fleet, "", "describe", "workload", "none")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_is_little_exposed_and_two_slots_are_two_users()
    {
        await using var fleet = await lab.StartAsync("users");
        (await SystemdLab.CtlAsync(fleet, Manifest("pair", "touch /tmp/mine; exec sleep 1000", "replicas: 2"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var units = await lab.UnitsAsync("users");
        Assert.Equal(2, units.Count);
        HashSet<string> users = [];
        foreach (var unit in units)
        {
            var said = (await lab.RunAsync("systemd-analyze", "security", "--no-pager", unit)).Output;
            var exposure = double.Parse(Exposure().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
            TestContext.Current.TestOutputHelper?.WriteLine($"measured: {unit} has an exposure of {exposure.ToString(CultureInfo.InvariantCulture)} by systemd-analyze security");
            Assert.InRange(exposure, 0.1, ExposureMost);
            var pid = (await lab.ShowAsync(unit, "MainPID"))["MainPID"];
            users.Add((await lab.RunAsync("sh", "-c", $"grep ^Uid /proc/{pid}/status")).Succeeded().Output);
        }

        Assert.Equal(2, users.Count);
        Assert.DoesNotContain(users, u => u.Split('\t').Contains("0"));
    }

    [Theory]
    [InlineData("/usr/bin/perl", "-e", "print 6*7")]
    [InlineData("/usr/bin/python3", "-c", "import json,os,socket,threading,multiprocessing; print(6*7)")]
    [InlineData("/usr/bin/node", "-e", "let s = 0; for (let i = 0; i < 1e6; i++) s += i; require('http'); console.log(6*7)")]
    [InlineData("/usr/bin/java", "-Xshare:auto", "-version")]
    [InlineData("/usr/bin/dotnet", "--list-runtimes", "")]
    [InlineData("/bin/busybox", "echo", "42")]
    public async Task Common_runtimes_work_in_a_strict_sandbox(string program, string first, string second)
    {
        lab.Require();
        Assert.SkipUnless((await lab.RunAsync("test", "-x", program)).ExitCode == 0, $"{program} is not on this machine");
        await using var fleet = await lab.StartAsync($"runs-{Path.GetFileName(program)}");
        var command = JsonSerializer.Serialize(second.Length == 0 ? [program, first] : new[] { program, first, second });
        var applied = await SystemdLab.CtlAsync(fleet, Manifest("runs", command, "mode: job\njob: {attempts: 1}\nsecurity: {sandbox: strict}", isScript: false), "apply", "-f", "-", "--wait", "--timeout", "40s");
        var logs = (await SystemdLab.CtlAsync(fleet, "", "logs", "runs")).Output;
        Assert.True(applied.ExitCode == 0, applied.Errors + logs);
        Assert.Matches("42|OpenJDK|Microsoft.NETCore.App", logs);
    }

    /// <summary>systemd reads the files of all units again at each update of a package, and has written that of this one itself.</summary>
    [Fact]
    public async Task It_holds_after_systemd_has_read_its_units_anew_and_started_the_work_anew()
    {
        await using var fleet = await lab.StartAsync("reload");
        var agent = (await lab.ShowAsync("agent-reload.service", "MainPID"))["MainPID"];
        (await SystemdLab.CtlAsync(fleet, Manifest("attempts", "test -e $STATE_DIRECTORY/again || { touch $STATE_DIRECTORY/again; exec sleep 1000; }\n" + Attempts.Replace("AGENT", agent, StringComparison.Ordinal), "state: {}"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        const string Unit = "edge-default_reload_attempts_0.service";
        string[] told = ["RestrictNamespaces", "SystemCallFilter", "RestrictAddressFamilies", "CapabilityBoundingSet", "UMask", "DynamicUser", "PrivateUsers", "PrivateDevices", "ProtectSystem", "ProtectHome", "ProtectProc", "InaccessiblePaths", "SystemCallArchitectures"];
        var before = await lab.ShowAsync(Unit, told);
        (await lab.RunAsync("systemctl", "daemon-reload")).Succeeded();
        Assert.Equal(before, await lab.ShowAsync(Unit, told));
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", Unit)).Succeeded();
        var said = await LogsAsync(fleet, "attempts", "over");
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.Equal(Allowed, AllowedIn(Read(said)));
    }

    [Theory]
    [InlineData("root", "DynamicUser=no\\nUser=root\\nPrivateUsers=no", "it runs as root")]
    [InlineData("capable", "CapabilityBoundingSet=CAP_CHOWN", "it can have capabilities")]
    public async Task Who_demands_a_strict_sandbox_does_not_run_where_it_does_not_hold_and_others_are_told_of(string node, string undone, string lacking)
    {
        await using var fleet = await lab.StartAsync(node);
        (await lab.RunAsync("sh", "-c", $"mkdir -p /etc/systemd/system/edge-.service.d && printf '[Service]\\n{undone}\\n' >/etc/systemd/system/edge-.service.d/undo.conf && systemctl daemon-reload")).Succeeded();
        try
        {
            var events = SystemdLab.CtlAsync(fleet, "", "events", "--for", "12s", "-o", "json");
            (await SystemdLab.CtlAsync(fleet, Manifest("demands", "echo it-ran; exec sleep 1000", "security: {sandbox: strict}"), "apply", "-f", "-")).Succeeded();
            await Eventually.Is(
                async () => (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "--all")).Output,
                o => o.Contains($"its sandbox does not hold: {lacking}", StringComparison.Ordinal),
                Soon,
                o => o,
                "the reason");
            await Eventually.Is(() => lab.RunAsync("systemctl", "is-active", $"edge-default_{node}_demands_0.service"), r => r.Output.Trim() != "active", Soon, r => r.Output, "its process ended");
            (await SystemdLab.CtlAsync(fleet, Manifest("bears", "exec sleep 1000"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
            var told = (await events).Output;
            Assert.Contains("SandboxLoosened", told, StringComparison.Ordinal);
            Assert.Contains("systemctl cat edge-", told, StringComparison.Ordinal);
            Assert.DoesNotContain("running", string.Join('\n', (await SystemdLab.CtlAsync(fleet, "", "get", "slots")).Output.Split('\n').Where(l => l.StartsWith("demands", StringComparison.Ordinal))), StringComparison.Ordinal);
        }
        finally
        {
            await lab.RunAsync("sh", "-c", "rm -r /etc/systemd/system/edge-.service.d; systemctl daemon-reload");
        }
    }

    [Fact]
    public async Task A_device_is_there_for_who_names_it_and_for_nobody_else()
    {
        await using var fleet = await lab.StartAsync("devices");

        // Its own group may use it, and nobody else, as of most devices.
        (await lab.RunAsync("sh", "-c", "chgrp 5 /dev/net/tun && chmod 0660 /dev/net/tun")).Succeeded();
        const string Look = "if [ ! -e /dev/net/tun ]; then echo not-there; elif (exec 3<>/dev/net/tun); then echo opened; else echo there; fi; echo over; exec sleep 1000";
        (await SystemdLab.CtlAsync(fleet, Manifest("names", Look, "security: {devices: [/dev/net/tun, /dev/edge-is-not-there]}"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, Manifest("other", Look), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        Assert.StartsWith("opened\n", await LogsAsync(fleet, "names", "over"), StringComparison.Ordinal);
        Assert.StartsWith("not-there\n", await LogsAsync(fleet, "other", "over"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_confines_a_strict_sandbox_is_refused_before_anything_is_sent()
    {
        await using var fleet = await Fleet.StartAsync(FleetKind.Embedded, 1);
        var refused = await fleet.ApplyAsync(Manifest("strict", "exec sleep 1000", "security: {sandbox: strict}"));
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("sandbox.strict/1", refused.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<string> AllowedIn(Dictionary<string, string> told) => told.Where(t => t.Value == "allowed").Select(t => t.Key).Order(StringComparer.Ordinal);

    private async Task<Dictionary<string, string>> AttemptAsync(GuardedBroker fleet, string node, string name, string more)
    {
        var agent = (await lab.ShowAsync($"agent-{node}.service", "MainPID"))["MainPID"];
        (await SystemdLab.CtlAsync(fleet, Manifest(name, Attempts.Replace("AGENT", agent, StringComparison.Ordinal), more), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var said = await LogsAsync(fleet, name, "over");
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        return Read(said);
    }

    private static Dictionary<string, string> Read(string said) =>
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')).Where(p => p is [_, "allowed" or "denied"]).ToDictionary(p => p[0], p => p[1]);

    private static Task<string> LogsAsync(GuardedBroker fleet, string name, string last) => Eventually.Is(
        async () => (await SystemdLab.CtlAsync(fleet, "", "logs", name)).Output, o => o.Contains(last, StringComparison.Ordinal), Soon, o => o, last);

    private static string Manifest(string name, string what, string more = "", bool isScript = true) => $$$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{{name}}}}
        spec:
          run: {exec: {command: {{{(isScript ? JsonSerializer.Serialize(new[] { "/bin/sh", "-c", what }) : what)}}}}}
          {{{more.Replace("\n", "\n  ", StringComparison.Ordinal)}}}
        """;

    [GeneratedRegex("exposure level for .*: ([0-9.]+) ")]
    private static partial Regex Exposure();
}
