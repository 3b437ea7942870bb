using System.Text.Json.Nodes;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Manifests;

namespace EdgeCtl.Output;

/// <summary>A workload as the manifest that would make it, so that <c>apply</c> takes it again unchanged. What is as the defaults are is left out.</summary>
public static class ManifestText
{
    public static JsonObject Of(WorkloadName name, WorkloadSpec spec)
    {
        var metadata = new JsonObject { ["name"] = name.Value };
        Add(metadata, "labels", Of(spec.Labels));
        return new JsonObject { ["apiVersion"] = Schema.ApiVersion, ["kind"] = Schema.Kind, ["metadata"] = metadata, ["spec"] = Of(spec) };
    }

    private static JsonObject Of(WorkloadSpec spec)
    {
        var usual = new WorkloadSpec { Run = spec.Run };
        var json = new JsonObject();
        Add(json, "mode", Lower(spec.Mode), Lower(usual.Mode));
        if (spec.Mode != WorkloadMode.Everywhere)
        {
            json["replicas"] = spec.Replicas;
        }

        Add(json, "partition", Lower(spec.Partition), Lower(usual.Partition));
        if (spec.IsExclusive)
        {
            Add(json, "exclusive", Exclusive(spec, usual));
        }

        Add(json, "lostAfter", spec.LostAfter, usual.LostAfter);
        if (spec.Priority != usual.Priority)
        {
            json["priority"] = spec.Priority;
        }

        Add(json, "policy", Lower(spec.Policy), Lower(usual.Policy));
        if (spec.StaysPut)
        {
            json["rebalance"] = false;
        }

        json["run"] = Of(spec.Run);
        Add(json, "resources", Of(spec.Resources, spec.CpuMax, spec.Devices));
        Add(json, "job", Of(spec.Job, usual.Job));
        Add(json, "progressDeadline", spec.ProgressDeadline, usual.ProgressDeadline);
        Add(json, "stop", Of(spec.Stop, usual.Stop));
        Add(json, "restart", Of(spec.Restart, usual.Restart));
        Add(json, "health", Of(spec.Health));
        Add(json, "ready", spec.Ready is { } ready ? Of(ready, new ReadyRule(ready.Command)) : []);
        Add(json, "requires", Of(spec.Requires));
        Add(json, "prefers", new JsonArray([.. spec.Prefers.Select(p => (JsonNode)new JsonObject { ["weight"] = p.Weight, ["labels"] = Of(p.Labels) })]));
        Add(json, "spread", Of(spec.Spread));
        Add(json, "apart", new JsonArray([.. spec.Apart.Select(w => (JsonNode)w.Value)]));
        Add(json, "tolerations", new JsonArray([.. spec.Tolerations.Select(t => (JsonNode)Of(t))]));
        if (spec.KeepsState)
        {
            json["state"] = new JsonObject();
        }

        Add(json, "security", Security(spec, usual));
        if (spec.Files is { } files)
        {
            var rules = new JsonObject();
            json["files"] = rules;
            Add(rules, "read", Texts(files.Read));
            Add(rules, "write", Texts(files.Write));
            Add(rules, "exec", Texts(files.Execute));
        }

        if (spec.Network is { } network)
        {
            var rules = new JsonObject();
            json["network"] = rules;
            Add(rules, "connect", Texts(network.Connect));
            Add(rules, "listen", Texts(network.Listen));
        }

        Add(json, "update", Update(spec, usual));
        return json;
    }

    private static JsonObject Of(SpreadRule? spread)
    {
        var json = new JsonObject();
        if (spread is not null)
        {
            (json["by"], json["domains"]) = (spread.By, new JsonArray([.. spread.Domains.Select(d => (JsonNode)d)]));
            if (spread.IsHard)
            {
                json["hard"] = true;
            }
        }

        return json;
    }

