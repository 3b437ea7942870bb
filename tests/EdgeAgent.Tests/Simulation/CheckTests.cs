using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>What health and ready checks say, and what follows, in virtual time.</summary>
[Trait("Category", "simulate")]
public sealed class CheckTests
{
    private const string Health = "/bin/health";
    private const string Ready = "/bin/ready";

    private static readonly WorkloadSpec WithHealth = SimOperator.Service(1) with { Health = new HealthRule([Health, "-q"]) { Interval = TimeSpan.FromSeconds(5) } };
    private static readonly WorkloadSpec WithReady = SimOperator.Service(1) with { Ready = new ReadyRule([Ready]), ProgressDeadline = TimeSpan.FromSeconds(20) };

    [Fact]
    public void The_first_health_check_comes_an_interval_after_the_start_and_the_next_an_interval_later()
    {
        using var cell = Running(WithHealth, seed: 1);
        cell.Run(16);
        var began = Checks(cell).Select(c => c.At - cell.World.Clock.Now).ToList();
        Assert.Equal(3, began.Count);
        Assert.All(began.Zip(began.Skip(1)), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, 4.99, 5.01));
        Assert.Equal(1, cell.Starts());
        Assert.Equal(0, Restarts(cell));
    }

    [Fact]
    public void Work_that_fails_three_times_in_a_row_is_started_anew_on_its_node_and_says_why()
    {
        using var cell = Running(WithHealth, seed: 2);
        var node = Only(cell);
        Say(cell, Health, (CheckOutcome.Failed, "exit code 1: no reading"));
        Assert.True(cell.Within(16, () => Restarts(cell) == 1), cell.Log());
        Assert.Equal(3, Checks(cell).Count);
        Say(cell, Health, (CheckOutcome.Passed, ""));
        cell.Run(30);
        Assert.Equal(1, Restarts(cell));
        Assert.Equal(1, cell.Starts());
        Assert.Equal(node, Only(cell));
        const string Why = "unhealthy: /bin/health failed 3 times in a row, last: exit code 1: no reading";
        Assert.Contains(cell[node].Log, l => l.Contains($"Unhealthy hello/0 Restart {Why}", StringComparison.Ordinal));
        Assert.Equal((ClaimPhase.Running, $"started anew: {Why}"), (Word(cell).Phase, Word(cell).Reason));
        Assert.Contains(cell.World.Broker.Published, t => t.Contains("/event/", StringComparison.Ordinal));
    }

    [Fact]
    public void Failures_that_are_not_in_a_row_and_checks_that_could_not_be_run_restart_nothing()
    {
        using var cell = Running(WithHealth, seed: 3);
        var turn = 0;
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.Verdict = _ => (turn++ % 4) switch { 0 or 1 => (CheckOutcome.Failed, "exit code 1"), 2 => (CheckOutcome.NotRun, "the bus was lost"), _ => (CheckOutcome.Passed, "") };
        }

        cell.Run(120);
        Assert.InRange(turn, 20, 26);
        Assert.Equal(0, Restarts(cell));
        Assert.Contains(cell[Only(cell)].Log, l => l.Contains("CheckNotRun hello/0 Health", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_that_hangs_is_a_failure_after_its_timeout_and_no_second_one_begins_beside_it()
    {
        var spec = WithHealth with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(4), Failures = 2 } };
        using var cell = Running(spec, seed: 4);
        Say(cell, Health, null);
        cell.Run(3.5);
        cell.Operator.Apply("hello", spec with { LostAfter = TimeSpan.FromSeconds(7) }, workChanged: false);
        Assert.True(cell.Within(9, () => Restarts(cell) == 1), cell.Log());
        Assert.Equal(2, Checks(cell).Count);
        Assert.Equal(1, cell[Only(cell)].Runtime.ChecksAtOnce.Most);
    }

    [Theory]
    [InlineData(WorkloadMode.Replicated, 1)]
    [InlineData(WorkloadMode.Job, 2)]
    public void What_is_never_restarted_fails_with_that_reason_and_a_job_tries_its_attempts(WorkloadMode mode, int attempts)
    {
        using var cell = new Cell(5, nodes: 2);
        Say(cell, Health, (CheckOutcome.Failed, "exit code 9"));
        cell.Operator.Apply("hello", WithHealth with
        {
            Mode = mode,
            Restart = new RestartPolicy(RestartRule.Never),
            Job = new JobRule(2) { Backoff = TimeSpan.FromSeconds(1) },
            Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(2), Failures = 1 },
        });
        Assert.True(cell.Within(mode == WorkloadMode.Job ? 60 : 4, () => Word(cell)?.Phase == ClaimPhase.Failed && Word(cell).Attempts == attempts), cell.Log());
        Assert.Equal("unhealthy: /bin/health failed once, last: exit code 9", Word(cell).Reason);
        Assert.Equal(0, Restarts(cell));
        cell.Run(mode == WorkloadMode.Job ? 60 : 0);
        Assert.Equal(attempts, cell.Starts());
    }

    [Fact]
    public void Work_that_ended_with_a_success_when_it_was_asked_to_is_started_anew_by_the_node_itself()
    {
        using var cell = Running(WithHealth, seed: 6);
        Say(cell, Health, (CheckOutcome.Failed, "exit code 1"));
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.EndsWellWhenAsked = true;
        }

        var holder = Only(cell);
        Assert.True(cell.Within(20, () => cell.Starts() == 2), cell.Log());
        Assert.True(cell.Within(1, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Assert.Equal(holder, Only(cell));
        Assert.StartsWith("started anew: unhealthy", Word(cell).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(cell[holder].Log, l => l.Contains("Stopping hello/0 Fail", StringComparison.Ordinal));
    }

    [Fact]
    public void Work_is_held_until_its_ready_check_passes_and_runs_from_then_on()
    {
        using var cell = new Cell(7, nodes: 2);
        Say(cell, Ready, (CheckOutcome.Failed, "exit code 1: warming up"));
        cell.Operator.Apply("hello", WithReady);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1)), cell.Log());
        cell.Run(8);
        Assert.Equal((ClaimPhase.Held, "not ready yet, /bin/ready: exit code 1: warming up"), (Word(cell).Phase, Word(cell).Reason));
        Assert.InRange(Checks(cell).Count, 7, 10);
        Say(cell, Ready, (CheckOutcome.Passed, ""));
        Assert.True(cell.Within(1.1, () => Word(cell) is { Phase: ClaimPhase.Running, Reason: "" }), cell.Log());
        var asked = Checks(cell).Count;
        cell.Run(30);
        Assert.Equal(asked, Checks(cell).Count);
    }

    [Fact]
    public void Work_that_is_not_ready_within_its_deadline_fails_with_what_its_check_said_last()
    {
        using var cell = new Cell(8, nodes: 1);
        Say(cell, Ready, (CheckOutcome.Failed, "exit code 1: no license"));
        cell.Operator.Apply("hello", WithReady);
        Assert.True(cell.Within(22, () => Word(cell)?.Phase == ClaimPhase.Failed), cell.Log());
        Assert.Equal("it was not ready within 20 s (progressDeadline): /bin/ready: exit code 1: no license", Word(cell).Reason);
        Assert.Empty(cell.Running());
    }

    [Fact]
    public void A_bad_change_stops_at_the_slots_that_may_be_down_and_a_good_one_after_it_replaces_them_first()
    {
        using var cell = new Cell(9, nodes: 3);
        var spec = WithReady with { Replicas = 6, MaxUnavailable = 2 };
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(5, () => Phases(cell, 1).Running == 6), cell.Log());
        Say(cell, Ready, (CheckOutcome.Failed, "exit code 1"), generation: 2);
        cell.Operator.Apply("hello", spec with { Run = new ExecRun(["/bin/sleep", "60"]) });
        cell.Run(90);
        Assert.Equal((4, 0), (Phases(cell, 1).Running, Phases(cell, 2).Running));

        // Those that are down already ask for no permit, of which there is only one now.
        cell.Operator.Apply("hello", spec with { Run = new ExecRun(["/bin/sleep", "61"]), MaxUnavailable = 1 });
        Assert.True(cell.Within(2, () => Phases(cell, 3).Running >= 2), cell.Log());
        var least = 6;
        Assert.True(cell.Within(60, () =>
        {
            // Processes and not words: two that announce at once say so both before one takes it back.
            least = Math.Min(least, cell.World.Nodes.Values.Sum(n => n.Runtime.Alive.Count(u => u.Tag.Generation != 2)));
            return Phases(cell, 3).Running == 6;
        }), cell.Log());
        Assert.Equal(5, least);
    }

    [Fact]
    public void A_process_that_was_started_anew_has_to_become_ready_again_before_its_health_is_asked()
    {
        using var cell = Running(WithReady with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(2), Failures = 1 } }, seed: 10);
        Assert.True(cell.Within(2, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Say(cell, Health, (CheckOutcome.Failed, "exit code 1"), ready: (CheckOutcome.Failed, "exit code 2"));
        Assert.True(cell.Within(3, () => Word(cell).Phase == ClaimPhase.Held), cell.Log());
        var asked = Checks(cell).Count(c => c.Command == Health);
        cell.Run(10);
        Assert.Equal(asked, Checks(cell).Count(c => c.Command == Health));
        Say(cell, Health, (CheckOutcome.Passed, ""), ready: (CheckOutcome.Passed, ""));
        Assert.True(cell.Within(2, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Assert.StartsWith("started anew: unhealthy", Word(cell).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_that_was_killed_keeps_what_was_ready_running_and_goes_on_asking()
    {
        using var cell = Running(WithReady with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(2) } }, seed: 11, nodes: 1);
        cell.Run(7);
        Say(cell, Health, (CheckOutcome.Failed, "exit code 1"), ready: (CheckOutcome.Failed, "exit code 2"));
        Assert.True(cell.Within(5, () => Checks(cell).Count(c => c.Command == Health) == 5), cell.Log());
        cell["node-1"].Kill();
        cell.Run(1);
        var phases = new HashSet<ClaimPhase>();
        cell["node-1"].Start();
        Assert.True(cell.Within(20, () =>
        {
            phases.Add(Word(cell).Phase);
            return Restarts(cell) == 1;
        }), cell.Log());

        // Two failures before, three after: the count began anew.
        Assert.Equal(8, Checks(cell).Count(c => c.Command == Health));
        Assert.Equal([ClaimPhase.Running], phases);
        Assert.Single(Checks(cell), c => c.Command == Ready);
    }

    [Fact]
    public void An_agent_that_was_killed_before_the_work_was_ready_asks_again()
    {
        using var cell = new Cell(12, nodes: 1);
        Say(cell, Ready, (CheckOutcome.Failed, "exit code 1"));
        cell.Operator.Apply("hello", WithReady);
        cell.Run(5);
        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Run(5);
        Assert.Equal(ClaimPhase.Held, Word(cell).Phase);
        Say(cell, Ready, (CheckOutcome.Passed, ""));
        Assert.True(cell.Within(2, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void A_machine_that_was_started_anew_says_that_work_runs_when_it_is_ready_again()
    {
        using var cell = Running(WithReady with { Partition = PartitionPolicy.Pin }, seed: 17, nodes: 1);
        Assert.True(cell.Within(2, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Say(cell, Ready, (CheckOutcome.Failed, "exit code 1"));
        cell["node-1"].PowerOff();
        cell.Run(1);
        var before = Word(cell).Order;
        cell["node-1"].Start();
        var phases = new HashSet<ClaimPhase>();
        Assert.False(cell.Within(8, () =>
        {
            phases.UnionWith(Word(cell) is var word && word.Order != before ? [word.Phase] : []);
            return phases.Contains(ClaimPhase.Running);
        }), cell.Log());
        Assert.Equal([ClaimPhase.Held], phases);
        Say(cell, Ready, (CheckOutcome.Passed, ""));
        Assert.True(cell.Within(2, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
    }

    [Fact]
    public void Few_checks_run_at_once_and_each_slot_gets_its_turn()
    {
        using var cell = new Cell(13, nodes: 1);
        cell["node-1"].Runtime.CheckLatency = TimeSpan.FromMilliseconds(300);
        cell.Operator.Apply("hello", SimOperator.Service(30) with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(2) } });
        cell.Run(20);
        Assert.Equal(NodeLimits.ChecksAtOnceMax, cell["node-1"].Runtime.ChecksAtOnce.Most);
        Assert.InRange(Checks(cell).Count, 30 * 7, 30 * 10);
    }

    [Fact]
    public void Checks_that_are_added_or_taken_away_leave_running_work_alone()
    {
        using var cell = Running(WithReady, seed: 14);
        cell.Operator.Apply("hello", SimOperator.Service(1) with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(1) } }, workChanged: false);
        cell.Run(5);
        Assert.InRange(Checks(cell).Count(c => c.Command == Health), 3, 6);
        cell.Operator.Apply("hello", SimOperator.Service(1), workChanged: false);
        cell.Run(1);
        var asked = Checks(cell).Count;
        cell.Run(10);
        Assert.Equal((asked, 1), (Checks(cell).Count, cell.Starts()));
    }

    [Fact]
    public void What_is_said_of_a_process_that_is_no_more_does_not_count()
    {
        using var cell = Running(WithHealth with { Health = new HealthRule([Health]) { Interval = TimeSpan.FromSeconds(2), Failures = 1 } }, seed: 16);
        Say(cell, Health, null);
        Assert.True(cell.Within(3, () => Checks(cell).Count == 1), cell.Log());
        Say(cell, Health, (CheckOutcome.Passed, ""));
        cell[Only(cell)].Runtime.CrashAll();
        cell.Run(20);
        Assert.Equal(1, Restarts(cell));
        Assert.InRange(Checks(cell).Count, 6, 10);
    }

    [Fact]
    public void A_slot_that_is_given_up_while_it_is_checked_is_not_asked_again()
    {
        using var cell = Running(WithHealth, seed: 15);
        Say(cell, Health, null);
        Assert.True(cell.Within(6, () => Checks(cell).Count == 1), cell.Log());
        cell.Operator.Delete("hello");
        cell.Run(30);
        Assert.Single(Checks(cell));
        Assert.Empty(cell.Running());
    }

    private static Cell Running(WorkloadSpec spec, ulong seed, int nodes = 3)
    {
        var cell = new Cell(seed, nodes);
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(3, () => cell.RunsOnce(spec.Replicas)), cell.Log());
        return cell;
    }

    /// <summary>What this check says from now on, of every node; the others pass.</summary>
    private static void Say(Cell cell, string command, (CheckOutcome, string)? verdict, (CheckOutcome, string)? ready = null, long? generation = null)
    {
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.Verdict = spec => CommandOf(spec) == command && (generation is null || spec.Tag.Generation == generation) ? verdict
                : CommandOf(spec) == Ready && ready is not null ? ready : (CheckOutcome.Passed, "");
        }
    }

    private static string CommandOf(UnitSpec spec) => ((ExecRun)spec.Run).Command[0];

    private static List<(string Command, TimeSpan At)> Checks(Cell cell) => [.. cell.World.Nodes.Values.SelectMany(n => n.Runtime.Checks)];

    private static int Restarts(Cell cell) => cell.World.Nodes.Values.Sum(n => n.Runtime.Restarts);

    private static string Only(Cell cell) => Assert.Single(cell.World.Nodes.Values, n => n.Runtime.Alive.Any()).Name;

    private static (int Running, int Other) Phases(Cell cell, long generation)
    {
        var words = cell.Words().Where(w => w.Generation == generation).ToList();
        return (words.Count(w => w.Phase == ClaimPhase.Running), words.Count(w => w.Phase is ClaimPhase.Held or ClaimPhase.Updating));
    }

    /// <summary>What is said of the first slot by whoever has the greatest epoch of it.</summary>
    private static Claim Word(Cell cell) => cell.Words().Where(w => w.Slot.Index == 0).MaxBy(w => (w.Epoch.Value, w.Phase))!;
}
