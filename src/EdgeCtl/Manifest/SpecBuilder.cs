using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Manifest;

/// <summary>A workload as a manifest has it, and where its name stands.</summary>
public sealed record ManifestWorkload(WorkloadName Name, WorkloadSpec Spec, string Source, TextPlace At);

/// <summary>Makes a workload of one document, by the schema first and by Core's rules then.</summary>
internal static class SpecBuilder
{
    /// <summary>Null where <paramref name="errors"/> got what is wrong with it.</summary>
    public static ManifestWorkload? Build(string source, ManifestNode document, List<ManifestError> errors)
    {
        var reader = new FieldReader(source);
        reader.Read(document);
        var values = reader.Values;
        if (values.Text("metadata.name") is { } text && !DnsLabel.IsValid(text))
        {
            reader.Refuse(values.PlaceOf("metadata.name"), "metadata.name", DnsLabel.Explain("the name", text, DnsLabel.LengthMax));
        }

        Together(reader);
        var spec = reader.Errors.Count == 0 ? Spec(values) : null;
        foreach (var error in spec is null ? [] : WorkloadValidation.Validate(spec))
        {
            reader.Refuse(values.PlaceOf(error.Path), error.Path, error.Message);
        }

        errors.AddRange(reader.Errors.OrderBy(e => e.At));
        return spec is null || reader.Errors.Count > 0
            ? null
            : new ManifestWorkload(WorkloadName.Parse(values.Text("metadata.name")!), spec, source, values.PlaceOf("metadata.name"));
    }

    /// <summary>Rules between fields, and of what is in them.</summary>
    private static void Together(FieldReader reader)
    {
        var values = reader.Values;
        var mode = values.Text("spec.mode") ?? "replicated";
        if (values.Has("spec.job") && mode != "job")
        {
            reader.Refuse(values.PlaceOf("spec.job"), "spec.job", $"goes with mode: job, the mode is {mode}");
        }

        if (values.Has("spec.run") && !values.Has("spec.run.exec") && reader.Errors.All(e => !e.Path.StartsWith("spec.run", StringComparison.Ordinal)))
        {
            reader.Refuse(values.PlaceOf("spec.run"), "spec.run.exec", "is required: say what to run, for example run: {exec: {command: [\"/bin/true\"]}}");
        }

        var facts = values.Texts("spec.requires.facts");
        for (var i = 0; i < facts.Count; i++)
        {
            if (!Expression.Parse(facts[i]).TryGet(out _, out var error))
            {
                reader.Refuse(values.PlaceOf($"spec.requires.facts[{i}]"), $"spec.requires.facts[{i}]", $"the expression is not understood: {error}");
            }
        }
    }

    private static WorkloadSpec Spec(FieldValues values)
    {
        var defaults = new WorkloadSpec { Run = new ExecRun([]) };
        return new WorkloadSpec
        {
            Mode = values.Text("spec.mode") switch { "everywhere" => WorkloadMode.Everywhere, "job" => WorkloadMode.Job, _ => WorkloadMode.Replicated },
            Replicas = (int)(values.Number("spec.replicas") ?? defaults.Replicas),
            Partition = values.Text("spec.partition") == "pin" ? PartitionPolicy.Pin : PartitionPolicy.Failover,
            LostAfter = values.Time("spec.lostAfter") ?? defaults.LostAfter,
            Policy = values.Text("spec.policy") == "pack" ? PlacementPolicy.Pack : PlacementPolicy.Spread,
            Run = new ExecRun(values.Texts("spec.run.exec.command")) { Environment = values.Pairs("spec.run.exec.env") },
            Resources = new Resources(
                new(values.Number("spec.resources.cpu") ?? 0),
                new(values.Number("spec.resources.memory") ?? 0),
                new(values.Number("spec.resources.disk") ?? 0),
                values.Number("spec.resources.tasks") ?? 0),
            Job = new JobRule((int)(values.Number("spec.job.attempts") ?? defaults.Job.Attempts))
            {
                Backoff = values.Time("spec.job.backoff") ?? defaults.Job.Backoff,
                Deadline = values.Time("spec.job.deadline") ?? defaults.Job.Deadline,
            },
            ProgressDeadline = values.Time("spec.progressDeadline") ?? defaults.ProgressDeadline,
            Stop = new StopRule((int)(values.Number("spec.stop.signal") ?? defaults.Stop.Signal)) { Timeout = values.Time("spec.stop.timeout") ?? defaults.Stop.Timeout },
            Restart = new RestartPolicy(values.Text("spec.restart.policy") switch { "onFailure" => RestartRule.OnFailure, "never" => RestartRule.Never, _ => RestartRule.Always })
            {
                BackoffMax = values.Time("spec.restart.backoffMax") ?? defaults.Restart.BackoffMax,
            },
            Requires = new Requirements
            {
                Architectures = values.Texts("spec.requires.arch"),
                Labels = values.Pairs("spec.requires.labels"),
                Facts = values.Texts("spec.requires.facts"),
            },
            Prefers = [.. Enumerable.Range(0, values.Count("spec.prefers")).Select(i => new Preference((int)values.Number($"spec.prefers[{i}].weight")!, values.Pairs($"spec.prefers[{i}].labels")))],
            Tolerations = [.. Enumerable.Range(0, values.Count("spec.tolerations")).Select(i => Toleration(values, $"spec.tolerations[{i}]"))],
            MaxUnavailable = (int)(values.Number("spec.update.maxUnavailable") ?? defaults.MaxUnavailable),
            Sandbox = values.Text("spec.security.sandbox") == "none" ? SandboxLevel.None : SandboxLevel.Default,
            Labels = values.Pairs("metadata.labels"),
        };
    }

    private static Toleration Toleration(FieldValues values, string path) => new(
        values.Text($"{path}.key") ?? "",
        values.Text($"{path}.value") ?? "",
        values.Text($"{path}.effect") switch { "NoPlace" => TaintEffect.NoPlace, "PreferNoPlace" => TaintEffect.PreferNoPlace, "NoRun" => TaintEffect.NoRun, _ => null });
}
