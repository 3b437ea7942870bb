using System.Net;
using System.Text.Json;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Tests.Repository;
using EdgeCtl.Up.Broker;
using EdgeCtl.Verbs;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Verbs;

/// <summary>Proves what verbs do to a cell and how they end, against a real broker and a node that obeys at once.</summary>
public sealed class FleetVerbTests : IAsyncLifetime
{
    private static readonly TopicSpace Topics = new(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));

    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-verbs").FullName;
    private readonly OperatorKey _key = OperatorKey.Create();
    private EmbeddedBroker _broker = null!;
    private FakeNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), Path.Combine(_folder, "broker"), _ => { });
        _node = await FakeNode.StartAsync("node-1", _broker.EndPoint, Topics, _key);
        await File.WriteAllTextAsync(KeyFile, _key.ToPem(), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _broker.DisposeAsync();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Applied_work_is_waited_for_and_listed_with_the_fields_that_scripts_read()
    {
        await Done("apply", "-f", Manifest(replicas: 2), "--wait", "--timeout", "20s");
        var slots = Items(await Done("get", "slots", "-o", "json"));
        Assert.Equal([0, 1], slots.Select(s => s.GetProperty("index").GetInt32()));
        Assert.All(slots, s => Assert.Equal(
            ("hello", "node-1", "running", 1, FakeNode.Pid),
            (s.GetProperty("workload").GetString(), s.GetProperty("node").GetString(), s.GetProperty("phase").GetString(), s.GetProperty("epoch").GetInt32(), s.GetProperty("pid").GetInt32())));
        var node = Assert.Single(Items(await Done("get", "nodes", "-o", "json")));
        Assert.Equal(("node-1", "online", 2), (node.GetProperty("name").GetString(), node.GetProperty("state").GetString(), node.GetProperty("slots").GetInt32()));
        Assert.Equal("workload/hello unchanged", (await Done("apply", "-f", Manifest(replicas: 2))).Trim());
    }

    [Fact]
    public async Task Every_field_that_scripts_may_read_stands_in_the_document()
    {
        var document = RepositoryTree.Read("docs/spec/edgectl.md");
        var table = document[document.IndexOf("## JSON for scripts", StringComparison.Ordinal)..document.IndexOf("## Verbs", StringComparison.Ordinal)];
        await Done("apply", "-f", Manifest(replicas: 1), "--wait", "--timeout", "20s");
        foreach (var kind in new[] { "node", "workload", "slot" })
        {
            var row = table.Split('\n').Single(l => l.StartsWith($"| {kind} |", StringComparison.Ordinal));
            Assert.All(Assert.Single(Items(await Done("get", kind, "-o", "json"))).EnumerateObject(), f => Assert.Contains($"`{f.Name}`", row, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_slot_whose_holder_went_is_unknown_and_the_will_of_its_older_connection_says_nothing()
    {
        await Done("apply", "-f", Manifest(replicas: 1), "--wait", "--timeout", "20s");
        await _node.SayAsync(PresenceState.Offline, session: 1);
        var slot = Assert.Single(Items(await Done("get", "slots", "-o", "json")));
        Assert.Equal(("unknown", "running"), (slot.GetProperty("phase").GetString(), slot.GetProperty("lastPhase").GetString()));

        var view = new EdgeCtl.Connection.FleetView(Topics, new Envelope([]));
        byte[] Word(PresenceState state, long session) => WordCodec.Write(new Presence(_node.Name, session, 7, state));
        view.Hear(Topics.Presence(_node.Name), Word(PresenceState.Online, 2), retained: true);
        view.Hear(Topics.Presence(_node.Name), Word(PresenceState.Offline, 1), retained: false);
        Assert.Equal("online", view.NodeOf(_node.Name)!.State);
        view.Hear(Topics.Presence(_node.Name), Word(PresenceState.Offline, 2), retained: false);
        Assert.Equal("offline", view.NodeOf(_node.Name)!.State);
    }

    [Fact]
    public async Task Scaled_away_slots_are_listed_no_more_and_the_work_goes_on()
    {
        await Done("apply", "-f", Manifest(replicas: 3), "--wait", "--timeout", "20s");
        await Done("scale", "hello", "--replicas", "1", "--wait", "--timeout", "20s");
        await Eventually.Holds(async () => Items(await Done("get", "slots", "-o", "json")).Count == 1);
        Assert.Equal(3, Items(await Done("get", "slots", "--all", "-o", "json")).Count);
        var intent = await Retained();
        Assert.Equal((2, 1), (intent.Generation, intent.RunId));
    }

    [Fact]
    public async Task A_name_used_again_follows_its_tombstone_in_every_later_generation()
    {
        await Done("apply", "-f", Manifest(replicas: 1), "--wait", "--timeout", "20s");
        var first = await Retained();
        await Done("delete", "hello", "--wait", "--timeout", "20s");
        Assert.True((await Retained()).IsTombstone);
        Assert.Empty(Items(await Done("get", "slots", "-o", "json")));

        await Done("apply", "-f", Manifest(replicas: 1));
        await Done("scale", "hello", "--replicas", "2");
        var later = await Retained();
        Assert.Equal((2, first.Incarnation), (later.Generation, later.Follows));
        Assert.NotEqual(first.Incarnation, later.Incarnation);
        Assert.True(later.EpochFloor >= 1);
    }

    [Fact]
    public async Task What_a_stranger_signed_is_replaced_only_by_force()
    {
        using var stranger = OperatorKey.Create();
        var theirs = IntentCodec.Sign(
            new Intent { Workload = WorkloadName.Parse("hello"), Incarnation = new(5), Generation = 9, Digest = default, Signed = default, Spec = new WorkloadSpec { Run = new ExecRun(["/bin/true"]) } },
            stranger,
            Topics);
        await _node.PublishAsync(Topics.Intent(theirs.Workload), theirs.Signed.ToArray());
        var (code, _, errors) = await Ctl("apply", "-f", Manifest(replicas: 1));
        Assert.Equal(1, code);
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        Assert.Equal(1, (await Ctl("delete", "hello")).Code);
        await Done("apply", "-f", Manifest(replicas: 1), "--force", "--wait", "--timeout", "20s");
    }

    [Fact]
    public async Task What_the_broker_lost_and_a_copy_kept_stands_there_again_after_an_apply_that_changes_nothing()
    {
        await Done("apply", "-f", Manifest(replicas: 1), "--wait", "--timeout", "20s");
        var intent = await Retained();
        await _node.PublishAsync(Topics.Copy(intent.Workload, _node.Name), intent.Signed.ToArray());
        await _node.PublishAsync(Topics.Intent(intent.Workload), []);
        Assert.Equal("workload/hello unchanged", (await Done("apply", "-f", Manifest(replicas: 1))).Trim());
        Assert.Equal(intent.Digest, (await Retained()).Digest);
    }

    [Fact]
    public async Task Logs_are_of_the_slots_as_they_are_now_each_line_with_its_slot()
    {
        await Done("apply", "-f", Manifest(replicas: 2), "--wait", "--timeout", "20s");
        Assert.Equal("hello/0 logs of hello/0\nhello/1 logs of hello/1\n", await Done("logs", "hello"));
    }

    [Fact]
    public async Task Following_a_job_that_has_ended_prints_all_of_it_and_ends()
    {
        _node.Says = ClaimPhase.Succeeded;
        _node.Answers = async command =>
        {
            if (command.Verb == "logs")
            {
                await _node.ReplyAsync(command, 0, "");
                await _node.ReplyAsync(command, 1, "2026-01-01T00:00:00Z all of it\n");
            }
        };
        await Done("apply", "-f", Manifest(replicas: 1, more: "  mode: job\n"), "--force");
        await Eventually.Holds(async () => Items(await Done("get", "slots", "-o", "json")) is [var slot] && slot.GetProperty("phase").GetString() == "succeeded");
        Assert.Equal("all of it\n", await Done("logs", "-f", "hello"));
    }

    [Theory]
    [InlineData("hallo", "there is no workload hallo; did you mean hello? there is hello")]
    [InlineData("hello/2", "there is no slot hello/2: its slots are hello/0 to hello/1")]
    public async Task Logs_of_what_is_not_there_name_what_is(string name, string says)
    {
        await Done("apply", "-f", Manifest(replicas: 2), "--wait", "--timeout", "20s");
        var (code, _, errors) = await Ctl("logs", name);
        Assert.Equal(1, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_of_what_nobody_runs_say_where_the_reasons_are()
    {
        _node.Says = null;
        await Done("apply", "-f", Manifest(replicas: 1));
        var (code, _, errors) = await Ctl("logs", "hello/0");
        Assert.Equal(1, code);
        Assert.Contains("edgectl why hello", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_node_can_take_says_so_with_the_nearest_and_an_older_agent_has_lines_alone()
    {
        _node.Says = null;
        await Done("apply", "-f", Manifest(replicas: 2, "  requires: {labels: {zone: nowhere}}\n"));
        const string Nearest = "nearest: node-1, lacks label zone=nowhere";
        Assert.Contains($"2, {Nearest}", await Done("get", "workloads"), StringComparison.Ordinal);
        Assert.Contains(Nearest, await Done("describe", "workload", "hello"), StringComparison.Ordinal);
        _node.Answers = command => _node.ReplyAsync(command, 0, "hello/0: vacant: nobody holds it\nan older agent\n", isEnd: true);
        Assert.Equal("node-1:\n  hello/0: vacant: nobody holds it\n  an older agent\nnearest: none, no node that answers says what keeps it off\n", await Done("why", "hello"));
        Assert.Contains("\"lines\": [", await Done("why", "hello", "-o", "json"), StringComparison.Ordinal);
        _node.Answers = command => _node.ReplyAsync(command, 0, """{"lines":["hello/0: vacant"],"obstacles":[{"kind":"ofTheFuture","text":"the moon is full","lacks":"","share":1000}],"decisions":[{"line":"once"}]}""", isEnd: true);
        Assert.Equal("node-1:\n  hello/0: vacant\nnearest: node-1, the moon is full\n", await Done("why", "hello"));
        Assert.Contains("  once\n", await Done("why", "hello", "--since", "10m"), StringComparison.Ordinal);
        Assert.Equal(2, (await Ctl("why", "hello", "--since", "soon")).Code);
    }

    [Fact]
    public async Task A_workload_in_YAML_is_the_manifest_that_changes_nothing()
    {
        var more = "  lostAfter: 3s\n  stop: {timeout: 2s, signal: SIGINT}\n  resources: {cpu: 10m, memory: 8Mi}\n  requires: {labels: {zone: node-1}}\n";
        await Done("apply", "-f", Manifest(replicas: 2, more));
        var file = Path.Combine(_folder, "again.yaml");
        await File.WriteAllTextAsync(file, await Done("get", "workloads", "hello", "-o", "yaml"), TestContext.Current.CancellationToken);
        Assert.Equal("workload/hello unchanged", (await Done("apply", "-f", file)).Trim());
        Assert.Equal("workload/hello: no difference", (await Done("diff", "-f", file)).Trim());
    }

    [Fact]
    public async Task A_watch_prints_rows_that_changed_under_the_first_table()
    {
        await Done("apply", "-f", Manifest(replicas: 3), "--wait", "--timeout", "20s");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var output = new LineWriter();
        var parsed = CommandLine.Create().Parse(["--broker", $"mqtt://{_broker.EndPoint}", "--key", KeyFile, "get", "slots", "-w"]);
        var watching = parsed.InvokeAsync(new() { Output = output, Error = output, ProcessTerminationTimeout = null }, stop.Token);
        await Eventually.Holds(() => Task.FromResult(output.Lines.Count == 4));
        await Done("scale", "hello", "--replicas", "2");
        await Eventually.Holds(() => Task.FromResult(output.Lines.Any(l => l.Contains("gone", StringComparison.Ordinal))));
        await stop.CancelAsync();
        await watching;

        Assert.Single(output.Lines, l => l.StartsWith("WORKLOAD", StringComparison.Ordinal));
        var phase = output.Lines[0].IndexOf("PHASE", StringComparison.Ordinal);
        Assert.All(output.Lines.Skip(1), l => Assert.Matches("^(running|gone|released) ", l[phase..]));
        Assert.DoesNotContain(output.Lines.Skip(4), l => l.StartsWith("hello      2", StringComparison.Ordinal) && l[phase..].StartsWith("running", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_slot_is_listed_and_described_by_its_name()
    {
        await Done("apply", "-f", Manifest(replicas: 2), "--wait", "--timeout", "20s");
        Assert.Equal(1, Assert.Single(Items(await Done("get", "slots", "hello/1", "-o", "json"))).GetProperty("index").GetInt32());
        Assert.Equal(2, Items(await Done("get", "slots", "hello", "-o", "json")).Count);
        Assert.Contains("node-1: running, epoch 1", await Done("describe", "slot", "hello/1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_in_vain_ends_with_4_and_what_is_missing()
    {
        _node.Says = null;
        var (code, _, errors) = await Ctl("apply", "-f", Manifest(replicas: 2), "--wait", "--timeout", "200ms");
        Assert.Equal(4, code);
        Assert.Contains("0 of 2 running", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "no online node has it", "apply", "-f", "JOB")]
    [InlineData(1, "no workload nothing", "delete", "nothing")]
    [InlineData(1, "no node nothing", "get", "nodes", "nothing")]
    [InlineData(1, "no workload hello, and no other", "get", "slots", "hello/0")]
    [InlineData(1, "no workload hello", "describe", "slot", "hello/0")]
    [InlineData(1, "no workload nothing", "logs", "nothing")]
    [InlineData(1, "no workload nothing", "why", "nothing")]
    [InlineData(1, "there is node-1", "describe", "node", "node-2")]
    [InlineData(2, "hello/3", "logs", "hello/three")]
    [InlineData(2, "--timeout", "apply", "-f", "JOB", "--timeout", "soon")]
    [InlineData(2, "edgectl get: there is no verb planets (edgectl get --help)", "get", "planets")]
    [InlineData(2, "edgectl get: there is no verb nods; did you mean nodes?", "get", "nods")]
    [InlineData(2, "edgectl: there is no verb aply; did you mean apply?", "aply", "-f", "x")]
    [InlineData(2, "edgectl get nodes: there is no option --wach; did you mean --watch?", "get", "nodes", "--wach")]
    [InlineData(2, "--output takes json or name or wide or yaml, not \"xml\"", "get", "nodes", "-o", "xml")]
    [InlineData(2, "edgectl scale: --replicas takes a whole number, not \"x\"", "scale", "hello", "--replicas", "x")]
    [InlineData(2, "edgectl scale: --replicas needs a value: --replicas N: how many", "scale", "hello")]
    [InlineData(2, "edgectl apply: --filename needs a value: --filename FILE", "apply")]
    [InlineData(2, "edgectl logs: workload is missing", "logs")]
    [InlineData(2, "kind is node or slot or workload, not \"planet\"", "describe", "planet", "mars")]
    public async Task What_can_not_be_done_is_said_and_ends_with_its_code(int code, string says, params string[] args)
    {
        var job = Manifest(replicas: 1, more: "  mode: job\n");
        var (ended, _, errors) = await Ctl([.. args.Select(a => a == "JOB" ? job : a)]);
        Assert.Equal(code, ended);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  requires: {facts: [\"lsm ==\"]}\n", ":10:22: spec.requires.facts")]
    [InlineData("  job: {attempts: 2}\n", ":10:8: spec.job")]
    public async Task What_no_node_could_understand_is_refused_before_anything_is_sent(string more, string says)
    {
        var (code, _, errors) = await Ctl("apply", "-f", Manifest(replicas: 1, more));
        Assert.Equal(1, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Empty(Items(await Done("get", "workloads", "-o", "json")));
    }

    [Fact]
    public async Task A_node_that_is_rebooted_is_restarting_and_waited_for_until_another_agent_speaks()
    {
        _node.Answers = async command =>
        {
            Assert.Equal("reboot", command.Verb);
            await _node.ReplyAsync(command, 0, "", isEnd: true);
            await _node.SayAsync(PresenceState.Restarting, session: 1);
        };
        Assert.Equal("node-1 restarts\n", await Done("reboot", "node-1"));
        await Eventually.Holds(async () => Assert.Single(Items(await Done("get", "nodes", "-o", "json"))).GetProperty("state").GetString() == "restarting");
        Assert.Contains("node-1 is restarting: nobody is there to be asked", (await Ctl("reboot", "node-1")).Errors, StringComparison.Ordinal);

        await _node.SayAsync(PresenceState.Online, session: 2);
        _node.Answers = async command =>
        {
            await _node.ReplyAsync(command, 0, "", isEnd: true);
            await _node.SayAsync(PresenceState.Online, session: 3, instance: 8);
        };
        Assert.Matches("^node-1 restarts\nnode-1 came back after [0-9]+ s \\(new instance\\)\n$", await Done("reboot", "node-1", "--wait", "--timeout", "20s"));
    }

    [Fact]
    public async Task A_reboot_that_is_refused_or_takes_too_long_ends_with_its_code_and_the_reason()
    {
        _node.Answers = command => _node.ReplyAsync(command, 0, "", isEnd: true, error: command.Arguments.ContainsKey("inhibitors") ? null : "backup holds it off");
        var (code, _, errors) = await Ctl("reboot", "node-1", "--wait");
        Assert.Equal((1, "edgectl reboot: node-1: backup holds it off\n"), (code, errors));

        var late = await Ctl("reboot", "node-1", "--wait", "--ignore-inhibitors", "--timeout", "1s");
        Assert.Equal((4, "node-1 restarts\n", "edgectl reboot: node-1: not back after 1 s (edgectl get nodes)\n"), (late.Code, late.Output, late.Errors));
    }

    [Fact]
    public async Task A_broker_that_is_not_there_ends_with_3()
    {
        // Port 1 (tcpmux) has no listener anywhere that tests run.
        var (code, _, errors) = await CtlOn("mqtt://127.0.0.1:1", "get", "nodes");
        Assert.Equal(3, code);
        Assert.Contains("can't be reached", errors, StringComparison.Ordinal);
    }

    private string KeyFile => Path.Combine(_folder, "operator.key");

    private string Manifest(int replicas, string more = "")
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(file, $"apiVersion: edge/v1\nkind: Workload\nmetadata:\n  name: hello\nspec:\n  replicas: {replicas}\n  run:\n    exec:\n      command: [/bin/true]\n{more}");
        return file;
    }

    private async Task<string> Done(params string[] args)
    {
        var (code, output, errors) = await Ctl(args);
        Assert.True(code == 0, $"edgectl {string.Join(' ', args)}: {code}: {errors}");
        return output;
    }

    private Task<(int Code, string Output, string Errors)> Ctl(params string[] args) => CtlOn($"mqtt://{_broker.EndPoint}", args);

    private async Task<(int Code, string Output, string Errors)> CtlOn(string broker, params string[] args)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await CommandLine.RunAsync(["--broker", broker, "--key", KeyFile, .. args], new() { Output = output, Error = errors, ProcessTerminationTimeout = null }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), errors.ToString());
    }

    private static List<JsonElement> Items(string json) => [.. JsonDocument.Parse(json).RootElement.GetProperty("items").EnumerateArray()];

    private async Task<Intent> Retained()
    {
        var payload = await _node.ReadRetainedAsync(Topics.Intent(WorkloadName.Parse("hello")));
        Assert.False(IntentCodec.TryRead(payload, WorkloadName.Parse("hello"), Topics, new Envelope([PublicKey.FromPem(_key.PublicPem())]), out var intent).IsError);
        return intent;
    }
}
