using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Work that waits for what it comes in, in virtual time.</summary>
[Trait("Category", "simulate")]
public sealed class ArtifactTests
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("hello"), 0);
    private static readonly Artifact First = new("https://artifacts.example/1.tar.zst", new string('1', Artifact.DigestLength));
    private static readonly Artifact Second = new("https://artifacts.example/2.tar.zst", new string('2', Artifact.DigestLength));

    [Fact]
    public void Work_starts_when_it_is_there_and_finds_it_as_its_checks_do()
    {
        using var cell = Waiting(1, Of(First) with { Ready = new ReadyRule(["./ready"]) });
        cell.Run(5);
        Assert.Empty(cell.Running());
        cell["node-1"].Artifacts.Ready(Slot);
        Assert.True(cell.Within(3, () => Word(cell).Phase == ClaimPhase.Running), cell.Log());
        Assert.Equal($"/artifacts/{First.Sha256}", cell["node-1"].Runtime.SpecOf(Slot).Artifact);
        Assert.Equal($"/artifacts/{First.Sha256}", cell["node-1"].Runtime.LastSpec!.Artifact);
    }

    [Fact]
    public void What_comes_on_has_its_deadline_anew_and_what_does_not_has_failed()
    {
        using var cell = Waiting(2, Of(First) with { ProgressDeadline = TimeSpan.FromSeconds(10) });
        for (var percent = 20; percent <= 80; percent += 20)
        {
            cell.Run(8);
            cell["node-1"].Artifacts.Comes(Slot, $"fetching: {percent} %");
            cell.Run(0.1);
            Assert.Equal((ClaimPhase.Held, $"fetching: {percent} %"), (Word(cell).Phase, Word(cell).Reason));
        }

        cell.Run(9);
        Assert.Equal(ClaimPhase.Held, Word(cell).Phase);
        Assert.True(cell.Within(2, () => Word(cell) is { Phase: ClaimPhase.Failed, Reason: "it did not start within 10 s (progressDeadline)" }), cell.Log());
        Assert.Empty(cell["node-1"].Artifacts.Waiting);
    }

    [Fact]
    public void What_is_refused_is_a_start_that_failed_and_says_why()
    {
        using var cell = Waiting(3, Of(First));
        cell["node-1"].Artifacts.Refuse(Slot, "is another");
        Assert.True(cell.Within(1, () => Word(cell).Phase == ClaimPhase.Failed), cell.Log());
        Assert.Equal("it could not be started: its artifact is another", Word(cell).Reason);

        // As other work that can't be started it is tried again.
        Assert.True(cell.Within(10, () => cell["node-1"].Artifacts.Waiting.ContainsKey(Slot)), cell.Log());
        Assert.Equal(0, cell.Starts());
    }

    [Fact]
    public void Nobody_waits_for_deleted_work_and_what_comes_too_late_starts_nothing()
    {
        using var cell = Waiting(4, Of(First));
        var artifacts = cell["node-1"].Artifacts;
        var asked = artifacts.Waiting[Slot];
        cell.Operator.Delete("hello");
        Assert.True(cell.Within(3, () => artifacts.Used.Count == 0), cell.Log());
        artifacts.Waiting[Slot] = asked;
        artifacts.Ready(Slot);
        cell.Run(5);
        Assert.Equal(0, cell.Starts());
        Assert.Empty(cell.Running());
    }

    [Fact]
    public void A_change_brings_the_next_and_an_answer_about_the_one_before_starts_nothing()
    {
        using var cell = Waiting(5, Of(First));
        var artifacts = cell["node-1"].Artifacts;
        artifacts.Ready(Slot);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1)), cell.Log());
        cell.Operator.Apply("hello", Of(Second));
        Assert.True(cell.Within(5, () => artifacts.Waiting.GetValueOrDefault(Slot)?.Artifact == Second), cell.Log());
        var asked = artifacts.Waiting[Slot];
        artifacts.Waiting[Slot] = asked with { Id = asked.Id - 1 };
        artifacts.Ready(Slot);
        cell.Run(1);
        Assert.Empty(cell.Running());
        artifacts.Waiting[Slot] = asked;
        artifacts.Ready(Slot);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1)), cell.Log());
        Assert.Equal($"/artifacts/{Second.Sha256}", cell["node-1"].Runtime.SpecOf(Slot).Artifact);
    }

    /// <summary>Found by seeds in which what a slot comes in takes long to come: the old one goes on, and its node may lose its disk meanwhile.</summary>
    [Fact]
    public void Who_has_lost_what_it_offered_offers_it_no_more()
    {
        using var cell = Waiting(6, Of(First), nodes: 2);
        var (old, next) = cell["node-1"].Artifacts.Waiting.ContainsKey(Slot) ? (cell["node-1"], cell["node-2"]) : (cell["node-2"], cell["node-1"]);
        old.Artifacts.Ready(Slot);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1)), cell.Log());
        cell.Operator.Mark(old, "drain");
        Assert.True(cell.Within(5, () => next.Artifacts.Waiting.ContainsKey(Slot)), cell.Log());
        Assert.Equal([old.Name], cell.Words().Where(c => c.Slot == Slot && c.IsLeaving).Select(c => c.Node.Value));
        Assert.Equal([old], cell.World.Nodes.Values.Where(n => n.Runtime.Alive.Any()));

        old.PowerOff();
        cell.Run(0.5);
        old.Start(new SimStore());
        Assert.True(cell.Within(10, () => cell.Words().Any(c => c.Node == old.Id && c.Phase == ClaimPhase.Released)), cell.Log());
        Assert.DoesNotContain(cell.Words(), c => c.IsLeaving);
        next.Artifacts.Ready(Slot);
        Assert.True(cell.Within(3, () => next.Runtime.Alive.Any()), cell.Log());
    }

    private static WorkloadSpec Of(Artifact artifact) => SimOperator.Service(1) with { Run = new ExecRun(["./bin/hello"]) { Artifact = artifact } };

    private static Cell Waiting(ulong seed, WorkloadSpec spec, int nodes = 1)
    {
        var cell = new Cell(seed, nodes);
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(5, () => cell.World.Nodes.Values.Any(n => n.Artifacts.Waiting.ContainsKey(Slot))), cell.Log());
        return cell;
    }

    private static Claim Word(Cell cell) => cell.Words().Single(c => c.Slot == Slot);
}
