using EdgeAgent.Core.Fleet;
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

    /// <summary>Seed 2211: two slots were down, and the word of a machine that was lost said of one of them that it ran.</summary>
    [Fact]
    public void A_slot_whose_holder_is_gone_is_down_and_keeps_its_permit()
    {
        var other = NodeId.Parse("a");
        _one.Connect(1, other);
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        wanted = wanted with { Spec = wanted.Spec! with { Replicas = 2, LostAfter = TimeSpan.FromMinutes(10) } };
        _one.Happens(new IntentHeard(wanted, Retained: false));
        _one.Happens(new ClaimHeard(OneCore.Said(other, ClaimPhase.Running, rev: 1) with { Slot = new(OneCore.Slot.Workload, 1), Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        _one.Happens(new WorkStarted(new Launch(OneCore.Slot, OneCore.Life, 1, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
        _one.Happens(new PresenceHeard(new Presence(other, 1, 1, PresenceState.Offline), Retained: false));
        _one.Happens(new IntentHeard(wanted with { Generation = 2, RunId = 2, Digest = new(0, 2) }, Retained: false));
        _one.Passes(TimeSpan.FromSeconds(10));
        _one.Happens(new Woken());
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);

        _one.Happens(new PresenceHeard(new Presence(other, 2, 1, PresenceState.Online), Retained: false));
        _one.WaitUntil(() => _one.Latest().Phase == ClaimPhase.Updating);
        Echo();
        Assert.Contains(_one.Effects, e => e is StopWork);
    }

    /// <summary>An operator's mistake, or a node that has become too small, ended all of a workload at once.</summary>
    [Fact]
    public void Where_the_new_generation_cannot_run_the_old_one_goes_on_until_another_node_runs_the_new_one()
    {
        RunsHere(PartitionPolicy.Failover);
        Become(generation: 2, requires: "nowhere");
        Assert.Equal((true, ClaimPhase.Running, 1L), (_one.Latest().IsLeaving, _one.Latest().Phase, _one.Latest().Generation));
        _one.WaitUntil(() => _one.Core.NextWake is null || _one.Now > TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
        Assert.Contains("can't run here: needs label zone=nowhere", Assert.Single(_one.Core.Leaving).Text, StringComparison.Ordinal);

        var next = OneCore.Said(Peer, ClaimPhase.Held, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero, Generation = 2, RunId = 2, Epoch = _one.Latest().Epoch.Next };
        _one.Happens(new ClaimHeard(next, Retained: false));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
        _one.Happens(new ClaimHeard(next with { Phase = ClaimPhase.Running, Order = new(1, 2) }, Retained: false));
        Assert.Contains(_one.Effects, e => e is StopWork);
    }

    [Fact]
    public void And_a_later_one_that_can_run_is_taken_in_place()
    {
        RunsHere(PartitionPolicy.Failover);
        Become(generation: 2, requires: "nowhere");
        Become(generation: 3, requires: null);
        Assert.False(_one.Latest().IsLeaving);
        _one.WaitUntil(() => _one.Latest().Phase == ClaimPhase.Updating);
        Echo();
        Assert.Contains(_one.Effects, e => e is StopWork);
    }

    [Fact]
    public void What_is_pinned_stays_as_it_was()
    {
        RunsHere(PartitionPolicy.Pin);
        Become(generation: 2, requires: "nowhere", PartitionPolicy.Pin);
        _one.WaitUntil(() => _one.Core.NextWake is null || _one.Now > TimeSpan.FromMinutes(5));
        Assert.Equal((false, ClaimPhase.Running), (_one.Latest().IsLeaving, _one.Latest().Phase));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
        Assert.Contains("the old one stays, for it is pinned", Assert.Single(_one.Core.Leaving).Text, StringComparison.Ordinal);
    }

    /// <summary>Seed 1909: a wide generation was announced and a narrow one came before it was begun, and what had been kept for the wide one was never given back.</summary>
    [Fact]
    public void What_was_kept_for_a_generation_that_is_over_is_free_again()
    {
        _one.Connect(1, Peer);
        _one.Happens(new IntentHeard(Wide(generation: 1, cpu: 300), Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        _one.Happens(new WorkStarted(new Launch(OneCore.Slot, OneCore.Life, 1, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
        _one.Happens(new IntentHeard(Wide(generation: 2, cpu: 3000), Retained: false));
        Assert.Equal(4000 - 3000, _one.Core.Free.Cpu.Value);
        _one.Happens(new IntentHeard(Wide(generation: 3, cpu: 700), Retained: false));
        Assert.Equal(4000 - 700, _one.Core.Free.Cpu.Value);
    }

    /// <summary>Seed 5514: who could have taken it went meanwhile, and the slot was said to be on its way down for good.</summary>
    [Fact]
    public void Who_has_announced_that_it_leaves_and_finds_nobody_there_says_that_it_runs()
    {
        _one.Happens(new WorkListed());
        RunsHere(PartitionPolicy.Pin);
        _one.Happens(new DutyChanged(true, DrainScope.Pinned, 1));
        Assert.Equal(ClaimPhase.Updating, _one.Latest().Phase);
        _one.Happens(new PresenceHeard(new Presence(Peer, 1, 1, PresenceState.Offline), Retained: false));
        Echo();
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
    }

    /// <summary>Seed 2193 again: on a node that is drained where nobody else takes anything, each change was announced, and taken back as if it had been the departure.</summary>
    [Fact]
    public void Who_is_to_leave_and_has_nobody_to_leave_to_takes_a_change_in_place()
    {
        _one.Happens(new WorkListed());
        RunsHere(PartitionPolicy.Pin);
        _one.Happens(new PresenceHeard(new Presence(Peer, 1, 1, PresenceState.Offline), Retained: false));
        _one.Happens(new DutyChanged(true, DrainScope.Pinned, 1));
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Pin) with { Generation = 2, RunId = 2, Digest = new(0, 2) }, Retained: false));
        _one.WaitUntil(() => _one.Latest().Phase == ClaimPhase.Updating);
        Echo();
        Assert.Contains(_one.Effects, e => e is StopWork);
        _one.Happens(new WorkGone(OneCore.Slot));
        _one.WaitUntil(() => _one.Effects.OfType<StartWork>().Count() == 2);
    }

    /// <summary>Seed 8324: what a cell went back to was begun on a node that had never been fit for it.</summary>
    [Theory]
    [InlineData("nowhere", false)]
    [InlineData(null, true)]
    public void What_is_gone_back_to_is_begun_only_where_it_may_run(string? requires, bool isBegun)
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        var before = wanted.Spec! with { Requires = new() { Labels = requires is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["zone"] = requires } } };
        _one.Connect(1, Peer);
        _one.Happens(new IntentHeard(wanted with { Generation = 2, RunId = 2, Digest = new(0, 2), Spec = wanted.Spec! with { AutoRollback = true }, Fallback = new(before, 1, 1, default) }, Retained: false));
        var slot = OneCore.Slot;
        _one.Happens(new SlotsRead([slot]));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        _one.Happens(new WorkStarted(new Launch(slot, OneCore.Life, 2, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
        var started = _one.Effects.OfType<StartWork>().Count();
        for (var pid = 13; pid <= 15; pid++)
        {
            _one.Happens(new WorkStarted(new Launch(slot, OneCore.Life, 2, _one.Latest().Epoch), "edge-web-0.service", pid));
        }

        Assert.Contains(_one.Effects, e => e is StopWork);
        _one.Happens(new WorkGone(slot));
        Assert.Equal(isBegun, _one.Effects.OfType<StartWork>().Count() > started);
        Assert.Equal(isBegun, _one.Latest().Phase != ClaimPhase.Released);
    }

    private static readonly NodeId Peer = NodeId.Parse("a");

    private void RunsHere(PartitionPolicy policy)
    {
        _one.Connect(1, Peer);
        _one.Happens(new IntentHeard(OneCore.Wanted(policy), Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        _one.Happens(new WorkStarted(new Launch(OneCore.Slot, OneCore.Life, 1, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
    }

    private void Become(long generation, string? requires, PartitionPolicy policy = PartitionPolicy.Failover)
    {
        var wanted = OneCore.Wanted(policy);
        var labels = requires is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["zone"] = requires };
        _one.Happens(new IntentHeard(wanted with { Generation = generation, RunId = generation, Digest = new(0, (UInt128)generation), Spec = wanted.Spec! with { Requires = new() { Labels = labels } } }, Retained: false));
    }

    private void Echo() => _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));

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

    /// <summary>Seed 6012: after a restart of the machine the new generation was started in the room that had been reserved for the old one, and under its name.</summary>
    [Fact]
    public void What_was_held_before_a_restart_is_started_in_its_new_generation_only_where_that_has_room()
    {
        var wanted = Wide(generation: 2, cpu: 700);
        _one.Core.Restore([wanted, Other(cpu: 3500)], [Held(), Held() with { Slot = new SlotId(Another, 0) }], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        Assert.DoesNotContain(_one.Effects.OfType<StartWork>(), s => s.Claim.Slot == OneCore.Slot);
        Assert.Contains(_one.Effects.OfType<StartWork>(), s => s.Claim.Slot.Workload == Another);
        _one.Happens(new WorkGone(OneCore.Slot));
        Assert.Equal(ClaimPhase.Released, _one.Effects.OfType<SayClaim>().Last(s => s.Claim.Slot == OneCore.Slot).Claim.Phase);
        Assert.Equal(4000 - 3500, _one.Core.Free.Cpu.Value);
    }

    [Fact]
    public void What_was_held_before_a_restart_is_started_as_what_it_has_become()
    {
        _one.Core.Restore([Wide(generation: 2, cpu: 700)], [Held()], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        _one.Happens(new WorkGone(OneCore.Slot));
        var started = Assert.Single(_one.Effects.OfType<StartWork>());
        Assert.Equal((2L, 2L, 700L), (started.Claim.Generation, started.Claim.RunId, started.Spec.Resources.Cpu.Value));
    }

    /// <summary>Seed 6012: the wanted limits were taken for those that a process had which an earlier agent had left.</summary>
    [Fact]
    public void What_runs_has_the_room_that_it_was_given_also_after_a_restart_of_the_agent()
    {
        _one.Core.Restore([Wide(generation: 2, cpu: 300)], [Held() with { Room = new(new(900), new(1 << 20), default, 8) }], rev: 9);
        Assert.Equal(4000 - 900, _one.Core.Free.Cpu.Value);
    }

    [Fact]
    public void What_is_kept_of_a_claim_says_what_it_takes()
    {
        _one.Connect(1);
        _one.Happens(new IntentHeard(Wide(generation: 1, cpu: 300), Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        var said = _one.Effects.OfType<SayClaim>().Last(s => s.IsKept);
        Assert.Equal((300L, null), (said.Room?.Cpu.Value, said.Claim.Room));
    }

    /// <summary>Seed 2514: who had no room to go back gave the slot up without saying what it had rejected, and nobody else knew.</summary>
    [Fact]
    public void Who_rejects_and_has_no_room_to_go_back_says_so_when_it_gives_the_slot_up()
    {
        var before = Wide(generation: 1, cpu: 5000);
        var tried = Wide(generation: 2, cpu: 300);
        _one.Core.Restore([tried with { Fallback = new Fallback(before.Spec!, 1, 1, default), Spec = tried.Spec! with { AutoRollback = true } }], [Held() with { Generation = 2, RunId = 2, IsOnTrial = true }], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        var launch = new Launch(OneCore.Slot, OneCore.Life, 2, new Epoch(1));
        _one.Happens(new WorkStarted(launch, "edge-web-0.service", 12));
        _one.Happens(new WorkEnded(launch, Succeeded: false, "exit code 1"));
        _one.Happens(new WorkGone(OneCore.Slot));
        Assert.Equal((ClaimPhase.Released, 2L), (_one.Latest().Phase, _one.Latest().Rejected));
    }

    /// <summary>Seed 4809: while the old work ended another's claim came that was greater, and the new work was begun beside it.</summary>
    [Fact]
    public void Who_learns_while_the_old_work_ends_that_another_holds_it_does_not_begin_the_new()
    {
        _one.Core.Restore([Wide(generation: 2, cpu: 300)], [Held()], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        Assert.Single(_one.Effects.OfType<StopWork>());
        _one.Happens(new ClaimHeard(OneCore.Said(NodeId.Parse("a"), ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero, Epoch = new(5), Generation = 2, RunId = 2 }, Retained: false));
        _one.Happens(new WorkGone(OneCore.Slot));
        Assert.Equal((ClaimPhase.Released, "a holds it at epoch 5"), (_one.Latest().Phase, _one.Latest().Reason));
        Assert.Empty(_one.Effects.OfType<StartWork>());
    }

    /// <summary>Seed 4995: what runs here came to be of lower priority, and who waited for room was not looked at again.</summary>
    [Fact]
    public void Who_has_no_room_is_looked_at_again_when_what_runs_counts_for_less()
    {
        _one.Core.Restore([Wide(generation: 1, cpu: 700), Other(cpu: 3800)], [Held() with { Slot = new SlotId(Another, 0) }], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        _one.Happens(new WorkStarted(new Launch(new SlotId(Another, 0), OneCore.Life, 1, new Epoch(1)), "edge-another-0.service", 12));
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        while (_one.Core.NextWake is { } wake && wake < TimeSpan.FromMinutes(10))
        {
            var due = wake;
            _one.WaitUntil(() => _one.Now >= due);
        }

        Assert.DoesNotContain(_one.Effects.OfType<SayClaim>(), s => s.Claim.Slot == OneCore.Slot);
        var lower = Other(cpu: 3800);
        _one.Happens(new IntentHeard(lower with { Generation = 2, Digest = new(0, 9), Spec = lower.Spec! with { Priority = -10 } }, Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any(s => s.Claim.Slot == OneCore.Slot));
        Assert.Equal("another/0", $"{_one.Effects.OfType<SayClaim>().Last(s => s.Claim.Slot == OneCore.Slot).Claim.Displaces}");
    }

    /// <summary>Seed 2193: three slots of one node announced their change in one step, each counted the other two, and all took it back: for good where they were always looked at together.</summary>
    [Fact]
    public void Of_several_slots_of_one_node_no_more_announce_at_once_than_may_be_down()
    {
        SlotId[] slots = [.. Enumerable.Range(0, 3).Select(i => new SlotId(OneCore.Slot.Workload, i))];
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        wanted = wanted with { Spec = wanted.Spec! with { Replicas = slots.Length } };
        _one.Core.Restore([wanted], [.. slots.Select(s => Held() with { Slot = s, Phase = ClaimPhase.Running })], rev: 9);
        _one.Happens(new WorkListed());
        _one.Connect(1);
        foreach (var slot in slots)
        {
            _one.Happens(new WorkStarted(new Launch(slot, OneCore.Life, 1, new Epoch(1)), $"edge-web-{slot.Index}.service", 12 + slot.Index));
        }

        Echoes();
        _one.Happens(new IntentHeard(wanted with { Generation = 2, RunId = 2, Digest = new(0, 2) }, Retained: false));
        _one.Happens(new SlotsRead(slots));
        _one.WaitUntil(() => Announced().Any());
        _one.Passes(TimeSpan.FromMilliseconds(1));
        _one.Happens(new Woken());
        var first = Assert.Single(Announced());
        Echoes();
        Assert.Equal(first.Slot, Assert.Single(_one.Effects.OfType<StopWork>()).Slot);

        IEnumerable<Claim> Announced() => _one.Effects.OfType<SayClaim>().Select(s => s.Claim).Where(c => c.Phase == ClaimPhase.Updating);

        void Echoes()
        {
            foreach (var claim in _one.Effects.OfType<SayClaim>().Select(s => s.Claim).GroupBy(c => c.Slot).Select(g => g.Last()).ToList())
            {
                _one.Happens(new ClaimHeard(claim, Retained: false));
            }
        }
    }

    /// <summary>Seed 4242: a change was announced, and before its echo came one that can't run here: the slot was said to be updating for good, and nobody took it over.</summary>
    [Fact]
    public void Who_has_announced_a_change_and_learns_of_one_that_cannot_run_here_says_that_it_runs_and_hands_it_over()
    {
        RunsHere(PartitionPolicy.Failover);
        Change(generation: 2, run: 2);
        _one.WaitUntil(() => _one.Latest().Phase == ClaimPhase.Updating);
        // No echo is needed for it.
        Become(generation: 3, requires: "nowhere");
        Assert.Equal((true, ClaimPhase.Running, 1L), (_one.Latest().IsLeaving, _one.Latest().Phase, _one.Latest().Generation));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
    }

    /// <summary>Seed 9774: what was kept for a change that waited came to the disk as what the process has, and after the agent's next start it was kept for good.</summary>
    [Fact]
    public void What_an_earlier_agent_s_process_has_is_what_is_kept_when_its_change_is_off()
    {
        var room = Wide(generation: 1, cpu: 100).Spec!.Resources;
        _one.Core.Restore([Wide(generation: 2, cpu: 300)], [Held() with { Phase = ClaimPhase.Running, Room = room, Pid = 12 }], rev: 9);
        _one.Happens(new WorkFound(new Launch(OneCore.Slot, OneCore.Life, Generation: 1, new Epoch(1)), "edge-web-0.service", 12));
        _one.Happens(new WorkListed());
        _one.Connect(2);
        Assert.Equal(new MilliCpu(4000 - 300), _one.Core.Free.Cpu);
        Assert.All(_one.Effects.OfType<SayClaim>().Where(s => s.Room is not null), s => Assert.Equal(room, s.Room));
        _one.Happens(new IntentHeard(Wide(generation: 3, cpu: 5000), Retained: false));
        Assert.Equal(new MilliCpu(4000 - 100), _one.Core.Free.Cpu);
    }

    private static readonly WorkloadName Another = WorkloadName.Parse("another");

    private static Claim Held() => OneCore.Said(OneCore.Self, ClaimPhase.Held, rev: 4) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };

    private static Intent Wide(long generation, long cpu)
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        return wanted with { Generation = generation, RunId = generation, Digest = new(0, (UInt128)generation), Spec = wanted.Spec! with { Resources = new(new(cpu), new(1 << 20), default, 8) } };
    }

    private static Intent Other(long cpu) => Wide(generation: 1, cpu) with { Workload = Another };

    private void Change(long generation, long run) => _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover) with { Generation = generation, RunId = run, Digest = new(0, (UInt128)generation) }, Retained: false));
}
