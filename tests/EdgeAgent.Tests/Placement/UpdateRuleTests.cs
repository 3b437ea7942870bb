using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The rules of a holder whose workload is changed, word by word.</summary>
public sealed class UpdateRuleTests
{
    private readonly OneCore _one = new();

    /// <summary>Seed 184: a change was announced, and rejected before it was begun: what ran was what was wanted again, and was said to be updating for good.</summary>
    [Fact]
    public void Who_has_announced_a_change_that_is_taken_back_says_that_it_runs()
    {
        _one.Connect(1);
        Change(generation: 1, run: 1);
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        var launch = new Launch(OneCore.Slot, OneCore.Life, 1, _one.Latest().Epoch);
        _one.Happens(new WorkStarted(launch, "edge-web-0.service", 12));
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));

        Change(generation: 2, run: 2);
        _one.WaitUntil(() => _one.Latest().Phase == ClaimPhase.Updating);
        Change(generation: 3, run: 1);
        Assert.Equal((ClaimPhase.Running, 3L, 1L), (_one.Latest().Phase, _one.Latest().Generation, _one.Latest().RunId));
    }

    /// <summary>Seed 602: what an earlier agent had begun and its disk didn't know was being ended, and its room given to other work meanwhile.</summary>
    [Fact]
    public void What_is_nobodys_has_its_room_until_it_has_ended()
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        wanted = wanted with { Spec = wanted.Spec! with { Resources = new(new(700), new(1 << 20), default, 8) } };
        _one.Core.Restore([wanted], [], rev: 9);
        _one.Happens(new WorkFound(new Launch(OneCore.Slot, OneCore.Life, Generation: 1, new Epoch(1)), "edge-web-0.service", 12));
        Assert.Equal(4000 - 700, _one.Core.Free.Cpu.Value);
        _one.Happens(new WorkGone(OneCore.Slot));
        Assert.Equal(4000, _one.Core.Free.Cpu.Value);
    }

    private void Change(long generation, long run) => _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover) with { Generation = generation, RunId = run, Digest = new(0, (UInt128)generation) }, Retained: false));
}
