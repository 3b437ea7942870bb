using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Node.Ports;
using EdgeAgent.Tests.Repository;
using Xunit;

namespace EdgeAgent.Tests.Linux.Runtimes;

/// <summary>Real processes under the real edge-shim: started, restarted, found again, and nothing left of them.</summary>
public sealed class ProcessRuntimeTests : IDisposable
{
    private const int SigTerm = 15;
    private static readonly WorkloadName Hello = WorkloadName.Parse("hello");
    private static readonly StopRule SoonKilled = new(SigTerm) { Timeout = TimeSpan.FromMilliseconds(200) };

    private readonly TemporaryFolder _folder = new();
    private readonly Inputs _inputs = new();
    private readonly ProcessRuntime _runtime;

    public ProcessRuntimeTests() => _runtime = Runtime("one", _inputs);

    private static string Shim
    {
        get
        {
            var folder = RepositoryTree.Absolute("artifacts/native");
            return Directory.Exists(folder) && Directory.GetFiles(folder, "edge-shim", SearchOption.AllDirectories) is [var path, ..]
                ? path
                : throw new FileNotFoundException("edge-shim is not built: run ./build.sh build");
        }
    }

    [Fact]
    public void A_started_unit_is_told_with_its_process_and_a_stop_leaves_nothing()
    {
        Start(0, "exec sleep 1000");
        var started = _inputs.Next<UnitStarted>().Report;
        Assert.True(IsAlive(started.Pid));
        Assert.Equal(Tag(0), started.Tag);

        Stop(0);
        Assert.False(IsAlive(started.Pid));
    }

    [Fact]
    public void A_missing_program_is_told_by_its_name()
    {
        _runtime.Submit(new RuntimeStart(new UnitSpec(Tag(0), new ExecRun(["/no/such/program"]), new Dictionary<string, string>())));
        var report = _inputs.Next<UnitEnded>().Report;
        Assert.Equal(UnitResult.StartFailed, report.Result);
        Assert.Contains("/no/such/program", report.Detail, StringComparison.Ordinal);
        Stop(0);
    }

    [Theory]
    [InlineData("exit 0", UnitResult.Success, 0)]
    [InlineData("exit 7", UnitResult.ExitCode, 7)]
    [InlineData("kill -KILL $$", UnitResult.Killed, 9)]
    public void How_it_ended_is_told(string script, UnitResult result, int status)
    {
        Start(0, script, RestartRule.Never);
        var report = _inputs.Next<UnitEnded>(_ => true).Report;
        Assert.Equal((result, status), (report.Result, report.Status));
        Stop(0);
    }

    [Fact]
    public void What_runs_longer_than_it_may_is_ended_and_says_so()
    {
        _runtime.Submit(new RuntimeStart(Spec(0, "exec sleep 1000", RestartRule.Always) with { RunTimeMax = TimeSpan.FromMilliseconds(300), Stop = SoonKilled }));
        Assert.Equal(UnitResult.Deadline, _inputs.Next<UnitEnded>(_ => true).Report.Result);
        Stop(0);
    }

    [Fact]
    public void What_ends_is_started_again_and_counted()
    {
        Start(0, "sleep 0.01", RestartRule.Always);
        Assert.True(_inputs.Next<UnitStarted>(s => s.Report.Restarts >= 2).Report.Pid > 0);
        Stop(0);
    }

    [Fact]
    public void A_stop_also_ends_what_has_left_its_session_and_what_ignores_the_signal()
    {
        var pids = _folder.File("pids");
        Start(0, $"trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ >> {pids}; while :; do sleep 0.05; done' & (setsid sh -c 'echo $$ >> {pids}; exec sleep 1000' &) ; echo $$ >> {pids}; while :; do sleep 0.05; done");
        _inputs.Next<UnitStarted>();
        Assert.True(SpinWait.SpinUntil(() => File.Exists(pids) && File.ReadAllLines(pids).Length == 3, TimeSpan.FromSeconds(20)));
        var all = File.ReadAllLines(pids).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).ToList();
        Assert.All(all, pid => Assert.True(IsAlive(pid)));

        Stop(0);

