using System.Security.Cryptography;
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

        var generation = isNew ? 1 : known!.Generation + 1;
        return new Intent
        {
            Workload = name,
            Incarnation = isNew ? Incarnation.FromBytes(RandomNumberGenerator.GetBytes(Incarnation.ByteCount)) : known!.Incarnation,
            Generation = generation,
            Digest = default,
            Signed = default,
            Spec = spec,
            RunId = !isNew && Same(Work(known!.Spec!), Work(spec)) ? known.RunId : generation,
            EpochFloor = Floor(name, known, view),
            Follows = isNew ? known?.Incarnation ?? default : known!.Follows,
            DerivedFrom = known?.Digest ?? default,
            Features = Features(spec),
            SignedAt = DateTimeOffset.UtcNow,
        };
    }

    public static Intent Tombstone(Intent known, FleetView view) => known with
    {
        Generation = known.Generation + 1,
        Spec = null,
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
        Add(spec.Devices.Count > 0, "resources.devices/1");
        Add(spec.Requires.Devices.Count > 0, "requires.devices/1");
        Add(spec.Policy == PlacementPolicy.Fragmentation, "policy.fragmentation/1");
        return features;

        void Add(bool isNeeded, string feature) => features.AddRange(isNeeded ? [feature] : []);
    }

    /// <summary>Claims may be cleared after this word; no epoch of theirs may be given again.</summary>
    private static long Floor(WorkloadName name, Intent? known, FleetView view) =>
        view.ClaimsOf(name).Select(c => c.Epoch.Value).Append(known?.EpochFloor ?? 0).Max();

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
            Prefers = plain.Prefers,
            ProgressDeadline = plain.ProgressDeadline,
            Health = plain.Health,
            Ready = plain.Ready,
            MaxUnavailable = plain.MaxUnavailable,
        };
    }

    private static bool Same(WorkloadSpec a, WorkloadSpec b) =>
        Proto.Write(SpecCodec.ToWire(a)).AsSpan().SequenceEqual(Proto.Write(SpecCodec.ToWire(b)));
}
