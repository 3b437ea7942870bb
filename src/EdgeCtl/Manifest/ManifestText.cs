using System.Text.Json.Nodes;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Manifest;

/// <summary>A workload back as the manifest that says exactly it, its defaults written out: what was applied, whoever wrote it how.</summary>
public static class ManifestText
{
    /// <summary>The fields that do not change the work itself: what runs goes on through a change of them.</summary>
    private static readonly string[] AroundTheWork =
        ["spec.replicas", "metadata.labels", "spec.partition", "spec.lostAfter", "spec.policy", "spec.prefers", "spec.progressDeadline", "spec.update"];

    public static JsonObject Of(WorkloadName name, WorkloadSpec spec)
    {
        var metadata = new JsonObject { ["name"] = name.Value };
        Add(metadata, "labels", Pairs(spec.Labels));
        return new JsonObject
        {
            ["apiVersion"] = ManifestSchema.ApiVersion,
            ["kind"] = ManifestSchema.Kind,
            ["metadata"] = metadata,
            ["spec"] = Spec(spec),
        };
    }

    /// <summary>Whether going from one to the other changes what runs, and not only how many of it, where and how it is looked after.</summary>
    public static bool ChangesTheWork(IEnumerable<FieldChange> changes) =>
        changes.Any(c => !AroundTheWork.Any(a => c.Path == a || (c.Path.StartsWith(a, StringComparison.Ordinal) && c.Path[a.Length] is '.' or '[')));

    /// <summary>What is different, by path; empty of two that say the same.</summary>
    public static IReadOnlyList<FieldChange> Changes(WorkloadName name, WorkloadSpec? before, WorkloadSpec? after)
    {
        var (old, now) = (Flat(name, before), Flat(name, after));
        return
        [
            .. old.Keys.Union(now.Keys)
                .Where(p => old.GetValueOrDefault(p) != now.GetValueOrDefault(p))
                .Select(p => new FieldChange(p, old.GetValueOrDefault(p), now.GetValueOrDefault(p))),
        ];
    }

    private static JsonObject Spec(WorkloadSpec spec)
    {
        var json = new JsonObject { ["mode"] = ModeOf(spec.Mode) };
        if (spec.Mode != WorkloadMode.Everywhere)
        {
            json["replicas"] = spec.Replicas;
        }

        var exec = new JsonObject { ["command"] = Texts(spec.Run.Command) };
        Add(exec, "env", Pairs(spec.Run.Environment));
        json["run"] = new JsonObject { ["exec"] = exec };
        json["resources"] = Amounts(spec.Resources);
        if (spec.Mode == WorkloadMode.Job)
        {
            json["job"] = new JsonObject { ["attempts"] = spec.Job.Attempts, ["backoff"] = Time(spec.Job.Backoff), ["deadline"] = Time(spec.Job.Deadline) };
        }

        json["stop"] = new JsonObject { ["timeout"] = Time(spec.Stop.Timeout), ["signal"] = SignalName.Of(spec.Stop.Signal) };
        json["restart"] = new JsonObject
        {
            ["policy"] = spec.Restart.Rule switch { RestartRule.OnFailure => "onFailure", RestartRule.Never => "never", _ => "always" },
            ["backoffMax"] = Time(spec.Restart.BackoffMax),
        };
        json["partition"] = spec.Partition == PartitionPolicy.Pin ? "pin" : "failover";
        json["lostAfter"] = Time(spec.LostAfter);
        Add(json, "requires", Requires(spec.Requires));
        Add(json, "prefers", new JsonArray([.. spec.Prefers.Select(p => new JsonObject { ["weight"] = p.Weight, ["labels"] = Pairs(p.Labels) })]));
        json["policy"] = spec.Policy == PlacementPolicy.Pack ? "pack" : "spread";
        Add(json, "tolerations", new JsonArray([.. spec.Tolerations.Select(Toleration)]));
        if (spec.Sandbox == SandboxLevel.None)
        {
            json["security"] = new JsonObject { ["sandbox"] = "none" };
        }

        json["update"] = new JsonObject { ["maxUnavailable"] = spec.MaxUnavailable };
        json["progressDeadline"] = Time(spec.ProgressDeadline);
        return json;
    }

    /// <summary>A mode as the manifest writes it.</summary>
    public static string ModeOf(WorkloadMode mode) => mode switch { WorkloadMode.Everywhere => "everywhere", WorkloadMode.Job => "job", _ => "replicated" };

    /// <summary>An amount as the manifest writes it.</summary>
    public static JsonObject Amounts(Resources amount) => new()
    {
        ["cpu"] = Quantity.Format(amount.Cpu.Value / 1000m),
        ["memory"] = Quantity.Format(amount.Memory.Value),
        ["disk"] = Quantity.Format(amount.Disk.Value),
        ["tasks"] = Quantity.Format(amount.Tasks),
    };

    public static JsonObject Pairs(IReadOnlyDictionary<string, string> pairs)
    {
        var json = new JsonObject();
        foreach (var (key, value) in pairs.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json[key] = value;
        }

        return json;
    }

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => JsonValue.Create(t))]);

    private static JsonObject Requires(Requirements requires)
    {
        var json = new JsonObject();
        Add(json, "arch", Texts(requires.Architectures));
        Add(json, "labels", Pairs(requires.Labels));
        Add(json, "facts", Texts(requires.Facts));
        return json;
    }

    private static JsonObject Toleration(Toleration toleration)
    {
        var json = new JsonObject();
        foreach (var (key, value) in new[] { ("key", toleration.Key), ("value", toleration.Value), ("effect", toleration.Effect?.ToString() ?? "") })
        {
            if (value.Length > 0)
            {
                json[key] = value;
            }
        }

        return json;
    }

    private static void Add(JsonObject json, string name, JsonNode value)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            json[name] = value;
        }
    }

    private static string Time(TimeSpan value) => DurationText.Format(value);

    private static Dictionary<string, string> Flat(WorkloadName name, WorkloadSpec? spec)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (spec is not null)
        {
            Flatten("", Of(name, spec), flat);
        }

        return flat;
    }

    private static void Flatten(string path, JsonNode? node, Dictionary<string, string> flat)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    Flatten(path.Length == 0 ? key : $"{path}.{key}", value, flat);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    Flatten($"{path}[{i}]", list[i], flat);
                }

                break;
            default:
                flat[path] = node?.ToString() ?? "";
                break;
        }
    }
}

/// <summary>A field that is different; null on a side where it isn't.</summary>
public sealed record FieldChange(string Path, string? Before, string? After);
