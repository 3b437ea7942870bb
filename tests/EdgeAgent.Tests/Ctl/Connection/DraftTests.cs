using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Connection;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Connection;

/// <summary>Proves what an operator's next word carries on from what the cell knows.</summary>
public sealed class DraftTests : IDisposable
{
    private static readonly WorkloadName Name = WorkloadName.Parse("hello");
    private static readonly NodeId Node = NodeId.Parse("node-1");
    private static readonly WorkloadSpec Spec = new() { Run = new ExecRun(["/bin/true"]), Replicas = 2 };

    private readonly OperatorKey _key = OperatorKey.Create();
    private readonly TopicSpace _topics = new(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));
    private readonly FleetView _view;

    public DraftTests() => _view = new(_topics, new Envelope([PublicKey.FromPem(_key.PublicPem())]));

    /// <summary>What may change without the work being started anew: all but these two is new in each.</summary>
    public static TheoryData<string, WorkloadSpec> Gentle => new()
    {
        { "replicas", Spec with { Replicas = 7 } },
        { "labels", Spec with { Labels = new Dictionary<string, string> { ["app"] = "hello" } } },
        { "partition", Spec with { Partition = PartitionPolicy.Pin } },
        { "lostAfter", Spec with { LostAfter = TimeSpan.FromMinutes(3) } },
        { "policy", Spec with { Policy = PlacementPolicy.Pack } },
        { "priority", Spec with { Priority = 7 } },
        { "prefers", Spec with { Prefers = [new Preference(3, new Dictionary<string, string> { ["zone"] = "a" })] } },
        { "progressDeadline", Spec with { ProgressDeadline = TimeSpan.FromMinutes(5) } },
        { "apart", Spec with { Apart = [WorkloadName.Parse("db")] } },
        { "update", Spec with { MaxUnavailable = 2 } },
        { "autoRollback", Spec with { AutoRollback = true } },
        { "paused", Spec with { IsPaused = true } },
    };

    public static TheoryData<string, WorkloadSpec> Hard => new()
    {
        { "run", Spec with { Run = new ExecRun(["/bin/false"]) } },
        { "unit", Spec with { Run = new UnitRun("a.service") } },
        { "env", Spec with { Run = new ExecRun(["/bin/true"]) { Environment = new Dictionary<string, string> { ["A"] = "1" } } } },
        { "artifact", Spec with { Run = new ExecRun(["/bin/true"]) { Artifact = new Artifact("https://a.example/a", new string('0', Artifact.DigestLength)) } } },
        { "resources", Spec with { Resources = new Resources(new(100), default, default, 0) } },
        { "stop", Spec with { Stop = new StopRule(2) } },
        { "restart", Spec with { Restart = new RestartPolicy(RestartRule.Never) } },
        { "mode", Spec with { Mode = WorkloadMode.Job } },
        { "exclusive", Spec with { Partition = PartitionPolicy.Exclusive } },
    };

    public void Dispose() => _key.Dispose();

    [Fact]
    public void What_nobody_knows_begins_with_generation_1_and_an_incarnation_of_its_own()
    {
        var first = Draft.Of(Name, Spec, _view)!;
        Assert.Equal((1, 1, 0, default(Incarnation)), (first.Generation, first.RunId, first.EpochFloor, first.Follows));
        Assert.NotEqual(first.Incarnation, Draft.Of(Name, Spec, _view)!.Incarnation);
    }

    [Fact]
    public void The_same_again_is_no_change()
    {
        Hear(Draft.Of(Name, Spec with { Replicas = 3 }, _view)!);
        Assert.Null(Draft.Of(Name, Spec with { Replicas = 3 }, _view));
        Assert.Null(Draft.Of(Name, new WorkloadSpec { Run = new ExecRun(["/bin/true"]), Replicas = 3 }, _view));
    }

    [Fact]
    public void Where_only_limits_have_changed_what_runs_since_the_last_start_takes_them()
    {
        static WorkloadSpec Limited(long cpu, long memory) => Spec with { Resources = new Resources(new(cpu), new(memory), default, 0) };
        Hear(Draft.Of(Name, Limited(100, 64), _view)!);
        var second = Draft.Of(Name, Limited(200, 32), _view)!;
        Assert.Equal((2, 2, 1), (second.Generation, second.RunId, second.StartId));
        Hear(second);
        var third = Draft.Of(Name, Limited(200, 32) with { Replicas = 5 }, _view)!;
        Assert.Equal((3, 2, 1), (third.Generation, third.RunId, third.StartId));
        Hear(third);
        var fourth = Draft.Of(Name, Limited(300, 32) with { Replicas = 5 }, _view)!;
        Assert.Equal((4, 4, 1), (fourth.Generation, fourth.RunId, fourth.StartId));

        // A limit that is taken away, anything else besides, and the operator's word for all anew.
        Assert.Equal(0, Draft.Of(Name, Limited(0, 32) with { Replicas = 5 }, _view)!.StartId);
        Assert.Equal(0, Draft.Of(Name, Limited(300, 32) with { Replicas = 5, Run = new ExecRun(["/bin/false"]) }, _view)!.StartId);
        Assert.Equal((4, 0), (Draft.Again(third, _view).RunId, Draft.Again(third, _view).StartId));
    }

    [Fact]
    public void Another_check_needs_a_new_start_where_a_profile_has_to_allow_its_program()
    {
        var held = Spec with { Files = new FileRules(), Health = new HealthRule(["/bin/a", "x"]) };
        Hear(Draft.Of(Name, held, _view)!);
        Assert.Equal(1, Draft.Of(Name, held with { Health = new HealthRule(["/bin/a", "y"]) { Failures = 9 } }, _view)!.RunId);
        Assert.Equal(2, Draft.Of(Name, held with { Health = new HealthRule(["/bin/b", "x"]) }, _view)!.RunId);
        Assert.Equal(2, Draft.Of(Name, held with { Ready = new ReadyRule(["/bin/a"]) }, _view)!.RunId);

        // Rules of one's own say it themselves.
        var own = Spec with { AppArmor = new AppArmorRule { Profile = "/bin/* rix," } };
        Hear(Draft.Of(Name, own, _view)!);
        Assert.Equal(2, Draft.Of(Name, own with { Ready = new ReadyRule(["/bin/a"]) }, _view)!.RunId);
    }

    /// <summary>A node that can't enforce it doesn't bid.</summary>
    [Fact]
    public void What_has_to_be_enforced_is_asked_for_by_name()
    {
        Assert.Equal(["run.exec/1"], Draft.Features(Spec));
        Assert.Equal(["run.exec/1", "files/1"], Draft.Features(Spec with { Files = new FileRules() }));
        Assert.Equal(["run.exec/1", "security.apparmor/1"], Draft.Features(Spec with { AppArmor = new AppArmorRule() }));
        Assert.Equal(["run.exec/1", "network/1"], Draft.Features(Spec with { Network = new NetworkRules() }));
        Assert.Equal(["run.exec/1", "resources.cpuMax/1"], Draft.Features(Spec with { CpuMax = new(100) }));
    }

    [Fact]
    public void Another_lease_needs_no_new_start()
    {
        Hear(Draft.Of(Name, Spec with { Partition = PartitionPolicy.Exclusive }, _view)!);
        var next = Draft.Of(Name, Spec with { Partition = PartitionPolicy.Exclusive, Lease = TimeSpan.FromMinutes(1) }, _view)!;
        Assert.Equal((2, 1), (next.Generation, next.RunId));
        Assert.Contains("partition.exclusive/1", next.Features);
    }

    [Fact]
    public void It_goes_back_to_the_last_work_that_has_passed_its_trial()
    {
        var tried = Spec with { AutoRollback = true };
        Hear(Draft.Of(Name, tried, _view)!);
        Assert.Null(Draft.Of(Name, tried with { Run = new ExecRun(["/bin/b"]) }, _view)!.Fallback);

        Hear(Said(1, run: 1, epoch: 1));
        var second = Draft.Of(Name, tried with { Run = new ExecRun(["/bin/b"]) }, _view)!;
        Assert.Equal((1, 1, "/bin/true"), (second.Fallback!.Generation, second.Fallback.RunId, ((ExecRun)second.Fallback.Spec.Run).Command[0]));
        Assert.Contains("update.autoRollback/1", second.Features);
        Hear(second);

        // Not proved yet, and scaled: what it would go back to stays.
        Hear(Said(2, run: 2, epoch: 2) with { IsOnTrial = true });
        Assert.Equal(1, Draft.Of(Name, tried with { Run = new ExecRun(["/bin/c"]) }, _view)!.Fallback!.RunId);
        var scaled = Draft.Of(Name, tried with { Run = new ExecRun(["/bin/b"]), Replicas = 9 }, _view)!;
        Assert.Equal((2, 1), (scaled.RunId, scaled.Fallback!.RunId));

        // Rolled out: it runs in each of its two slots.
        Hear(Said(2, run: 2, epoch: 2) with { Slot = new SlotId(Name, 1), IsOnTrial = true });
        Assert.Equal(2, Draft.Of(Name, tried with { Run = new ExecRun(["/bin/c"]) }, _view)!.Fallback!.RunId);

        // Proved by one slot and rejected by another.
        Hear(Said(2, run: 2, epoch: 3));
        Assert.Equal(2, Draft.Of(Name, tried with { Run = new ExecRun(["/bin/c"]) }, _view)!.Fallback!.RunId);
        Hear(Said(2, run: 1, epoch: 4) with { Rejected = 2 });
        Assert.Equal(1, Draft.Of(Name, tried with { Run = new ExecRun(["/bin/c"]) }, _view)!.Fallback!.RunId);

        // What it went back to runs: to want it is no other work.
        var undone = Draft.Of(Name, tried, _view)!;
        Assert.Equal((3, 1, null), (undone.Generation, undone.RunId, undone.Fallback));
    }

    [Fact]
    public void Voters_are_a_feature_and_no_change_of_the_work()
    {
        var voted = Spec with { Partition = PartitionPolicy.Exclusive, Voters = [NodeId.Parse("a"), NodeId.Parse("b"), NodeId.Parse("c")] };
        var first = Draft.Of(Name, voted, _view)!;
        Assert.Contains("partition.voters/1", first.Features);
        Hear(first);
        var other = Draft.Of(Name, voted with { Voters = [NodeId.Parse("a"), NodeId.Parse("b"), NodeId.Parse("d")] }, _view)!;
        Assert.True(other.ChangesVoters(first));
        Assert.False((other with { Incarnation = new(9) }).ChangesVoters(first));
        Assert.False(Draft.Of(Name, voted with { Replicas = 5 }, _view)!.ChangesVoters(first));
    }

    [Theory]
    [MemberData(nameof(Gentle))]
    public void A_change_that_needs_no_new_start_keeps_the_run(string what, WorkloadSpec changed)
    {
        var known = Hear(Draft.Of(Name, Spec, _view)!);
        var next = Draft.Of(Name, changed, _view);
        Assert.True(next is not null, $"{what} is no change");
        Assert.Equal((2, 1, known.Incarnation, known.Digest), (next.Generation, next.RunId, next.Incarnation, next.DerivedFrom));
    }

    [Theory]
    [MemberData(nameof(Hard))]
    public void A_change_of_the_work_begins_a_new_run(string what, WorkloadSpec changed)
    {
        Hear(Draft.Of(Name, Spec, _view)!);
        Hear(Draft.Of(Name, Spec with { Replicas = 5 }, _view)!);
        var next = Draft.Of(Name, changed, _view);
        Assert.True(next is { Generation: 3, RunId: 3 }, what);
    }

    [Fact]
    public void No_epoch_that_was_ever_seen_is_given_again()
    {
        Hear(Draft.Of(Name, Spec, _view)!);
        Hear(Claimed(index: 0, epoch: 4));
        Hear(Claimed(index: 1, epoch: 9));
        var next = Hear(Draft.Of(Name, Spec with { Replicas = 1 }, _view)!);
        Assert.Equal(9, next.EpochFloor);

        // The claims are cleared from the broker, and the floor stays.
        _view.Hear(_topics.Claim(new SlotId(Name, 0), Node), default, retained: false);
        _view.Hear(_topics.Claim(new SlotId(Name, 1), Node), default, retained: false);
        Assert.Equal(9, Draft.Of(Name, Spec with { Replicas = 4 }, _view)!.EpochFloor);
    }

    [Fact]
    public void A_name_used_again_follows_its_tombstone()
    {
        var known = Hear(Draft.Of(Name, Spec, _view)!);
        Hear(Claimed(index: 0, epoch: 6));
        var tombstone = Hear(Draft.Tombstone(known, _view));
        Assert.True(tombstone is { IsTombstone: true, Generation: 2, EpochFloor: 6 });
        Assert.Equal(known.Incarnation, tombstone.Incarnation);

        var again = Hear(Draft.Of(Name, Spec, _view)!);
        Assert.Equal((1, 6, known.Incarnation), (again.Generation, again.EpochFloor, again.Follows));
        Assert.NotEqual(known.Incarnation, again.Incarnation);
        Assert.Equal(known.Incarnation, Draft.Of(Name, Spec with { Replicas = 9 }, _view)!.Follows);
    }

    private Intent Hear(Intent draft)
    {
        var signed = IntentCodec.Sign(draft, _key, _topics);
        _view.Hear(_topics.Intent(Name), signed.Signed, retained: false);
        Assert.Equal(signed.Digest, _view.IntentOf(Name)!.Digest);
        return signed;
    }

    private void Hear(Claim claim) => _view.Hear(_topics.Claim(claim.Slot, claim.Node), WordCodec.Write(claim), retained: true);

    private Claim Said(long generation, long run, long epoch) => Claimed(index: 0, epoch) with { Generation = generation, RunId = run };

    private Claim Claimed(int index, long epoch) => new()
    {
        Slot = new SlotId(Name, index),
        Node = Node,
        Incarnation = _view.IntentOf(Name)!.Incarnation,
        Generation = 1,
        RunId = 1,
        Epoch = new(epoch),
        Phase = ClaimPhase.Running,
        Score = 1,
        Order = new(1, epoch),
        Instance = 7,
    };
}
