using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Node.Ports;
using EdgeAgent.Tests.Repository;
using Xunit;

namespace EdgeAgent.Tests.Linux.Runtimes;

/// <summary>Checks beside real processes, each under a real edge-shim: answered once, and nothing left of them.</summary>
public sealed class ProcessCheckTests : IDisposable
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("hello"), 0);
    private static readonly StopRule Soon = new() { Timeout = TimeSpan.FromMilliseconds(200) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly Inputs _inputs = new();
    private readonly ProcessRuntime _runtime;
    private long _id;

    public ProcessCheckTests() => _runtime = Runtime(_inputs);

    [Theory]
    [InlineData("exit 0", CheckOutcome.Passed, "")]
    [InlineData("echo fine; (setsid sleep 1000 &); exit 0", CheckOutcome.Passed, "")]
    [InlineData("exit 4", CheckOutcome.Failed, "exit code 4")]
    [InlineData("echo first; echo the last >&2; echo; exit 4", CheckOutcome.Failed, "exit code 4: the last")]
    [InlineData("printf 'no line feed'; exit 1", CheckOutcome.Failed, "exit code 1: no line feed")]
    [InlineData("kill -KILL $$", CheckOutcome.Failed, "ended by signal 9")]
    public void What_a_check_says_is_its_exit_code_with_its_last_line(string script, CheckOutcome outcome, string detail)
    {
        Start();
        Assert.Equal(new UnitChecked(Slot, Check(script), outcome, detail), _inputs.Next<UnitChecked>());
        Stop();
    }

    [Fact]
    public void A_check_that_cannot_be_executed_has_failed_and_says_so()
    {
        Start();
        _runtime.Submit(new RuntimeCheck(1, Spec("") with { Run = new ExecRun(["/no/such/check"]), RunTimeMax = Patience }));
        Assert.Equal(new UnitChecked(Slot, 1, CheckOutcome.Failed, "it could not be started: No such file or directory"), _inputs.Next<UnitChecked>());
        Stop();
    }

    [Fact]
    public void A_check_finds_the_variables_that_the_work_has()
    {
        Start();
        Check("echo $EDGE_SLOT; exit 1");
        Assert.Equal("exit code 1: hello/0", _inputs.Next<UnitChecked>().Detail);
        Stop();
    }

    [Fact]
    public void A_check_that_hangs_is_killed_with_all_of_its_processes()
    {
        var work = Start();
        var id = Check($"trap '' TERM; {Leaver} echo waiting; while :; do sleep 0.05; done", TimeSpan.FromMilliseconds(700));
        var pids = Pids(2);
        Assert.Equal(new UnitChecked(Slot, id, CheckOutcome.Failed, "it took longer than its timeout and was killed: waiting"), _inputs.Next<UnitChecked>());
        Assert.DoesNotContain(pids, IsAlive);
        Assert.True(IsAlive(work));
        Stop();
    }

    [Fact]
    public void A_check_that_writes_without_end_is_read_and_keeps_nothing()
    {
        Start();
        Check("i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo enough; exit 2");
        Assert.Equal("exit code 2: enough", _inputs.Next<UnitChecked>().Detail);
        Stop();
    }

    [Fact]
    public void A_stop_ends_the_check_first_and_it_says_neither_way()
    {
        Start();
        var id = Check($"{Leaver} while :; do sleep 0.05; done", Patience);
        var pids = Pids(2);
        _runtime.Submit(new RuntimeStop(Slot, Soon));
        Assert.Equal(new UnitChecked(Slot, id, CheckOutcome.NotRun, ""), _inputs.Next<UnitChecked>());
        Assert.DoesNotContain(pids, IsAlive);
        Assert.Equal(Slot, _inputs.Next<UnitGone>().Slot);
    }

    [Fact]
    public async Task An_agent_that_ends_in_the_middle_of_a_check_leaves_nothing_of_it_and_the_work_goes_on()
    {
        using var inputs = new Inputs();
        using (var first = Runtime(inputs))
        {
            first.Submit(new RuntimeStart(Spec("exec sleep 1000")));
            inputs.Next<UnitStarted>();
            first.Submit(new RuntimeCheck(1, Spec($"{Leaver} while :; do sleep 0.05; done") with { RunTimeMax = Patience }));
            _ = Pids(2);
        }

        var pids = Pids(2);
        await Eventually.Holds(() => !pids.Exists(IsAlive));
        _runtime.Submit(new RuntimeList());
        Assert.True(IsAlive(Assert.Single(_inputs.Next<RuntimeInventory>().Units).Pid));
        Check("exit 0");
        Assert.Equal(CheckOutcome.Passed, _inputs.Next<UnitChecked>().Outcome);
        Stop();
    }

    [Theory]
    [InlineData(RestartRule.Always)]
    [InlineData(RestartRule.OnFailure)]
    public void Unhealthy_work_is_asked_to_end_and_its_supervisor_starts_it_again(RestartRule rule)
    {
        var before = Start($"{Leaver} while :; do sleep 0.05; done", rule);
        var left = Pids(2);
        _runtime.Submit(new RuntimeRestart(Slot, Soon));
        var after = _inputs.Next<UnitStarted>().Report;
        Assert.NotEqual(before, after.Pid);
        Assert.Equal(1, after.Restarts);
        Assert.DoesNotContain(left, IsAlive);
        Stop();
    }

    [Fact]
    public void Unhealthy_work_that_ignores_the_signal_is_killed_after_its_timeout()
    {
        var before = Start("trap '' TERM; while :; do sleep 0.05; done", RestartRule.Always);
        _runtime.Submit(new RuntimeRestart(Slot, Soon));
        Assert.NotEqual(before, _inputs.Next<UnitStarted>().Report.Pid);
        Assert.False(IsAlive(before));
        Stop();
    }

    [Fact]
    public void Unhealthy_work_that_is_never_restarted_is_told_as_ended()
    {
        Start(rule: RestartRule.Never);
        _runtime.Submit(new RuntimeRestart(Slot, Soon));
        Assert.Equal(UnitResult.Killed, _inputs.Next<UnitEnded>().Report.Result);
        Check("exit 0");
        Assert.Equal(CheckOutcome.NotRun, _inputs.Next<UnitChecked>().Outcome);
        Stop();
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _inputs.Dispose();
        _folder.Dispose();
    }

    /// <summary>Writes its pid, and that of a child which leaves its session.</summary>
    private string Leaver => $"(setsid sh -c 'echo $$ >> {_folder.File("pids")}; exec sleep 1000' &); echo $$ >> {_folder.File("pids")};";

    private ProcessRuntime Runtime(Inputs inputs)
    {
        var shim = Directory.GetFiles(RepositoryTree.Absolute("artifacts/native"), "edge-shim", SearchOption.AllDirectories)[0];
        return new ProcessRuntime(new ProcessRuntimeOptions(Directory.CreateDirectory(_folder.File("work")).FullName, shim, _folder.Path), inputs);
    }

    private static UnitSpec Spec(string script) =>
        new(new UnitTag(Slot, new Incarnation(5), 2, new Epoch(7)), new ExecRun(["/bin/sh", "-c", script]), new Dictionary<string, string> { ["EDGE_SLOT"] = "hello/0" }) { Stop = Soon };

    private int Start(string script = "exec sleep 1000", RestartRule rule = RestartRule.Always)
    {
        _runtime.Submit(new RuntimeStart(Spec(script) with { Restart = new RestartPolicy(rule) }));
        return _inputs.Next<UnitStarted>().Report.Pid;
    }

    private long Check(string script, TimeSpan? timeout = null)
    {
        _runtime.Submit(new RuntimeCheck(++_id, Spec(script) with { RunTimeMax = timeout ?? Patience }));
        return _id;
    }

    private void Stop()
    {
        _runtime.Submit(new RuntimeStop(Slot, Soon));
        _inputs.Next<UnitGone>(_ => true);
    }

    private List<int> Pids(int count)
    {
        var file = _folder.File("pids");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(file) && File.ReadAllLines(file).Length >= count, Patience));
        return [.. File.ReadAllLines(file).Select(l => int.Parse(l, CultureInfo.InvariantCulture))];
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/status").Split('\n').First(l => l.StartsWith("State:", StringComparison.Ordinal))[6..].Trim()[0] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
