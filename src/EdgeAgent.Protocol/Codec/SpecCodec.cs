using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>A workload's spec to and from the wire.</summary>
public static class SpecCodec
{
    public static WireSpec ToWire(WorkloadSpec spec) => new()
    {
        Mode = WireEnum.Write(spec.Mode),
        Replicas = spec.Replicas,
        Partition = WireEnum.Write(spec.Partition),
        LostAfterMs = Ms(spec.LostAfter),
        Policy = WireEnum.Write(spec.Policy),
        Exec = spec.Run is ExecRun exec ? new WireExec { Command = [.. exec.Command], Environment = Pairs.ToWire(exec.Environment), Artifact = exec.Artifact is { } artifact ? new WireArtifact { Url = artifact.Url, Sha256 = artifact.Sha256 } : null } : null,
        Unit = spec.Run is UnitRun unit ? new WireUnit { Name = unit.Unit, Image = unit.Portable?.Path, Profile = unit.Portable?.Profile } : null,
        Resources = ToWire(spec.Resources),
        JobAttempts = spec.Job.Attempts,
        JobBackoffMs = Ms(spec.Job.Backoff),
        JobDeadlineMs = Ms(spec.Job.Deadline),
        ProgressDeadlineMs = Ms(spec.ProgressDeadline),
        StopTimeoutMs = Ms(spec.Stop.Timeout),
        StopSignal = spec.Stop.Signal,
        RestartRule = WireEnum.Write(spec.Restart.Rule),
        RestartBackoffMaxMs = Ms(spec.Restart.BackoffMax),
        Architectures = [.. spec.Requires.Architectures],
        RequiredLabels = Pairs.ToWire(spec.Requires.Labels),
        RequiredFacts = [.. spec.Requires.Facts],
        Prefers = [.. spec.Prefers.Select(p => new WirePreference { Weight = p.Weight, Labels = Pairs.ToWire(p.Labels) })],
        Tolerations = [.. spec.Tolerations.Select(t => new WireToleration { Key = t.Key, Value = t.Value, Effect = t.Effect is { } e ? WireEnum.Write(e) : 0 })],
        MaxUnavailable = spec.MaxUnavailable,
        AutoRollback = spec.AutoRollback,
        Paused = spec.IsPaused,
        Priority = spec.Priority,
        Sandbox = WireEnum.Write(spec.Sandbox),
        Labels = Pairs.ToWire(spec.Labels),
        Health = ToWire(spec.Health, spec.Health?.Failures ?? 0),
        Ready = ToWire(spec.Ready, 0),
        LeaseMs = spec.IsExclusive ? Ms(spec.Lease) : 0,
        Voters = [.. spec.Voters.Select(v => v.Value)],
        Devices = DeviceCodec.ToWire(spec.Devices),
        RequiredDevices = DeviceCodec.ToWire(spec.Requires.Devices),
        Spread = spec.Spread is { } spread ? new WireSpread { By = spread.By, Domains = [.. spread.Domains], Hard = spread.IsHard } : null,
        Apart = [.. spec.Apart.Select(w => w.Value)],
        StaysPut = spec.StaysPut,
        DeviceNodes = [.. spec.DeviceNodes],
        KeepsState = spec.KeepsState,
        CpuMaxMilli = spec.CpuMax.Value,
        AppArmor = spec.AppArmor is { } rule ? new WireAppArmor { Profile = rule.Profile, Complain = rule.IsComplaining } : null,
        Files = spec.Files is { } files ? new WireFiles { Read = [.. files.Read], Write = [.. files.Write], Execute = [.. files.Execute] } : null,
        Network = spec.Network is { } network ? new WireNetwork { Connect = [.. network.Connect], Listen = [.. network.Listen] } : null,
    };

