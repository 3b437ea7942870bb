using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>Profiles on Debian's own kernel, which enforces them (docs/spec/security.md).</summary>
[Collection(nameof(LabMachineTests))]
public sealed class AppArmorTests(SharedMachine shared) : IAsyncLifetime
{
    /// <summary>What work tries: each says what came of it, and as what the event says that it was denied.</summary>
    private static readonly (string Name, string Command, string Told)[] Attempts =
    [
        ("read-secret", "cat /etc/shadow", "cat: read /etc/shadow"),
        ("write-outside", "touch /etc/edge-was-here", "touch: write /etc/edge-was-here"),
        ("undeclared-program", "/usr/bin/id", "execute /usr/bin/id"),
        ("module", "modprobe -r i2c-dev", "modprobe: use the capability sys_module"),
        ("raw-socket", "perl -e \"use Socket; socket(my \\$s, PF_INET, SOCK_RAW, 1) or die\"", "perl: open a socket inet raw"),
        ("others-state", "cat STATE/file", "cat: read STATE/file"),
        ("trace-the-agent", "perl -e \"syscall(101, 0x4206, AGENT, 0, 0) == 0 or die\"", "perl: trace unconfined"),
        ("signal-the-agent", "perl -e \"kill(23, AGENT) or die\"", "perl: send a signal, urg to unconfined"),
    ];

    private static readonly string[] Programs = ["/bin/cat", "/bin/touch", "/sbin/modprobe", "/usr/bin/perl", "/bin/sleep"];

    private LabMachine Machine { get; set; } = null!;

    public async ValueTask InitializeAsync() => Machine = await shared.UpAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_is_not_declared_the_kernel_denies_and_an_event_says_what_was_tried()
    {
        // Another's state, and a module that can be taken out again.
        await Machine.ApplyAsync(LabMachine.Shell("secret", "echo hidden >$STATE_DIRECTORY/file; exec sleep 100000", "state: {}", "security: {sandbox: none}"));
        var state = (await Machine.RunAsync("ls -d /var/lib/edge-work/secret.*")).Succeeded().Output.Trim();
        var agent = (await Machine.RunAsync("systemctl show -P MainPID edgeagent")).Succeeded().Output.Trim();
        string Put(string text) => text.Replace("STATE", state, StringComparison.Ordinal).Replace("AGENT", agent, StringComparison.Ordinal);
        var script = string.Concat(Attempts.Select(a => $"if {Put(a.Command)} >/dev/null 2>&1; then echo {a.Name} allowed; else echo {a.Name} denied; fi; ")) + "echo over; exec sleep 100000";

        // Nothing else confines it, so that it is known who denies; without a profile each of them can be done.
        (await Machine.RunAsync("modprobe i2c-dev")).Succeeded();
        var free = await ToldAsync("free", script, "security: {sandbox: none}");
        Assert.Equal(Attempts.Select(a => $"{a.Name} allowed").Append("over"), free);
        (await Machine.RunAsync("modprobe i2c-dev && rm /etc/edge-was-here")).Succeeded();

        var listening = await Machine.ListenAsync();
        var held = await ToldAsync("held", script, "security: {sandbox: none, apparmor: {}}", $"files: {{exec: [{string.Join(", ", Programs)}]}}");
        Assert.Equal(Attempts.Select(a => $"{a.Name} denied").Append("over"), held);
        foreach (var (name, _, told) in Attempts)
        {
            await Eventually.Is(
                async () => await File.ReadAllTextAsync(listening, TestContext.Current.CancellationToken), e => e.Contains(Put(told), StringComparison.Ordinal), Machine.Patience, e => e, $"that {name} was denied, in edgectl events");
        }

        // In the default's sandbox and a profile, the same, and it is held by both.
        Assert.Equal(Attempts.Select(a => $"{a.Name} denied").Append("over"), await ToldAsync("both", script, "security: {apparmor: {}}", $"files: {{exec: [{string.Join(", ", Programs)}]}}"));
        Assert.StartsWith("edge-both-", await LabelAsync("both"), StringComparison.Ordinal);
        Assert.Contains("strict, apparmor (systemd)", (await Machine.CtlAsync("get", "slots", "both", "-o", "wide")).Output, StringComparison.Ordinal);
        await Machine.DeleteAsync("secret", "free", "held", "both");
    }