    private static JsonObject Security(WorkloadSpec spec, WorkloadSpec usual)
    {
        var json = new JsonObject();
        if (spec.Sandbox != usual.Sandbox)
        {
            json["sandbox"] = Lower(spec.Sandbox);
        }

        Add(json, "devices", Texts(spec.DeviceNodes));
        if (spec.AppArmor is { } rule)
        {
            var profile = new JsonObject();
            json["apparmor"] = profile;
            if (rule.Profile.Length > 0)
            {
                profile["profile"] = rule.Profile;
            }

            if (rule.IsComplaining)
            {
                profile["mode"] = "complain";
            }
        }

        return json;
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject Update(WorkloadSpec spec, WorkloadSpec usual)
    {
        var json = new JsonObject();
        if (spec.MaxUnavailable != usual.MaxUnavailable)
        {
            json["maxUnavailable"] = spec.MaxUnavailable;
        }

        if (spec.AutoRollback)
        {
            json["autoRollback"] = true;
        }

        return json;
    }

    private static JsonObject Exclusive(WorkloadSpec spec, WorkloadSpec usual)
    {
        var json = new JsonObject();
        Add(json, "lease", spec.Lease, usual.Lease);
        Add(json, "voters", new JsonArray([.. spec.Voters.Select(v => (JsonNode)v.Value)]));
        return json;
    }

    private static JsonObject Of(WorkRun run)
    {
        switch (run)
        {
            case UnitRun { Portable: { } image } unit:
                var portable = new JsonObject { ["image"] = image.Path, ["unit"] = unit.Unit };
                Add(portable, "profile", image.Profile, WorkloadSpec.Defaults.PortableProfile);
                return new JsonObject { ["portable"] = portable };
            case UnitRun unit:
                return new JsonObject { ["unit"] = new JsonObject { ["name"] = unit.Unit } };
            default:
                return new JsonObject { ["exec"] = Exec((ExecRun)run) };
        }
    }

    private static JsonObject Exec(ExecRun run)
    {
        var json = new JsonObject { ["command"] = Of(run.Command) };
        if (run.Artifact is { } artifact)
        {
            json["artifact"] = new JsonObject { ["url"] = artifact.Url, ["sha256"] = artifact.Sha256 };
        }

        Add(json, "env", Of(run.Environment));
        return json;
    }

    private static JsonObject Of(Resources resources, MilliCpu cpuMax, IReadOnlyList<DeviceRequest> devices)
    {
        var json = new JsonObject();
        Add(json, "cpu", resources.Cpu.ToString(), default(MilliCpu).ToString());
        Add(json, "cpuMax", cpuMax.ToString(), default(MilliCpu).ToString());
        Add(json, "memory", resources.Memory.ToString(), default(ByteCount).ToString());
        Add(json, "disk", resources.Disk.ToString(), default(ByteCount).ToString());
        if (resources.Tasks != 0)
        {
            json["tasks"] = resources.Tasks;
        }

        Add(json, "devices", new JsonObject(devices.Select(d => KeyValuePair.Create(d.Kind, (JsonNode?)d.Amount))));
        return json;
    }

    private static JsonObject Of(JobRule job, JobRule usual)
    {
        var json = new JsonObject();
        if (job.Attempts != usual.Attempts)
        {
            json["attempts"] = job.Attempts;
        }

        Add(json, "backoff", job.Backoff, usual.Backoff);
        Add(json, "deadline", job.Deadline, usual.Deadline);
        return json;
    }

    private static JsonObject Of(StopRule stop, StopRule usual)
    {
        var json = new JsonObject();
        Add(json, "timeout", stop.Timeout, usual.Timeout);
        Add(json, "signal", Signals.Format(stop.Signal), Signals.Format(usual.Signal));
        return json;
    }

    private static JsonObject Of(RestartPolicy restart, RestartPolicy usual)
    {
        static string Text(RestartRule rule) => rule switch { RestartRule.OnFailure => "onFailure", RestartRule.Never => "never", _ => "always" };
        var json = new JsonObject();
        Add(json, "policy", Text(restart.Rule), Text(usual.Rule));
        Add(json, "backoffMax", restart.BackoffMax, usual.BackoffMax);
        return json;
    }

    private static JsonObject Of(HealthRule? health)
    {
        if (health is null)
        {
            return [];
        }

        var usual = new HealthRule(health.Command);
        var json = Of(health, usual);
        if (health.Failures != usual.Failures)
        {
            json["failures"] = health.Failures;
        }

        return json;
    }

    private static JsonObject Of(CheckRule rule, CheckRule usual)
    {
        var json = new JsonObject { ["exec"] = Of(rule.Command) };
        Add(json, "interval", rule.Interval, usual.Interval);
        Add(json, "timeout", rule.Timeout, usual.Timeout);
        return json;
    }

    private static JsonObject Of(Requirements requires)
    {
        var json = new JsonObject();
        Add(json, "arch", Of(requires.Architectures));
        Add(json, "labels", Of(requires.Labels));
        Add(json, "facts", Of(requires.Facts));
        Add(json, "devices", new JsonObject(requires.Devices.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))));
        return json;
    }

    private static JsonObject Of(Toleration toleration)
    {
        var json = new JsonObject();
        Add(json, "key", toleration.Key, "");
        Add(json, "value", toleration.Value, "");
        Add(json, "effect", toleration.Effect?.ToString() ?? "", "");
        return json;
    }

    private static JsonObject Of(IReadOnlyDictionary<string, string> pairs) =>
        new(pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));

    private static JsonArray Of(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static void Add(JsonObject json, string name, string value, string usual)
    {
        if (value != usual)
        {
            json[name] = value;
        }
    }

    private static void Add(JsonObject json, string name, TimeSpan value, TimeSpan usual) => Add(json, name, DurationText.Format(value), DurationText.Format(usual));

    private static void Add(JsonObject json, string name, JsonObject fields)
    {
        if (fields.Count > 0)
        {
            json[name] = fields;
        }
    }

    private static void Add(JsonObject json, string name, JsonArray items)
    {
        if (items.Count > 0)
        {
            json[name] = items;
        }
    }
}