    /// <summary>False for a spec that says impossible things; what was left out is the default.</summary>
    public static bool TryFromWire(WireSpec wire, out WorkloadSpec spec, out string error)
    {
        spec = null!;
        if (!WireEnum.TryRead(wire.Mode, out WorkloadMode mode) || !WireEnum.TryRead(wire.Partition, out PartitionPolicy partition)
            || !WireEnum.TryRead(wire.Policy, out PlacementPolicy policy) || !WireEnum.TryRead(wire.RestartRule, out RestartRule restart)
            || !WireEnum.TryRead(wire.Sandbox, out SandboxLevel sandbox) || !TryTolerations(wire, out var tolerations))
        {
            error = "it has a mode, policy, rule or effect that this agent does not know";
            return false;
        }

        var voters = new List<NodeId>();
        foreach (var name in wire.Voters)
        {
            if (!NodeId.TryParse(name, out var voter))
            {
                error = $"'{name}' among its voters is no node's name";
                return false;
            }

            voters.Add(voter);
        }

        var apart = new List<WorkloadName>();
        foreach (var text in wire.Apart)
        {
            if (!WorkloadName.TryParse(text, out var other))
            {
                error = $"'{text}' is no workload's name, and it is to be apart from that";
                return false;
            }

            apart.Add(other);
        }

        spec = new WorkloadSpec
        {
            Mode = mode,
            Replicas = wire.Replicas,
            Partition = partition,
            Lease = wire.LeaseMs == 0 ? WorkloadSpec.Defaults.Lease : Span(wire.LeaseMs),
            Voters = voters,
            LostAfter = Span(wire.LostAfterMs),
            Policy = policy,
            Run = RunOf(wire),
            Resources = FromWire(wire.Resources) with { Devices = default },
            Devices = DeviceCodec.FromWire(wire.Devices),
            Job = new JobRule(wire.JobAttempts) { Backoff = Span(wire.JobBackoffMs), Deadline = Span(wire.JobDeadlineMs) },
            ProgressDeadline = Span(wire.ProgressDeadlineMs),
            Stop = new StopRule(wire.StopSignal) { Timeout = Span(wire.StopTimeoutMs) },
            Restart = new RestartPolicy(restart) { BackoffMax = Span(wire.RestartBackoffMaxMs) },
            Requires = new Requirements { Architectures = wire.Architectures, Labels = Pairs.FromWire(wire.RequiredLabels), Facts = wire.RequiredFacts, Devices = DeviceCodec.FromWire(wire.RequiredDevices) },
            Prefers = [.. wire.Prefers.Select(p => new Preference(p.Weight, Pairs.FromWire(p.Labels)))],
            Tolerations = tolerations,
            MaxUnavailable = wire.MaxUnavailable,
            AutoRollback = wire.AutoRollback,
            IsPaused = wire.Paused,
            Priority = wire.Priority,
            Sandbox = sandbox,
            DeviceNodes = wire.DeviceNodes,
            KeepsState = wire.KeepsState,
            CpuMax = new(wire.CpuMaxMilli),
            AppArmor = wire.AppArmor is { } rule ? new AppArmorRule { Profile = rule.Profile ?? "", IsComplaining = rule.Complain } : null,
            Files = wire.Files is { } files ? new FileRules { Read = files.Read, Write = files.Write, Execute = files.Execute } : null,
            Network = wire.Network is { } network ? new NetworkRules { Connect = network.Connect, Listen = network.Listen } : null,
            Labels = Pairs.FromWire(wire.Labels),
            Health = wire.Health is { } h ? new HealthRule(h.Command) { Interval = Span(h.IntervalMs), Timeout = Span(h.TimeoutMs), Failures = h.Failures } : null,
            Spread = wire.Spread is { } s ? new SpreadRule(s.By ?? "", s.Domains) { IsHard = s.Hard } : null,
            Apart = apart,
            StaysPut = wire.StaysPut,
            Ready = wire.Ready is { } r ? new ReadyRule(r.Command) { Interval = Span(r.IntervalMs), Timeout = Span(r.TimeoutMs) } : null,
        };
        var errors = WorkloadValidation.Validate(spec);
        error = errors.Count == 0 ? "" : errors[0].ToString();
        return errors.Count == 0;
    }

    public static WireResources ToWire(Resources resources) => new()
    {
        CpuMilli = resources.Cpu.Value,
        MemoryBytes = resources.Memory.Value,
        DiskBytes = resources.Disk.Value,
        Tasks = resources.Tasks,
        Devices = DeviceCodec.ToWire(resources.Devices),
    };

    public static Resources FromWire(WireResources? wire) =>
        wire is null ? default : new(new(wire.CpuMilli), new(wire.MemoryBytes), new(wire.DiskBytes), wire.Tasks) { Devices = DeviceCodec.FromWire(wire.Devices) };

    private static WireCheck? ToWire(CheckRule? rule, int failures) => rule is null ? null : new WireCheck
    {
        Command = [.. rule.Command],
        IntervalMs = Ms(rule.Interval),
        TimeoutMs = Ms(rule.Timeout),
        Failures = failures,
    };

    private static bool TryTolerations(WireSpec wire, out List<Toleration> tolerations)
    {
        tolerations = [];
        foreach (var t in wire.Tolerations)
        {
            TaintEffect effect = default;
            if (t.Effect != 0 && !WireEnum.TryRead(t.Effect, out effect))
            {
                return false;
            }

            tolerations.Add(new(t.Key ?? "", t.Value ?? "", t.Effect == 0 ? null : effect));
        }

        return true;
    }

    /// <summary>A kind that isn't known here reads as a program without a name: the validation says so.</summary>
    private static WorkRun RunOf(WireSpec wire) => wire.Unit is { } unit
        ? new UnitRun(unit.Name ?? "") { Portable = unit.Image is { } image ? new PortableImage(image) { Profile = unit.Profile ?? WorkloadSpec.Defaults.PortableProfile } : null }
        : new ExecRun(wire.Exec?.Command ?? []) { Environment = Pairs.FromWire(wire.Exec?.Environment ?? []), Artifact = wire.Exec?.Artifact is { } artifact ? new Artifact(artifact.Url ?? "", artifact.Sha256 ?? "") : null };

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;

    /// <summary>Beyond what a TimeSpan holds, the greatest: the validation then names the field.</summary>
    private static TimeSpan Span(long ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, -1, (long)TimeSpan.MaxValue.TotalMilliseconds / 2));
}
