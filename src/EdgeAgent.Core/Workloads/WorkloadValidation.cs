namespace EdgeAgent.Core.Workloads;

/// <summary>What is wrong with one field: its path as in the manifest (<c>spec.replicas</c>), and what was expected.</summary>
public readonly record struct FieldError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>
/// The rules that hold whoever made the spec: <c>edgectl</c> checks before it sends, an agent checks what it received.
/// What the types already guarantee isn't checked again.
/// </summary>
public static class WorkloadValidation
{
    public static IReadOnlyList<FieldError> Validate(WorkloadSpec spec)
    {
        var errors = new List<FieldError>();
        Range(errors, "spec.replicas", spec.Replicas, 0, WorkloadLimits.ReplicasMax);
        if (spec.Mode == WorkloadMode.Everywhere && spec.Replicas != 1)
        {
            errors.Add(new("spec.replicas", "an everywhere workload runs once on each node: leave it out"));
        }

        Range(errors, "spec.priority", spec.Priority, WorkloadLimits.PriorityMin, WorkloadLimits.PriorityMax);
        Duration(errors, "spec.lostAfter", spec.LostAfter, WorkloadLimits.LostAfterMin, WorkloadLimits.DurationMax);
        Duration(errors, "spec.progressDeadline", spec.ProgressDeadline, TimeSpan.FromSeconds(1), WorkloadLimits.DurationMax);
        Duration(errors, "spec.stop.timeout", spec.Stop.Timeout, TimeSpan.Zero, WorkloadLimits.StopTimeoutMax);
        Range(errors, "spec.stop.signal", spec.Stop.Signal, 1, WorkloadLimits.SignalMax);
        Duration(errors, "spec.restart.backoffMax", spec.Restart.BackoffMax, TimeSpan.FromMilliseconds(100), WorkloadLimits.DurationMax);
        Range(errors, "spec.job.attempts", spec.Job.Attempts, 1, WorkloadLimits.AttemptsMax);
        Duration(errors, "spec.job.backoff", spec.Job.Backoff, TimeSpan.Zero, WorkloadLimits.DurationMax);
        Duration(errors, "spec.job.deadline", spec.Job.Deadline, TimeSpan.Zero, WorkloadLimits.DurationMax);
        Range(errors, "spec.update.maxUnavailable", spec.MaxUnavailable, 1, WorkloadLimits.ReplicasMax);
        if (spec.AutoRollback && spec.Mode != WorkloadMode.Replicated)
        {
            errors.Add(new("spec.update.autoRollback", "only work of mode replicated goes back by itself: a job is over when it is done, and of work that runs everywhere each node knows only its own"));
        }

        Range(errors, "spec.resources.cpu", spec.Resources.Cpu.Value, 0, WorkloadLimits.MilliCpuMax);
        if (spec.CpuMax.Value != 0)
        {
            Range(errors, "spec.resources.cpuMax", spec.CpuMax.Value, Math.Max(WorkloadLimits.CeilingMin, spec.Resources.Cpu.Value), WorkloadLimits.MilliCpuMax, "m");
        }

        Range(errors, "spec.resources.memory", spec.Resources.Memory.Value, 0, WorkloadLimits.BytesMax);
        Range(errors, "spec.resources.disk", spec.Resources.Disk.Value, 0, WorkloadLimits.BytesMax);
        Range(errors, "spec.resources.tasks", spec.Resources.Tasks, 0, WorkloadLimits.TasksMax);
        Devices(errors, spec);
        ConfinementValidation.Check(errors, spec);
        Run(errors, spec);
        Exclusive(errors, spec);
        Checks(errors, spec);
        Selection(errors, spec);
        return errors;
    }

