using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>The published agent under a real systemd: its work is transient units, which it finds again and leaves nothing of.</summary>
public sealed class SystemdTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const string Greeter = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: hello}
        spec:
          replicas: 3
          lostAfter: 3s
          run: {exec: {command: [/bin/sh, -c, 'echo "greetings from $EDGE_SLOT"; exec sleep 1000']}}
          resources: {cpu: 10m, memory: 8Mi, tasks: 16}
          stop: {timeout: 2s}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_is_confined_in_transient_units_and_its_output_is_in_the_journal()
    {
        await using var fleet = await lab.StartAsync("one");
        await ApplyAsync(fleet, Greeter);
        var units = await lab.UnitsAsync("one");
        Assert.Equal(3, units.Count);
        var shown = await lab.ShowAsync(units[0], "Transient", "NoNewPrivileges", "ProtectSystem", "PrivateTmp", "CapabilityBoundingSet", "MemoryMax", "TasksMax", "Slice", "ProtectHome", "DynamicUser", "PrivateDevices");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Transient"] = "yes",
                ["NoNewPrivileges"] = "yes",
                ["ProtectSystem"] = "strict",
                ["PrivateTmp"] = "yes",
                ["CapabilityBoundingSet"] = "",
                ["MemoryMax"] = "8388608",
                ["TasksMax"] = "16",
                ["Slice"] = "edge-one.slice",
                ["ProtectHome"] = "yes",
                ["DynamicUser"] = "yes",
                ["PrivateDevices"] = "yes",
            },
            shown);
        var logs = (await SystemdLab.CtlAsync(fleet, "", "logs", "hello")).Succeeded().Output;
        Assert.All([0, 1, 2], index => Assert.Contains($"greetings from hello/{index}", logs, StringComparison.Ordinal));

        await EndAsync(fleet, "one", "hello");
    }

    [Fact]
    public async Task A_killed_agent_and_a_reexecuted_systemd_stop_nothing()
    {
        await using var fleet = await lab.StartAsync("two");
        await ApplyAsync(fleet, Greeter);
        var before = await PidsAsync("two");

        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-two")).Succeeded();
        await Eventually.Is(() => lab.ShowAsync("agent-two", "NRestarts"), p => p["NRestarts"] == "1", Soon, p => p["NRestarts"], "the agent started again");
        await RunningAsync(fleet, 3);
        Assert.Equal(before, await PidsAsync("two"));

        (await lab.RunAsync("systemctl", "daemon-reexec")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "scale", "hello", "--replicas", "4", "--wait", "--timeout", "30s")).Succeeded();
        var after = await PidsAsync("two");
        Assert.Equal(4, after.Count);
        Assert.Subset(after, before);
        await EndAsync(fleet, "two", "hello");
    }

    [Fact]
    public async Task Other_limits_reach_a_process_that_runs()
    {
        await using var fleet = await lab.StartAsync("seven");
        await ApplyAsync(fleet, Greeter);
        var before = await PidsAsync("seven");
        (await SystemdLab.CtlAsync(fleet, Greeter.Replace("cpu: 10m, memory: 8Mi, tasks: 16", "cpu: 500m, memory: 24Mi, tasks: 32", StringComparison.Ordinal), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        Assert.All(await RunningAsync(fleet, 3), s => Assert.Equal(2, s.Generation));
        foreach (var unit in await lab.UnitsAsync("seven"))
        {
            Assert.Equal(
                new Dictionary<string, string> { ["MemoryMax"] = "25165824", ["TasksMax"] = "32", ["CPUWeight"] = "50", ["NRestarts"] = "0" },
                await lab.ShowAsync(unit, "MemoryMax", "TasksMax", "CPUWeight", "NRestarts"));
        }

        Assert.Equal(before, await PidsAsync("seven"));

        // They hold for the next process of the unit too, and an agent that comes back goes on with it.
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-seven")).Succeeded();
        await Eventually.Is(() => lab.ShowAsync("agent-seven", "NRestarts"), p => p["NRestarts"] == "1", Soon, p => p["NRestarts"], "the agent started again");
        await RunningAsync(fleet, 3);
        Assert.Equal(before, await PidsAsync("seven"));

        // A limit that is taken away is no change in place.
        (await SystemdLab.CtlAsync(fleet, Greeter.Replace("cpu: 10m, memory: 8Mi, tasks: 16", "memory: 24Mi, tasks: 32", StringComparison.Ordinal), "apply", "-f", "-", "--wait", "--timeout", "60s")).Succeeded();
        Assert.Empty((await PidsAsync("seven")).Intersect(before));
        foreach (var unit in await lab.UnitsAsync("seven"))
        {
            // The unit of this name was changed before; nothing of that is left in the new one.
            Assert.Equal(
                new Dictionary<string, string> { ["MemoryMax"] = "25165824", ["CPUWeight"] = "[not set]" },
                await lab.ShowAsync(unit, "MemoryMax", "CPUWeight"));
        }

        await EndAsync(fleet, "seven", "hello");
    }

    [Fact]
    public async Task A_corrupt_store_leaves_no_unit_that_nobody_owns()
    {
        await using var fleet = await lab.StartAsync("five");
        await ApplyAsync(fleet, Greeter);
        (await lab.RunAsync("systemctl", "kill", "-s", "STOP", "agent-five")).Succeeded();
        var store = Path.Combine(fleet.Root, "five", "state", "edgeagent.db");
        SpoiltStore.Spoil(store);
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-five")).Succeeded();

        await Eventually.Is(
            async () => (Slots: await RunningAsync(fleet, 3), Units: await PidsAsync("five")),
            now => Directory.GetFiles(Path.GetDirectoryName(store)!, "*.corrupt-*").Length == 1 && now.Units.SetEquals(now.Slots.Select(s => $"{s.Pid}")),
            Soon,
            now => $"{string.Join("; ", now.Slots.Select(s => $"{s.Workload}/{s.Index} {s.Pid}"))} and units of {string.Join(' ', now.Units)}",
            "each unit owned by one slot, and no other");
        await EndAsync(fleet, "five", "hello");
    }

    [Fact]
    public async Task A_command_and_its_environment_reach_the_program_letter_for_letter_also_after_a_reload()
    {
        const string Echo = """
            apiVersion: edge/v1
            kind: Workload
            metadata: {name: echo}
            spec:
              run:
                exec:
                  command: [/bin/sh, -c, 'for word; do printf "<%s>" "$word"; done; echo "<$VALUE>"; exec sleep 1000', sh, '$$', '${HOME}', '$HOME', '%n', 'a\x41 "b" ;', '']
                  env: {VALUE: '$$ ${HOME} %n \x41 "c"'}
              stop: {timeout: 2s}
            """;
        const string Expected = """<$$><${HOME}><$HOME><%n><a\x41 "b" ;><><$$ ${HOME} %n \x41 "c">""";
        await using var fleet = await lab.StartAsync("six");
        (await SystemdLab.CtlAsync(fleet, Echo, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await EchoedAsync(1);
        (await lab.RunAsync("systemctl", "daemon-reload")).Succeeded();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "edge-default_six_echo_0")).Succeeded();
        await EchoedAsync(2);
        await EndAsync(fleet, "six", "echo");

        Task EchoedAsync(int times) => Eventually.Is(
            async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "echo")).Output, o => o == string.Concat(Enumerable.Repeat(Expected + "\n", times)), Soon, o => o, $"{times} times {Expected}");
    }

    [Fact]
    public async Task A_program_that_is_missing_or_ends_is_told_as_such_and_a_stopped_unit_comes_back()
    {
        await using var fleet = await lab.StartAsync("three");
        await ApplyAsync(fleet, Greeter);
        (await lab.RunAsync("systemctl", "stop", "edge-default_three_hello_1.service")).Succeeded();
        await Eventually.Is(() => lab.UnitsAsync("three"), u => u.Count == 3, Soon, u => string.Join(' ', u), "the unit that a stranger stopped, running again");
        await RunningAsync(fleet, 3);

        (await SystemdLab.CtlAsync(fleet, Greeter.Replace("hello", "absent", StringComparison.Ordinal).Replace("/bin/sh", "/no/such/program", StringComparison.Ordinal), "apply", "-f", "-")).Succeeded();
        await Eventually.Is(
            async () => (await SystemdLab.CtlAsync(fleet, "", "why", "absent")).Output,
            o => o.Contains("can't be executed", StringComparison.Ordinal),
            Soon,
            o => o,
            "why names the program that can't be executed");
        await EndAsync(fleet, "three", "hello", "absent");
    }

    [Fact]
    public async Task A_users_agent_runs_confined_units_under_the_users_manager()
    {
        lab.Require();
        const int User = 4711;
        (await lab.RunAsync("useradd", "--create-home", "--uid", $"{User}", "keeper")).Succeeded();
        (await lab.RunAsync("systemctl", "start", $"user@{User}.service")).Succeeded();
        await using var fleet = await GuardedBroker.StartAsync(b => [$"listener {b.Port} 127.0.0.1", "allow_anonymous true"], lab.Share);
        var configuration = fleet.ConfigureOn("systemd", "four");
        (await lab.RunAsync("chown", "-R", "keeper", Path.GetDirectoryName(configuration)!)).Succeeded();
        string[] asUser = ["runuser", "-u", "keeper", "--", "env", $"XDG_RUNTIME_DIR=/run/user/{User}"];
        (await lab.RunAsync([.. asUser, "systemd-run", "--user", "--unit=agent-four", "-p", "KillMode=process", lab.EdgeAgent, "run", "--config", configuration])).Succeeded();

        // What the work itself finds: no capability, nothing writable but its own /tmp, no way to its manager.
        const string Probe = """
            apiVersion: edge/v1
            kind: Workload
            metadata: {name: probe}
            spec:
              run:
                exec:
                  command:
                    - /bin/sh
                    - -c
                    - |
                      echo "bounding $(grep CapBnd /proc/self/status | tr -d '[:space:]')"
                      touch /usr/x 2>/dev/null || echo "usr kept"
                      touch /home/keeper/x 2>/dev/null || echo "home kept"
                      touch /tmp/x && echo "tmp of $(ls /tmp | wc -l)"
                      cat /run/user/4711/bus >/dev/null 2>&1; systemctl --user list-units >/dev/null 2>&1 || echo "manager out of reach"
                      exec sleep 1000
              stop: {timeout: 2s}
            """;
        (await SystemdLab.CtlAsync(fleet, Probe, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        string[] expected = ["bounding CapBnd:0000000000000000", "usr kept", "home kept", "tmp of 1", "manager out of reach"];
        var logs = await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "probe")).Output, l => l.Contains(expected[^1], StringComparison.Ordinal), Soon, l => l, "the probe's last line");
        Assert.All(expected, line => Assert.Contains(line, logs, StringComparison.Ordinal));
        Assert.Contains("basic (systemd)", (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "wide")).Output, StringComparison.Ordinal);

        (await SystemdLab.CtlAsync(fleet, "", "delete", "probe", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("", (await lab.RunAsync([.. asUser, "systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", "edge-*.service"])).Succeeded().Output);
        (await lab.RunAsync([.. asUser, "systemctl", "--user", "stop", "agent-four"])).Succeeded();
    }

    // What is deleted leaves no unit; then the agent itself ends, or it would write into a folder that is being removed.
    private async Task EndAsync(GuardedBroker fleet, string node, params string[] workloads)
    {
        (await SystemdLab.CtlAsync(fleet, "", ["delete", .. workloads, "--wait", "--timeout", "30s"])).Succeeded();
        Assert.Empty(await lab.UnitsAsync(node));
        (await lab.RunAsync("systemctl", "stop", $"agent-{node}")).Succeeded();
    }

    private static async Task ApplyAsync(GuardedBroker fleet, string manifest)
    {
        (await SystemdLab.CtlAsync(fleet, manifest, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await RunningAsync(fleet, 3);
    }

    private static Task<IReadOnlyList<SlotItem>> RunningAsync(GuardedBroker fleet, int count) => Eventually.Is(
        async () => Answer.Read<SlotItem>((await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "json")).Succeeded().Output),
        slots => slots.Count(s => s.Phase == "running") == count,
        Soon,
        slots => string.Join("; ", slots.Select(s => $"{s.Workload}/{s.Index} {s.Phase}")),
        $"{count} slots running");

    private async Task<ISet<string>> PidsAsync(string node)
    {
        var pids = new HashSet<string>();
        foreach (var unit in await lab.UnitsAsync(node))
        {
            pids.Add((await lab.ShowAsync(unit, "MainPID"))["MainPID"]);
        }

        return pids;
    }
}
