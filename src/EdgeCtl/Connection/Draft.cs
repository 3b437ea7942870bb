using System.Security.Cryptography;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;

namespace EdgeCtl.Connection;

/// <summary>The next word of an operator on a workload, derived from what the cell knows.</summary>
public static class Draft
{
    /// <summary>Null where nothing would change.</summary>
    public static Intent? Of(WorkloadName name, WorkloadSpec spec, FleetView view)
    {
        var known = view.IntentOf(name);
        var isNew = known is null || known.IsTombstone;
        if (!isNew && Same(known!.Spec!, spec))
        {
            return null;
        }

        var isOtherWork = isNew || !Same(Work(known!.Spec!), Work(spec));
        return Next(name, spec, view, isOtherWork, isOtherWork && !isNew && HasOtherLimitsOnly(known!.Spec!, spec));
    }

    /// <summary>The same once more, as other work: everything is started anew.</summary>
    public static Intent Again(Intent known, FleetView view) => Next(known.Workload, known.Spec!, view, isOtherWork: true);

    private static Intent Next(WorkloadName name, WorkloadSpec spec, FleetView view, bool isOtherWork, bool hasOtherLimitsOnly = false)
    {
        var known = view.IntentOf(name);
        var isNew = known is null || known.IsTombstone;
        var generation = isNew ? 1 : known!.Generation + 1;
        List<Claim> claims = [.. view.ClaimsOf(name)];

        // The cell has gone back to this already: it runs, and goes on.
        var isBack = !isNew && known!.Fallback is { } back && Same(Work(back.Spec), Work(spec)) && claims.Exists(c => Trial.IsRejection(c, known));
        var fallback = isNew || isBack ? null : Fallback.Of(known, Trial.HasPassed(known!, claims), spec, isOtherWork);
        return new Intent
        {
            Workload = name,
            Incarnation = isNew ? Incarnation.FromBytes(RandomNumberGenerator.GetBytes(Incarnation.ByteCount)) : known!.Incarnation,
            Generation = generation,
            Digest = default,
            Signed = default,
            Spec = spec,
            RunId = isBack ? known!.Fallback!.RunId : isOtherWork ? generation : known!.RunId,
            StartId = isBack || (isOtherWork && !hasOtherLimitsOnly) ? 0 : isOtherWork && known!.StartId == 0 ? known.RunId : known!.StartId,
            EpochFloor = Floor(name, known, view),
            Follows = isNew ? known?.Incarnation ?? default : known!.Follows,
            DerivedFrom = known?.Digest ?? default,
            Fallback = fallback,
            Features = [.. Features(spec).Union(fallback is not null && spec.AutoRollback ? Features(fallback.Spec) : [])],
            SignedAt = DateTimeOffset.UtcNow,
        };
    }

    public static Intent Tombstone(Intent known, FleetView view) => known with
    {
        Generation = known.Generation + 1,
        Spec = null,
        Fallback = null,
        EpochFloor = Floor(known.Workload, known, view),
        DerivedFrom = known.Digest,
        Features = [],
        SignedAt = DateTimeOffset.UtcNow,
    };

    /// <summary>What an agent must be able to do for it.</summary>
    public static IReadOnlyList<string> Features(WorkloadSpec spec)
    {
        var features = new List<string> { spec.Run.Feature };
        Add(spec.Mode == WorkloadMode.Everywhere, "mode.everywhere/1");
        Add(spec.Mode == WorkloadMode.Job, "mode.job/1");
        Add(spec.Health is not null, "health.exec/1");
        Add(spec.Ready is not null, "ready.exec/1");
        Add(spec.IsExclusive, "partition.exclusive/1");
        Add(spec.Voters.Count > 0, "partition.voters/1");
        Add(spec.AutoRollback, "update.autoRollback/1");
        Add(spec.IsPaused, "update.paused/1");
        Add(spec.Devices.Count > 0, "resources.devices/1");
        Add(spec.Requires.Devices.Count > 0, "requires.devices/1");
        Add(spec.Policy == PlacementPolicy.Fragmentation, "policy.fragmentation/1");
        Add(spec.Spread is not null, "spread.domains/1");
        Add(spec.Apart.Count > 0, "placement.apart/1");
        Add(spec.Sandbox == SandboxLevel.Strict, "sandbox.strict/1");
        Add(spec.Sandbox == SandboxLevel.Relaxed, "sandbox.relaxed/1");
        Add(spec.DeviceNodes.Count > 0, "sandbox.devices/1");
        Add(spec.CpuMax.Value != 0, "resources.cpuMax/1");
        Add(spec.AppArmor is not null, "security.apparmor/1");
        Add(spec.Files is not null, "files/1");
        Add(spec.Network is not null, "network/1");
        Add(spec.KeepsState, "state.folder/1");
        Add(spec.Run is ExecRun { Artifact: not null }, Artifact.Feature);
        return features;

        void Add(bool isNeeded, string feature) => features.AddRange(isNeeded ? [feature] : []);
    }

    /// <summary>Claims may be cleared after this word; no epoch of theirs may be given again.</summary>
    private static long Floor(WorkloadName name, Intent? known, FleetView view) =>
        view.ClaimsOf(name).Select(c => c.Epoch.Value).Append(known?.EpochFloor ?? 0).Max();

    /// <summary>What runs can be given them: limits can be set and changed, and none is taken away, for what systemd would do without it is its own configuration's to say.</summary>
    private static bool HasOtherLimitsOnly(WorkloadSpec before, WorkloadSpec after)
    {
        var (had, has) = (before.Resources, after.Resources);
        return Same(Work(before with { Resources = default }), Work(after with { Resources = default }))
            && (had.Cpu.Value == 0 || has.Cpu.Value > 0) && (had.Memory.Value == 0 || has.Memory.Value > 0) && (had.Tasks == 0 || has.Tasks > 0);
    }

    /// <summary>The part whose change needs the work to be started anew.</summary>
    private static WorkloadSpec Work(WorkloadSpec spec)
    {
        var plain = new WorkloadSpec { Run = spec.Run };
        return spec with
        {
            Replicas = plain.Replicas,
            Labels = plain.Labels,
            // Exclusive work is started within a fence; between the others nothing is another about its process.
            Partition = spec.IsExclusive ? spec.Partition : plain.Partition,
            Lease = plain.Lease,
            Voters = plain.Voters,
            LostAfter = plain.LostAfter,
            Policy = plain.Policy,
            StaysPut = plain.StaysPut,
            Priority = plain.Priority,
            Prefers = plain.Prefers,
            Spread = plain.Spread,
            Apart = plain.Apart,
            ProgressDeadline = plain.ProgressDeadline,
            Health = spec.HasWrittenProfile && spec.Health is { } health ? new HealthRule([.. health.Command.Take(1)]) : plain.Health,
            Ready = spec.HasWrittenProfile && spec.Ready is { } ready ? new ReadyRule([.. ready.Command.Take(1)]) : plain.Ready,
            MaxUnavailable = plain.MaxUnavailable,
            AutoRollback = plain.AutoRollback,
            IsPaused = plain.IsPaused,
        };
    }

    private static bool Same(WorkloadSpec a, WorkloadSpec b) =>
        Proto.Write(SpecCodec.ToWire(a)).AsSpan().SequenceEqual(Proto.Write(SpecCodec.ToWire(b)));
}