    private static void Devices(List<FieldError> errors, WorkloadSpec spec)
    {
        Range(errors, "spec.resources.devices", spec.Devices.Count, 0, WorkloadLimits.DeviceKindsMax, " kinds");
        foreach (var (kind, milli) in spec.Devices)
        {
            Kind(errors, "spec.resources.devices", kind);
            if (milli is <= 0 or > WorkloadLimits.DevicesMax * DeviceRequest.Whole || (milli > DeviceRequest.Whole && milli % DeviceRequest.Whole != 0))
            {
                errors.Add(new($"spec.resources.devices.{Shorten(kind)}", $"is {DeviceRequest.Text(milli)}: a share of one device is 1m to 999m, and more are whole ones, 1 to {WorkloadLimits.DevicesMax}"));
            }
        }

        if (spec.Devices.DistinctBy(d => d.Kind).Count() != spec.Devices.Count)
        {
            errors.Add(new("spec.resources.devices", "has a kind twice"));
        }

        Range(errors, "spec.requires.devices", spec.Requires.Devices.Count, 0, WorkloadLimits.DeviceKindsMax, " kinds");
        foreach (var (kind, count) in spec.Requires.Devices)
        {
            Kind(errors, "spec.requires.devices", kind);
            Range(errors, $"spec.requires.devices.{Shorten(kind)}", count, 1, WorkloadLimits.DevicesMax);
        }
    }

    private static void Kind(List<FieldError> errors, string path, string kind)
    {
        if (!DeviceRequest.IsKind(kind))
        {
            errors.Add(new($"{path}.{Shorten(kind)}", $"a kind of device begins with a small letter and has small letters, digits and - _ . / only, at most {WorkloadLimits.LabelLengthMax}"));
        }
    }

    private static void Run(List<FieldError> errors, WorkloadSpec spec)
    {
        switch (spec.Run)
        {
            case ExecRun exec:
                Exec(errors, exec);
                break;
            case UnitRun unit:
                Unit(errors, unit);
                OwnRules(errors, spec);
                break;
        }
    }

    private static void Unit(List<FieldError> errors, UnitRun run)
    {
        var field = run.Portable is null ? "spec.run.unit.name" : "spec.run.portable.unit";
        if (!UnitNameText.IsValid(run.Unit))
        {
            errors.Add(new(field, $"'{Shorten(run.Unit)}' is no name of a unit: expected one such as grafana.service (systemd.unit(5))"));
        }
        else if (run.Unit.StartsWith(UnitNameText.WorkPrefix, StringComparison.Ordinal))
        {
            errors.Add(new(field, $"names that start with {UnitNameText.WorkPrefix} are the agent's own units"));
        }

        if (run.Portable is { } image)
        {
            Text(errors, "spec.run.portable.image", image.Path);
            if (image.Path.Length == 0 || (image.Path.Contains('/', StringComparison.Ordinal) && image.Path[0] != '/'))
            {
                errors.Add(new("spec.run.portable.image", $"'{Shorten(image.Path)}' must be an absolute path, or the name of an image in /var/lib/portables"));
            }

            if (image.Profile.Length == 0 || image.Profile.AsSpan().IndexOfAnyExcept(EnvironmentNameCharacters) >= 0)
            {
                errors.Add(new("spec.run.portable.profile", $"'{Shorten(image.Profile)}' is no profile: default, strict, trusted or nonetwork (portablectl(1))"));
            }
        }
    }

    /// <summary>What a unit's own file says, a manifest doesn't: it would be accepted and ignored.</summary>
    private static void OwnRules(List<FieldError> errors, WorkloadSpec spec)
    {
        void Refuse(bool isSet, string field, string option)
        {
            if (isSet)
            {
                errors.Add(new(field, $"goes with run.exec: of a unit its own file says it ({option}=)"));
            }
        }

        Refuse(spec.Sandbox != SandboxLevel.Default, "spec.security.sandbox", "ProtectSystem");
        Refuse(spec.DeviceNodes.Count > 0, "spec.security.devices", "DeviceAllow");
        Refuse(spec.AppArmor is not null, "spec.security.apparmor", "AppArmorProfile");
        Refuse(spec.Files is not null, "spec.files", "AppArmorProfile");
        Refuse(spec.Network is not null, "spec.network", "IPAddressAllow");
        Refuse(spec.CpuMax.Value != 0, "spec.resources.cpuMax", "CPUQuota");
        Refuse(spec.KeepsState, "spec.state", "StateDirectory");
        Refuse(spec.Restart != new RestartPolicy(), "spec.restart", "Restart");
        Refuse(spec.Stop.Signal != WorkloadSpec.Defaults.SigTerm, "spec.stop.signal", "KillSignal");
    }

