using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Output;

/// <summary>A spec as the manifest's fields and their values, for people.</summary>
internal static class SpecText
{
    public static IEnumerable<(string Name, string Value)> Fields(WorkloadSpec spec)
    {
        yield return ("mode", spec.Mode.ToString().ToLowerInvariant());
        yield return ("replicas", $"{spec.Replicas}");
        yield return ("partition", spec.Partition.ToString().ToLowerInvariant());
        if (spec.IsExclusive)
        {
            yield return ("exclusive.lease", DurationText.Format(spec.Lease));
        }

        if (spec.Voters.Count > 0)
        {
            yield return ("exclusive.voters", string.Join(", ", spec.Voters));
        }

        yield return ("lostAfter", DurationText.Format(spec.LostAfter));
        yield return ("priority", $"{spec.Priority}");
        yield return ("policy", spec.Policy.ToString().ToLowerInvariant());
        if (spec.StaysPut)
        {
            yield return ("rebalance", "false");
        }

        foreach (var field in Fields(spec.Run))
        {
            yield return field;
        }

        yield return ("resources", $"cpu {spec.Resources.Cpu}, memory {spec.Resources.Memory}, disk {spec.Resources.Disk}, tasks {spec.Resources.Tasks}{(spec.CpuMax.Value == 0 ? "" : $", cpu at most {spec.CpuMax}")}");
        foreach (var request in spec.Devices)
        {
            yield return ($"resources.devices.{request.Kind}", request.Amount);
        }

        if (spec.Mode == WorkloadMode.Job)
        {
            yield return ("job", $"attempts {spec.Job.Attempts}, backoff {DurationText.Format(spec.Job.Backoff)}, deadline {DurationText.Format(spec.Job.Deadline)}");
        }

        yield return ("progressDeadline", DurationText.Format(spec.ProgressDeadline));
        yield return ("stop", $"signal {spec.Stop.Signal}, timeout {DurationText.Format(spec.Stop.Timeout)}");
        yield return ("restart", $"{spec.Restart.Rule.ToString().ToLowerInvariant()}, backoffMax {DurationText.Format(spec.Restart.BackoffMax)}");
        if (spec.Health is { } health)
        {
            yield return ("health", $"{Line(health.Command)}, {Times(health)}, failures {health.Failures}");
        }

        if (spec.Ready is { } ready)
        {
            yield return ("ready", $"{Line(ready.Command)}, {Times(ready)}");
        }

        yield return ("update.maxUnavailable", $"{spec.MaxUnavailable}");
        if (spec.AutoRollback)
        {
            yield return ("update.autoRollback", "true");
        }

        foreach (var architecture in spec.Requires.Architectures)
        {
            yield return ("requires.arch", architecture);
        }

        foreach (var (name, value) in spec.Requires.Labels)
        {
            yield return ($"requires.labels.{name}", value);
        }

        foreach (var fact in spec.Requires.Facts)
        {
            yield return ("requires.facts", fact);
        }

        foreach (var (kind, count) in spec.Requires.Devices)
        {
            yield return ($"requires.devices.{kind}", $"{count}");
        }

        foreach (var preference in spec.Prefers)
        {
            yield return ("prefers", $"weight {preference.Weight}: {string.Join(',', preference.Labels.Select(l => $"{l.Key}={l.Value}"))}");
        }

        if (spec.Spread is { } spread)
        {
            yield return ("spread", $"{(spread.IsHard ? "hard" : "soft")} by {spread.By} over {string.Join(", ", spread.Domains)}");
        }

        if (spec.Apart.Count > 0)
        {
            yield return ("apart", string.Join(", ", spec.Apart));
        }

        foreach (var toleration in spec.Tolerations)
        {
            yield return ("tolerations", $"{toleration.Key}={toleration.Value}:{toleration.Effect}");
        }

        if (spec.Sandbox != SandboxLevel.Default)
        {
            yield return ("security.sandbox", spec.Sandbox switch
            {
                SandboxLevel.None => "none: nothing confines it",
                SandboxLevel.Relaxed => "relaxed: as root without capabilities; all devices, all processes and all system calls",
                _ => "strict: it runs so or not at all",
            });
        }

        if (spec.KeepsState)
        {
            yield return ("state", "a folder that stays, STATE_DIRECTORY");
        }

        if (spec.DeviceNodes.Count > 0)
        {
            yield return ("security.devices", string.Join(", ", spec.DeviceNodes));
        }

        if (spec.HasProfile)
        {
            yield return ("security.apparmor", $"{(spec.HasWrittenProfile ? "a profile of what is declared" : "a profile of its own")}, {(spec.AppArmor is { IsComplaining: true } ? "complain: what it doesn't allow is allowed, and told" : "enforce")}");
        }

        foreach (var line in spec.AppArmor?.Profile.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            yield return ("security.apparmor.profile", line);
        }

        foreach (var (name, paths) in ((string, IReadOnlyList<string>)[])[("read", spec.Files?.Read ?? []), ("write", spec.Files?.Write ?? []), ("exec", spec.Files?.Execute ?? [])])
        {
            if (paths.Count > 0)
            {
                yield return ($"files.{name}", string.Join(", ", paths));
            }
        }

        if (spec.Network is { } network)
        {
            yield return ("network.connect", network.Connect.Count == 0 ? "nothing" : string.Join(", ", network.Connect));
            yield return ("network.listen", network.Listen.Count == 0 ? "nothing" : string.Join(", ", network.Listen));
        }

        foreach (var (name, value) in spec.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            yield return ($"metadata.labels.{name}", value);
        }
    }

    private static IEnumerable<(string Name, string Value)> Fields(WorkRun run)
    {
        switch (run)
        {
            case ExecRun exec:
                yield return ("run.exec.command", Line(exec.Command));
                if (exec.Artifact is { } artifact)
                {
                    yield return ("run.exec.artifact", $"{artifact.Url}, sha256 {artifact.Sha256}");
                }

                foreach (var (name, value) in exec.Environment.OrderBy(e => e.Key, StringComparer.Ordinal))
                {
                    yield return ($"run.exec.env.{name}", OneLine(value));
                }

                break;
            case UnitRun { Portable: { } image } unit:
                yield return ("run.portable", $"{unit.Unit} of {image.Path}, profile {image.Profile}");
                break;
            case UnitRun unit:
                yield return ("run.unit.name", unit.Unit);
                break;
        }
    }

    private static string Line(IReadOnlyList<string> command) =>
        string.Join(' ', command.Select(a => OneLine(a.Contains(' ', StringComparison.Ordinal) || a.Length == 0 ? $"'{a}'" : a)));

    private static string Times(CheckRule rule) => $"interval {DurationText.Format(rule.Interval)}, timeout {DurationText.Format(rule.Timeout)}";

    private static string OneLine(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal);
}