    [Fact]
    public async Task What_it_declares_it_can_do_and_replicas_share_a_profile_that_goes_with_the_last()
    {
        (await Machine.RunAsync("mkdir -p /srv/in /srv/out && chmod 0777 /srv/out && echo given >/srv/in/file && touch /srv/out/seen && chmod 0666 /srv/out/seen")).Succeeded();
        var manifest = LabMachine.Shell(
            "granted",
            "cat /srv/in/file >>/srv/out/seen && echo kept >$STATE_DIRECTORY/file && cat $STATE_DIRECTORY/file >/dev/null && echo mine >/tmp/x && perl -e \"use Socket; socket(my \\$s, PF_INET, SOCK_STREAM, 6) or die\" && echo done; exec sleep 100000",
            "replicas: 2",
            "state: {}",
            "files: {read: [/srv/in], write: [/srv/out], exec: [/usr/bin/perl, /bin/cat, /bin/sleep]}",
            "health: {exec: [/bin/true], interval: 1s}");
        await Machine.ApplyAsync(manifest);
        await Eventually.Is(() => Machine.LogLinesAsync("granted"), l => l.Count(t => t == "done") == 2, Machine.Patience, l => string.Join('\n', l), "both of them through");
        Assert.Equal("given\ngiven\n", (await Machine.RunAsync("cat /srv/out/seen")).Output);
        var profile = Assert.Single(await ProfilesAsync("granted"));
        Assert.Equal(profile, (await Machine.RunAsync("cat /proc/$(systemctl show -P MainPID edge-granted-1)/attr/current")).Output.Trim());

        // A scale down leaves it to the other; an agent that was killed takes it over.
        (await Machine.CtlAsync("scale", "granted", "--replicas=1", "--wait", "--timeout", "60s")).Succeeded();
        Assert.Equal(profile, Assert.Single(await ProfilesAsync("granted")));
        var before = (await Machine.RunAsync("systemctl show -P MainPID edge-granted-0")).Output;
        (await Machine.RunAsync("systemctl kill -s KILL edgeagent")).Succeeded();
        await Eventually.Is(async () => (await Machine.RunAsync("systemctl show -P NRestarts edgeagent")).Output.Trim(), n => n != "0", Machine.Patience, n => n, "another agent");
        await Machine.OnlineAsync();
        Assert.Equal(profile, Assert.Single(await ProfilesAsync("granted")));
        Assert.Equal(before, (await Machine.RunAsync("systemctl show -P MainPID edge-granted-0")).Output);

        // Another program of its check needs another profile, and gets it with a new start; the check is not denied.
        await Machine.ApplyAsync(manifest.Replace("[/bin/true]", "[/bin/sleep, '0']", StringComparison.Ordinal).Replace("replicas: 2", "replicas: 1", StringComparison.Ordinal));
        Assert.NotEqual(profile, await LabelAsync("granted"));
        await Eventually.Is(() => ProfilesAsync("granted"), p => p.Count == 1, Machine.Patience, p => string.Join(", ", p), "the profile before taken out");
        var restarts = (await Machine.RunAsync("systemctl show -P MainPID edge-granted-0")).Output;
        await Eventually.StaysFor(TimeSpan.FromSeconds(8), async () => (await Machine.RunAsync("systemctl show -P MainPID edge-granted-0")).Output == restarts ? null : "it was started anew by its check");
        await Machine.DeleteAsync("granted");
        await Eventually.Is(() => ProfilesAsync("granted"), p => p.Count == 0, Machine.Patience, p => string.Join(", ", p), "its profile taken out");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task After_a_boot_a_profile_is_taken_from_what_was_compiled()
    {
        await Machine.ApplyAsync(LabMachine.Shell("booted", "exec sleep 100000", "files: {exec: [/bin/sleep]}"));
        var compiled = (await Machine.RunAsync("stat -c '%Y %Z %n' /var/lib/edgeagent/apparmor/*/edge-booted-*")).Succeeded().Output;
        await Machine.RebootAsync();
        await Machine.OnlineAsync();
        await Eventually.Is(() => LabelAsync("booted"), l => l.EndsWith("(enforce)", StringComparison.Ordinal), Machine.Patience, l => l, "it held after the boot");
        Assert.Equal(compiled, (await Machine.RunAsync("stat -c '%Y %Z %n' /var/lib/edgeagent/apparmor/*/edge-booted-*")).Succeeded().Output);
        await Machine.DeleteAsync("booted");
    }

    [Fact]
    public async Task A_profile_that_is_no_profile_is_refused_with_its_line_and_none_is_made_beside_it()
    {
        var broken = await Machine.TryApplyAsync(LabMachine.Shell("broken", "exec sleep 100000", "security: {apparmor: {profile: \"/etc/** r,\\n/usr/bin/** rmiz,\\n/usr/lib/** rm,\\n\"}}"), "--wait", "--timeout", "20s");
        Assert.NotEqual(0, broken.ExitCode);
        Assert.Contains("spec.security.apparmor.profile, line 2:", broken.Errors, StringComparison.Ordinal);
        Assert.Contains("/usr/bin/** rmiz,", broken.Errors, StringComparison.Ordinal);

        var beside = await Machine.TryApplyAsync(LabMachine.Shell("beside", "exec sleep 100000", "security: {apparmor: {profile: \"/usr/** rmix,\\n}\\nprofile lsb_release {\\n/etc/** r,\\n\"}}"), "--wait", "--timeout", "20s");
        Assert.Contains("makes a profile of its own, lsb_release", beside.Errors, StringComparison.Ordinal);
        Assert.Empty(await ProfilesAsync("broken"));
        Assert.Empty(await ProfilesAsync("beside"));
        await Machine.DeleteAsync("broken", "beside");
    }

    [Fact]
    public async Task A_profile_that_somebody_takes_out_ends_the_work_which_then_runs_held_again()
    {
        await Machine.ApplyAsync(LabMachine.Shell("taken", "exec sleep 100000", "files: {exec: [/bin/sleep]}"));
        var before = (await Machine.RunAsync("systemctl show -P MainPID edge-taken-0")).Output.Trim();
        var listening = await Machine.ListenAsync();
        (await Machine.RunAsync("apparmor_parser --remove /run/edgeagent/apparmor/edge-taken-*")).Succeeded();
        await Eventually.Is(
            async () => await File.ReadAllTextAsync(listening, TestContext.Current.CancellationToken), e => e.Contains("AppArmor does not hold it: it is unconfined", StringComparison.Ordinal), Machine.Patience, e => e, "that its profile is gone, in edgectl events");
        await Eventually.Is(
            async () => (await Machine.RunAsync("pid=$(systemctl show -P MainPID edge-taken-0); echo $pid $(cat /proc/$pid/attr/current)")).Output.Trim(), o => o.EndsWith("(enforce)", StringComparison.Ordinal) && !o.StartsWith($"{before} ", StringComparison.Ordinal), Machine.Patience, o => o, "another process, held");
        Assert.Empty((await Machine.RunAsync($"ls -d /proc/{before}")).Output);
        await Machine.DeleteAsync("taken");
    }

    /// <summary>The kernel's word comes after its end.</summary>
    [Fact]
    public async Task What_ends_at_once_for_what_it_is_denied_is_told_of_all_the_same()
    {
        await Machine.TryApplyAsync(LabMachine.Shell("brief", "cat /etc/fstab || kill -ABRT $$", "mode: job", "job: {attempts: 1}", "files: {exec: [/bin/cat]}"));
        await Eventually.Is(async () => (await Machine.CtlAsync("security", "suggest", "brief")).Output, o => o.Contains("- \"/etc/fstab\"  # cat on vm", StringComparison.Ordinal), Machine.Patience, o => o, "what it was denied");
        await Machine.DeleteAsync("brief");
    }

    [Fact]
    public async Task What_a_complaining_profile_saw_is_offered_and_makes_one_that_enforces()
    {
        var script = "cat /etc/fstab >/dev/null && id >/dev/null && echo done; exec sleep 100000";
        await Machine.ApplyAsync(LabMachine.Shell("learning", script, "security: {apparmor: {mode: complain}}"));
        await Eventually.Is(() => Machine.LogLinesAsync("learning"), l => l.Contains("done"), Machine.Patience, l => string.Join('\n', l), "all of it allowed");
        var offered = await Eventually.Is(async () => (await Machine.CtlAsync("security", "suggest", "learning")).Output, o => Line(o, "/usr/bin/sleep") && Line(o, "/usr/bin/id") && Line(o, "/etc/fstab"), Machine.Patience, o => o, "all that it did");

        // As it was offered, with no word changed.
        var fields = offered[(offered.IndexOf("  files:", StringComparison.Ordinal) + 2)..].ReplaceLineEndings("\n").Replace("\n  ", "\n", StringComparison.Ordinal);
        await Machine.DeleteAsync("learning");
        await Machine.ApplyAsync(LabMachine.Shell("learnt", script, Indented(fields)));
        await Eventually.Is(() => Machine.LogLinesAsync("learnt"), l => l.Contains("done"), Machine.Patience, l => string.Join('\n', l), "all of it declared");
        Assert.EndsWith("(enforce)", await LabelAsync("learnt"), StringComparison.Ordinal);
        await Machine.DeleteAsync("learnt");

        static bool Line(string text, string path) => text.Contains($"- \"{path}\"", StringComparison.Ordinal);
    }

    /// <summary>Lines of a field below spec, each two spaces further in than the first, which <see cref="LabMachine.Shell"/> moves.</summary>
    private static string Indented(string fields) => fields.TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> ToldAsync(string name, string script, params string[] more)
    {
        await Machine.ApplyAsync(LabMachine.Shell(name, script, more));
        return await Eventually.Is(() => Machine.LogLinesAsync(name), l => l.Contains("over"), Machine.Patience, l => string.Join('\n', l), $"{name} through");
    }

    private async Task<IReadOnlyList<string>> ProfilesAsync(string workload) =>
        (await Machine.RunAsync("cat /sys/kernel/security/apparmor/profiles")).Succeeded().Output.Split('\n').Where(p => p.StartsWith($"edge-{workload}-", StringComparison.Ordinal)).ToList();

    /// <summary>What the kernel says of its first slot's process.</summary>
    private async Task<string> LabelAsync(string workload) => (await Machine.RunAsync($"cat /proc/$(systemctl show -P MainPID edge-{workload}-0)/attr/current")).Output.Trim();
}