        Assert.DoesNotContain(all, IsAlive);
    }

    [Fact]
    public void An_agent_that_comes_back_finds_the_same_process_and_how_others_ended()
    {
        var inputs = new Inputs();
        using (inputs)
        {
            int pid;
            using (var first = Runtime("two", inputs))
            {
                first.Submit(new RuntimeStart(Spec(0, "exec sleep 1000", RestartRule.Always)));
                pid = inputs.Next<UnitStarted>().Report.Pid;
                first.Submit(new RuntimeStart(Spec(1, "exit 3", RestartRule.Never)));
                inputs.Next<UnitEnded>(_ => true);
            }

            Assert.True(IsAlive(pid));
            using var second = Runtime("two", inputs);
            second.Submit(new RuntimeList());
            var units = inputs.Next<RuntimeInventory>().Units.OrderBy(u => u.Tag.Slot.Index).ToList();
            Assert.Equal([(0, pid, true), (1, 0, false)], units.Select(u => (u.Tag.Slot.Index, u.Pid, u.IsAlive)));
            Assert.Equal((UnitResult.ExitCode, 3), (units[1].Result, units[1].Status));
            Assert.Equal(Tag(0), units[0].Tag);

            second.Submit(new RuntimeStop(new SlotId(Hello, 0), SoonKilled));
            inputs.Next<UnitGone>(_ => true);
            Assert.False(IsAlive(pid));
            second.Submit(new RuntimeStop(new SlotId(Hello, 1), SoonKilled));
            inputs.Next<UnitGone>(_ => true);
        }
    }

    [Fact]
    public void A_killed_supervisor_takes_its_work_with_it_and_the_end_is_told_as_unknown()
    {
        Start(0, "setsid sleep 1000 & exec sleep 1000");
        var pid = _inputs.Next<UnitStarted>().Report.Pid;
        using (var shim = Process.GetProcessById(ParentOf(pid)))
        {
            shim.Kill();
        }

        Assert.Equal(UnitResult.Unknown, _inputs.Next<UnitEnded>(_ => true).Report.Result);
        Assert.False(IsAlive(pid));
        Stop(0);
        Assert.Empty(Marked());
    }

    /// <summary>While it becomes another program a process has no environment for a moment, and with it no mark.</summary>
    [Fact]
    public void What_is_becoming_another_program_when_its_supervisor_is_killed_ends_too()
    {
        var script = _folder.File("again");
        File.WriteAllText(script, "exec /bin/sh \"$0\"\n");
        for (var turn = 0; turn < 20; turn++)
        {
            Start(turn, $"for n in 1 2 3 4; do setsid /bin/sh {script} & done; exec /bin/sh {script}");
            using (var shim = Process.GetProcessById(ParentOf(_inputs.Next<UnitStarted>().Report.Pid)))
            {
                shim.Kill();
            }

            _inputs.Next<UnitEnded>(_ => true);
            Assert.Empty(Marked());
            Stop(turn);
        }
    }

    [Fact]
    public void Another_agent_does_not_touch_it()
    {
        Start(0, "exec sleep 1000");
        var pid = _inputs.Next<UnitStarted>().Report.Pid;
        using var inputs = new Inputs();
        using var other = Runtime("another", inputs);
        other.Submit(new RuntimeList());
        Assert.Empty(inputs.Next<RuntimeInventory>().Units);
        other.Submit(new RuntimeStop(new SlotId(Hello, 0), SoonKilled));
        inputs.Next<UnitGone>();
        Assert.True(IsAlive(pid));
        Stop(0);
    }

    [Fact]
    public void One_slot_has_one_unit()
    {
        Start(0, "exec sleep 1000");
        _inputs.Next<UnitStarted>();
        Start(0, "exec sleep 1000");
        Assert.Equal(UnitResult.StartFailed, _inputs.Next<UnitEnded>().Report.Result);
        Stop(0);
    }

    [Fact]
    public async Task Output_is_kept_in_a_ring_and_read_with_its_time()
    {
        Start(0, "echo first; echo wrong >&2; i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo last; exec sleep 1000");
        _inputs.Next<UnitStarted>();
        var log = new RingLog(_folder.File("one"));
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(30));
        await foreach (var line in log.Read(new LogQuery(new LogSource(new SlotId(Hello, 0))) { Follow = true }, bound.Token))
        {
            // What writes so fast may overtake its reader, who is then told.
            Assert.True(line.At is not null || line.Text.StartsWith("[lines may be missing", StringComparison.Ordinal), line.Text);
            if (line.Text == "last")
            {
                break;
            }
        }

        Assert.Equal(["line 2999", "last"], await Read(log, 2));
        Assert.InRange(Directory.GetFiles(_folder.File("one/hello.0"), "log*").Sum(f => new FileInfo(f).Length), 1, LogBytes * 2);
        Stop(0);
        Assert.Equal(["last"], await Read(log, 1));
    }

    private const long LogBytes = 16 * 1024;

    private static async Task<List<string>> Read(RingLog log, int lines)
    {
        var read = new List<string>();
        await foreach (var line in log.Read(new LogQuery(new LogSource(new SlotId(Hello, 0))) { Lines = lines }, TestContext.Current.CancellationToken))
        {
            read.Add(line.Text);
        }

        return read;
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _inputs.Dispose();
        foreach (var pid in Marked())
        {
            // Only after a failure is there one.
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }

        _folder.Dispose();
    }

    private ProcessRuntime Runtime(string name, Inputs inputs) =>
        new(new ProcessRuntimeOptions(Directory.CreateDirectory(_folder.File(name)).FullName, Shim, $"{_folder.Path}/{name}") { LogBytes = LogBytes }, inputs);

    private static UnitTag Tag(int index) => new(new SlotId(Hello, index), new Incarnation(5), 2, new Epoch(7));

    private static UnitSpec Spec(int index, string script, RestartRule rule) =>
        new(Tag(index), new ExecRun(["/bin/sh", "-c", script]), new Dictionary<string, string>()) { Restart = new RestartPolicy(rule) { BackoffMax = TimeSpan.FromMilliseconds(100) }, Stop = SoonKilled };

    private void Start(int index, string script, RestartRule rule = RestartRule.Always) => _runtime.Submit(new RuntimeStart(Spec(index, script, rule)));

    private void Stop(int index)
    {
        _runtime.Submit(new RuntimeStop(new SlotId(Hello, index), SoonKilled));
        Assert.Equal(index, _inputs.Next<UnitGone>(_ => true).Slot.Index);
    }

    private List<int> Marked() =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture)).Where(p => Read($"/proc/{p}/environ").Contains($"EDGE_UNIT={_folder.Path}/", StringComparison.Ordinal) && IsAlive(p))];

    private static bool IsAlive(int pid) => Field(pid, "State:") is { Length: > 0 } state && state[0] is not ('Z' or 'X');

    private static int ParentOf(int pid) => int.Parse(Field(pid, "PPid:"), CultureInfo.InvariantCulture);

    private static string Field(int pid, string name) =>
        Read($"/proc/{pid}/status").Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