    private static void Exclusive(List<FieldError> errors, WorkloadSpec spec)
    {
        if (!spec.IsExclusive)
        {
            if (spec.Voters.Count > 0)
            {
                errors.Add(new("spec.exclusive.voters", "goes with partition: exclusive"));
            }

            return;
        }

        if (spec.Voters.Count is not 0 and (< WorkloadLimits.VotersMin or > WorkloadLimits.VotersMax) || spec.Voters.Distinct().Count() != spec.Voters.Count)
        {
            errors.Add(new("spec.exclusive.voters", $"expected {WorkloadLimits.VotersMin} to {WorkloadLimits.VotersMax} different nodes: with an odd number most of them may fail"));
        }

        Duration(errors, "spec.exclusive.lease", spec.Lease, WorkloadLimits.LeaseMin, WorkloadLimits.LeaseMax);
        if (spec.Mode == WorkloadMode.Everywhere)
        {
            errors.Add(new("spec.partition", "exclusive work runs at most once in the cell, and everywhere work on every node: take one of them"));
        }

        if (spec.Run is not ExecRun)
        {
            errors.Add(new("spec.partition", "exclusive goes with run.exec: a unit whose file is the device's own can't be fenced, and its file says how long it may take to stop"));
        }
    }

    private static void Exec(List<FieldError> errors, ExecRun run)
    {
        Command(errors, "spec.run.exec.command", run.Command, run.Artifact is not null);
        if (run.Artifact is { } artifact)
        {
            if (Artifact.FaultOf(artifact.Url) is { Length: > 0 } fault)
            {
                // Not with the address: there may be a password in it.
                errors.Add(new("spec.run.exec.artifact.url", fault));
            }

            if (!Artifact.IsDigest(artifact.Sha256))
            {
                errors.Add(new("spec.run.exec.artifact.sha256", $"'{Shorten(artifact.Sha256)}' is no digest: expected the {Artifact.DigestLength} digits that sha256sum prints, in small letters"));
            }
        }

        Range(errors, "spec.run.exec.env", run.Environment.Count, 0, WorkloadLimits.EnvironmentMax, " variables");
        foreach (var (name, value) in run.Environment)
        {
            if (name.Length == 0 || name.AsSpan().IndexOfAnyExcept(EnvironmentNameCharacters) >= 0 || char.IsAsciiDigit(name[0]))
            {
                errors.Add(new($"spec.run.exec.env.{Shorten(name)}", "a variable's name has letters, digits and '_' only, and starts with no digit"));
            }
            else if (name.StartsWith("EDGE_", StringComparison.Ordinal))
            {
                errors.Add(new($"spec.run.exec.env.{Shorten(name)}", "names that start with EDGE_ are set by the agent"));
            }

            Text(errors, $"spec.run.exec.env.{Shorten(name)}", value);
        }
    }

    private static void Command(List<FieldError> errors, string path, IReadOnlyList<string> command, bool hasArtifact)
    {
        Range(errors, path, command.Count, 1, WorkloadLimits.ArgumentsMax, " words");
        if (command.Count > 0 && !command[0].StartsWith('/') && !(hasArtifact && Artifact.IsWithin(command[0])))
        {
            var orWithin = hasArtifact ? ", or a path in the artifact such as ./bin/infer" : "";
            errors.Add(new($"{path}[0]", $"'{Shorten(command[0])}' must be an absolute path, for example /usr/bin/{Shorten(command[0])}{orWithin}: a device has no shell's PATH"));
        }

        for (var i = 0; i < command.Count; i++)
        {
            Text(errors, $"{path}[{i}]", command[i]);
        }
    }

    private static void Checks(List<FieldError> errors, WorkloadSpec spec)
    {
        foreach (var (path, rule) in (ReadOnlySpan<(string, CheckRule?)>)[("spec.health", spec.Health), ("spec.ready", spec.Ready)])
        {
            if (rule is not null)
            {
                Command(errors, $"{path}.exec", rule.Command, spec.Run is ExecRun { Artifact: not null });
                Duration(errors, $"{path}.interval", rule.Interval, WorkloadLimits.CheckTimeMin, WorkloadLimits.CheckTimeMax);
                Duration(errors, $"{path}.timeout", rule.Timeout, WorkloadLimits.CheckTimeMin, WorkloadLimits.CheckTimeMax);
            }
        }

        if (spec.Health is { } health)
        {
            Range(errors, "spec.health.failures", health.Failures, 1, WorkloadLimits.CheckFailuresMax);
        }

        if (spec.Ready is not null && spec.Mode == WorkloadMode.Job)
        {
            errors.Add(new("spec.ready", "a job serves nobody and is done when it succeeds: leave it out"));
        }
    }

