using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>The workloads of a run, and what operators do to them meanwhile.</summary>
/// <param name="chance">The seed's.</param>
/// <param name="nodes">Where it may run.</param>
internal sealed class WorkloadDrawer(SimRandom chance, IReadOnlyList<NodePlan> nodes)
{
    /// <summary>All that can be is exclusive.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>Nothing is.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Who grants exclusive work; empty: the broker's word is enough.</summary>
    public IReadOnlyList<NodeId> Voters { get; init; } = [];

    /// <summary>Only the first few are changed: what is done to the others by faults alone is not undone by the next generation.</summary>
    public bool LeavesAlone { get; init; }

    private const int ChangedLeast = 2;

    private const int SlotsLeast = 5;
    private const int WorkloadsLeast = 4;

    /// <summary>So that a run has something to deliver, and faults something to hit.</summary>
    private const int ChangesLeast = 100;
    private const int ChangesMost = 140;

    /// <summary>So few that a change is delivered to nobody much: there are more of them.</summary>
    private const int FewNodes = 5;

    /// <summary>A zone that no node is in.</summary>
    private const string Nowhere = "nowhere";

    public bool HasExclusive { get; private set; }

    public List<Act> Draw(TimeSpan faultTime)
    {
        var acts = new List<Act>();
        var latest = new List<(string Name, WorkloadSpec? Spec)>();
        var slots = 0;
        for (var i = 0; slots < SlotsLeast || i < WorkloadsLeast; i++)
        {
            var spec = DrawSpec(i);
            slots += spec.Requires.Labels.Values.Contains(Nowhere) ? 0 : spec.Replicas;
            latest.Add(($"work-{i + 1}", spec));
            acts.Add(new Act(ActKind.Apply, chance.Between(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(60)), $"work-{i + 1}", spec));
        }

        var changes = chance.Between(ChangesLeast, ChangesMost) + (LeavesAlone ? ChangesLeast / 2 : 0) + (nodes.Count < FewNodes ? ChangesLeast : 0);
        var times = Enumerable.Range(0, changes).Select(_ => chance.Between(TimeSpan.FromSeconds(61), faultTime)).Order();
        acts.AddRange(times.Select(at => Change(at, latest)));
        return [.. acts.OrderBy(a => a.At)];
    }

    private Act Change(TimeSpan at, List<(string Name, WorkloadSpec? Spec)> latest)
    {
        var which = chance.Below(LeavesAlone ? ChangedLeast : latest.Count);
        var (name, spec) = latest[which];
        if (spec is null)
        {
            // A name used again (traces.md, 18).
            latest[which] = (name, spec = DrawSpec(which));
            return new Act(ActKind.Apply, at, name, spec);
        }

        switch (chance.Below(10))
        {
            case 0 or 1 when which > 0:
                latest[which] = (name, null);
                return new Act(ActKind.Delete, at, name, null);
            case 2 or 3 or 4 when spec.Mode != WorkloadMode.Everywhere:
                spec = spec with { Replicas = chance.Between(1, 4) };
                latest[which] = (name, spec);
                return new Act(ActKind.Adjust, at, name, spec);
            case 5:
                return new Act(ActKind.Conflict, at, name, spec);
            case 6:
                return new Act(ActKind.Command, at, chance.Pick(nodes).Name, null);
            default:
                spec = spec with { Run = new ExecRun([.. ((ExecRun)spec.Run).Command.Take(1), $"{chance.Below(1000)}"]) };
                latest[which] = (name, spec);
                return new Act(ActKind.Apply, at, name, spec);
        }
    }

    private WorkloadSpec DrawSpec(int index)
    {
        var isJob = index > 0 && chance.Chance(250);
        var isEverywhere = index > 0 && !isJob && chance.Chance(150);
        var isChecked = !isJob && chance.Chance(250);
        var partition = DrawPartition(isEverywhere);
        return new WorkloadSpec
        {
            Run = new ExecRun([isJob ? SimWork.Job : SimWork.Service, $"{chance.Below(1000)}"]),
            Mode = isJob ? WorkloadMode.Job : isEverywhere ? WorkloadMode.Everywhere : WorkloadMode.Replicated,
            Replicas = isEverywhere ? 1 : chance.Between(1, 4),
            Partition = partition,
            LostAfter = TimeSpan.FromSeconds(chance.Between(2, 10)),
            Voters = partition == PartitionPolicy.Exclusive ? Voters : [],
            Lease = TimeSpan.FromSeconds(chance.Between(6, 20)),
            Policy = chance.Chance(700) ? PlacementPolicy.Spread : PlacementPolicy.Pack,
            Resources = new Resources(new(chance.Pick([100, 200, 400, 900])), new(64L << 20), default, 0),
            ProgressDeadline = TimeSpan.FromSeconds(chance.Between(8, 20)),
            Stop = new StopRule { Timeout = TimeSpan.FromSeconds(chance.Between(1, 4)) },
            Restart = new RestartPolicy(chance.Chance(800) ? RestartRule.Always : RestartRule.OnFailure),
            Job = new JobRule(chance.Between(2, 4)) { Backoff = TimeSpan.FromSeconds(chance.Between(1, 4)) },
            MaxUnavailable = chance.Between(1, 2),
            Health = isChecked ? new HealthRule(["/bin/health"]) { Interval = TimeSpan.FromSeconds(5), Failures = 2 } : null,
            Ready = isChecked ? new ReadyRule(["/bin/ready"]) { Interval = TimeSpan.FromSeconds(1) } : null,
            Requires = DrawRequirements(index),
            Tolerations = chance.Chance(300) ? [new Toleration("dedicated", "", null)] : [],
        };
    }

    private PartitionPolicy DrawPartition(bool isEverywhere)
    {
        if (isEverywhere || (chance.Chance(500) && !IsExclusive))
        {
            return PartitionPolicy.Failover;
        }

        var partition = IsPlain || (chance.Chance(500) && !IsExclusive) ? PartitionPolicy.Pin : PartitionPolicy.Exclusive;
        HasExclusive |= partition == PartitionPolicy.Exclusive;
        return partition;
    }

    private Requirements DrawRequirements(int index) => index == 0 || chance.Chance(800)
        ? new()
        : new() { Labels = new Dictionary<string, string> { ["zone"] = chance.Chance(800) ? chance.Pick(nodes).Zone : Nowhere } };
}