    private static void Selection(List<FieldError> errors, WorkloadSpec spec)
    {
        Labels(errors, "metadata.labels", spec.Labels);
        Labels(errors, "spec.requires.labels", spec.Requires.Labels);
        Range(errors, "spec.requires.facts", spec.Requires.Facts.Count, 0, WorkloadLimits.FactsMax, " expressions");
        Range(errors, "spec.prefers", spec.Prefers.Count, 0, WorkloadLimits.PrefersMax, " preferences");
        Range(errors, "spec.tolerations", spec.Tolerations.Count, 0, WorkloadLimits.TolerationsMax, " tolerations");
        for (var i = 0; i < spec.Prefers.Count; i++)
        {
            Range(errors, $"spec.prefers[{i}].weight", spec.Prefers[i].Weight, 1, WorkloadLimits.WeightMax);
            Labels(errors, $"spec.prefers[{i}].labels", spec.Prefers[i].Labels);
        }

        if (spec.Spread is { } rule)
        {
            Spread(errors, rule, spec.Mode);
        }

        Range(errors, "spec.apart", spec.Apart.Count, 0, WorkloadLimits.ApartMax, " workloads");
        for (var i = 0; i < spec.Apart.Count; i++)
        {
            if (spec.Apart.Take(i).Contains(spec.Apart[i]))
            {
                errors.Add(new($"spec.apart[{i}]", $"{spec.Apart[i]} is named twice"));
            }
        }
    }

    private static void Spread(List<FieldError> errors, SpreadRule rule, WorkloadMode mode)
    {
        if (mode == WorkloadMode.Everywhere)
        {
            errors.Add(new("spec.spread", "work that runs on every node is in every domain: leave it out"));
        }

        Range(errors, "spec.spread.by", rule.By.Length, 1, WorkloadLimits.LabelLengthMax, " characters");
        Range(errors, "spec.spread.domains", rule.Domains.Count, 1, WorkloadLimits.DomainsMax, " values of the label");
        for (var i = 0; i < rule.Domains.Count; i++)
        {
            if (rule.Domains[i].Length > WorkloadLimits.LabelLengthMax || rule.Domains.Take(i).Contains(rule.Domains[i]))
            {
                errors.Add(new($"spec.spread.domains[{i}]", $"a label's value has at most {WorkloadLimits.LabelLengthMax} characters, and each domain is named once"));
            }
        }
    }

    private static readonly System.Buffers.SearchValues<char> EnvironmentNameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static void Labels(List<FieldError> errors, string path, IReadOnlyDictionary<string, string> labels)
    {
        Range(errors, path, labels.Count, 0, WorkloadLimits.LabelsMax, " labels");
        foreach (var (key, value) in labels)
        {
            if (key.Length is 0 or > WorkloadLimits.LabelLengthMax || value.Length > WorkloadLimits.LabelLengthMax)
            {
                errors.Add(new($"{path}.{Shorten(key)}", $"a label's key has 1 to {WorkloadLimits.LabelLengthMax} characters, its value at most as many"));
            }
        }
    }

    private static void Text(List<FieldError> errors, string path, string text)
    {
        if (text.Length > WorkloadLimits.ArgumentLengthMax || text.Contains('\0'))
        {
            errors.Add(new(path, $"at most {WorkloadLimits.ArgumentLengthMax} characters, and none of them NUL"));
        }
    }

    internal static void Range(List<FieldError> errors, string path, long value, long min, long max, string unit = "")
    {
        if (value < min || value > max)
        {
            errors.Add(new(path, $"is {value}{unit}, must be {min} to {max}{unit}"));
        }
    }

    private static void Duration(List<FieldError> errors, string path, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            errors.Add(new(path, $"is {value.TotalSeconds:0.###}s, must be {min.TotalSeconds:0.###}s to {max.TotalSeconds:0}s"));
        }
    }

    internal static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
