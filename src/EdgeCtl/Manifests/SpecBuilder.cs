using System.Globalization;
using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;
using YamlDotNet.RepresentationModel;

namespace EdgeCtl.Manifests;

/// <summary>A checked document to the workload's spec. What Core can't run yet is told, with its place.</summary>
internal sealed class SpecBuilder(YamlMappingNode document, SchemaCheck check)
{
    private readonly YamlMappingNode _spec = (YamlMappingNode)document["spec"];

    public WorkloadSpec Build()
    {
        if (Node(_spec, "job") is { } job && Text(_spec, "mode") != "job")
        {
            check.Fault(job, $"spec.job: goes with mode: job, and the mode is {Text(_spec, "mode") ?? "replicated"}");
        }

        if (Node(_spec, "exclusive") is { } terms && Text(_spec, "partition") != "exclusive")
        {
            check.Fault(terms, $"spec.exclusive: goes with partition: exclusive, and the partition is {Text(_spec, "partition") ?? "failover"}");
        }

        CheckFacts();
        var mode = Text(_spec, "mode") switch { "everywhere" => WorkloadMode.Everywhere, "job" => WorkloadMode.Job, _ => WorkloadMode.Replicated };
        return new WorkloadSpec
        {
            Mode = mode,
            Replicas = Number(_spec, "replicas", 1),
            Partition = Text(_spec, "partition") switch { "pin" => PartitionPolicy.Pin, "exclusive" => PartitionPolicy.Exclusive, _ => PartitionPolicy.Failover },
            Voters = Voters(),
            Lease = Object(_spec, "exclusive") is { } exclusive ? Span(exclusive, "lease", WorkloadSpec.Defaults.Lease) : WorkloadSpec.Defaults.Lease,
            LostAfter = Span(_spec, "lostAfter", WorkloadSpec.Defaults.LostAfter),
            Priority = Number(_spec, "priority", 0),
            Policy = Text(_spec, "policy") switch { "pack" => PlacementPolicy.Pack, "fragmentation" => PlacementPolicy.Fragmentation, _ => PlacementPolicy.Spread },
            Run = Run(),
            Resources = Amounts(),
            Devices = Object(_spec, "resources") is { } resources ? [.. Quantities(resources, "devices").Select(d => new DeviceRequest(d.Key, Whole(d.Value * DeviceRequest.Whole))).OrderBy(d => d.Kind, StringComparer.Ordinal)] : [],
            CpuMax = Object(_spec, "resources") is { } limited ? new((long)Math.Ceiling(Amount(limited, "cpuMax") * 1000)) : default,
            Job = Job(),
            ProgressDeadline = Span(_spec, "progressDeadline", WorkloadSpec.Defaults.ProgressDeadline),
            Stop = Stop(),
            Restart = Restart(),
            Requires = Requires(),
            Prefers = [.. List(_spec, "prefers").Select(p => new Preference(Number(p, "weight", 1), Map(p, "labels")))],
            Spread = Object(_spec, "spread") is { } dealt ? new SpreadRule(Text(dealt, "by") ?? "", Texts(dealt, "domains")) { IsHard = Text(dealt, "hard") == "true" } : null,
            Apart = Apart(),
            StaysPut = Text(_spec, "rebalance") == "false",
            Tolerations = [.. List(_spec, "tolerations").Select(Tolerates)],
            MaxUnavailable = Object(_spec, "update") is { } update ? Number(update, "maxUnavailable", 1) : 1,
            AutoRollback = Object(_spec, "update") is { } change && Text(change, "autoRollback") == "true",
            Sandbox = (Object(_spec, "security") is { } confined ? Text(confined, "sandbox") : null) switch { "none" => SandboxLevel.None, "strict" => SandboxLevel.Strict, "relaxed" => SandboxLevel.Relaxed, _ => SandboxLevel.Default },
            KeepsState = Object(_spec, "state") is not null,
            DeviceNodes = Object(_spec, "security") is { } allowed ? Texts(allowed, "devices") : [],
            AppArmor = Object(_spec, "security") is { } guarded && Object(guarded, "apparmor") is { } rule ? new AppArmorRule { Profile = Text(rule, "profile") ?? "", IsComplaining = Text(rule, "mode") == "complain" } : null,
            Files = Object(_spec, "files") is { } files ? new FileRules { Read = Texts(files, "read"), Write = Texts(files, "write"), Execute = Texts(files, "exec") } : null,
            Network = Object(_spec, "network") is { } network ? new NetworkRules { Connect = Texts(network, "connect"), Listen = Texts(network, "listen") } : null,
            Labels = Map((YamlMappingNode)document["metadata"], "labels"),
            Health = Health(),
            Ready = Ready(),
        };
    }

    private void CheckFacts()
    {
        if (Object(_spec, "requires") is not { } requires || Node(requires, "facts") is not YamlSequenceNode facts)
        {
            return;
        }

        foreach (var fact in facts.Children.OfType<YamlScalarNode>())
        {
            if (!Expression.Parse(fact.Value ?? "").TryGet(out _, out var error))
            {
                check.Fault(fact, $"spec.requires.facts: \"{fact.Value}\" is not understood, {error} (docs/spec/expressions.md)");
            }
        }
    }

    private List<NodeId> Voters()
    {
        var voters = new List<NodeId>();
        if (Object(_spec, "exclusive") is { } exclusive && Node(exclusive, "voters") is YamlSequenceNode list)
        {
            foreach (var name in list.Children.OfType<YamlScalarNode>())
            {
                if (NodeId.TryParse(name.Value, out var voter))
                {
                    voters.Add(voter);
                }
                else
                {
                    check.Fault(name, $"spec.exclusive.voters: {DnsLabel.Explain("node", name.Value ?? "", DnsLabel.LengthMax)}");
                }
            }
        }

        return voters;
    }

    private List<WorkloadName> Apart()
    {
        var apart = new List<WorkloadName>();
        foreach (var name in Node(_spec, "apart") is YamlSequenceNode list ? list.Children.OfType<YamlScalarNode>() : [])
        {
            if (WorkloadName.TryParse(name.Value, out var other))
            {
                apart.Add(other);
            }
            else
            {
                check.Fault(name, $"spec.apart: {DnsLabel.Explain("workload", name.Value ?? "", DnsLabel.LengthMax)}");
            }
        }

        return apart;
    }

    private WorkRun Run()
    {
        var run = Object(_spec, "run")!;
        if (run.Children.Count > 1)
        {
            check.Fault(run, $"spec.run: takes one of exec, unit and portable, and has {string.Join(" and ", run.Children.Keys)}");
        }

        if (Object(run, "exec") is { } exec)
        {
            return new ExecRun(Texts(exec, "command")) { Environment = Map(exec, "env"), Artifact = Object(exec, "artifact") is { } artifact ? new Artifact(Text(artifact, "url") ?? "", Text(artifact, "sha256") ?? "") : null };
        }

        if (Object(run, "unit") is { } unit)
        {
            return new UnitRun(Text(unit, "name") ?? "");
        }

        if (Object(run, "portable") is { } portable)
        {
            return new UnitRun(Text(portable, "unit") ?? "") { Portable = new PortableImage(Text(portable, "image") ?? "") { Profile = Text(portable, "profile") ?? WorkloadSpec.Defaults.PortableProfile } };
        }

        check.Fault(run, "spec.run: needs exec (a program), unit or portable: what is to run");
        return new ExecRun([]);
    }

    private Resources Amounts()
    {
        if (Object(_spec, "resources") is not { } resources)
        {
            return default;
        }

        return new Resources(
            new((long)Math.Ceiling(Amount(resources, "cpu") * 1000)),
            new((long)Math.Ceiling(Amount(resources, "memory"))),
            new((long)Math.Ceiling(Amount(resources, "disk"))),
            Number(resources, "tasks", 0));
    }

    private JobRule Job() => Object(_spec, "job") is not { } job ? new JobRule() : new JobRule(Number(job, "attempts", WorkloadSpec.Defaults.JobAttempts))
    {
        Backoff = Span(job, "backoff", WorkloadSpec.Defaults.JobBackoff),
        Deadline = Span(job, "deadline", TimeSpan.Zero),
    };

    private StopRule Stop()
    {
        if (Object(_spec, "stop") is not { } stop)
        {
            return new StopRule();
        }

        var signal = Text(stop, "signal") is { } text && Signals.TryParse(text, out var number) ? number : WorkloadSpec.Defaults.SigTerm;
        return new StopRule(signal) { Timeout = Span(stop, "timeout", WorkloadSpec.Defaults.StopTimeout) };
    }

    private RestartPolicy Restart()
    {
        if (Object(_spec, "restart") is not { } restart)
        {
            return new RestartPolicy();
        }

        var rule = Text(restart, "policy") switch { "onFailure" => RestartRule.OnFailure, "never" => RestartRule.Never, _ => RestartRule.Always };
        return new RestartPolicy(rule) { BackoffMax = Span(restart, "backoffMax", WorkloadSpec.Defaults.BackoffMax) };
    }

    private HealthRule? Health() => Object(_spec, "health") is not { } health ? null : new HealthRule(Texts(health, "exec"))
    {
        Interval = Span(health, "interval", WorkloadSpec.Defaults.HealthInterval),
        Timeout = Span(health, "timeout", WorkloadSpec.Defaults.CheckTimeout),
        Failures = Number(health, "failures", WorkloadSpec.Defaults.HealthFailures),
    };

    private ReadyRule? Ready() => Object(_spec, "ready") is not { } ready ? null : new ReadyRule(Texts(ready, "exec"))
    {
        Interval = Span(ready, "interval", WorkloadSpec.Defaults.ReadyInterval),
        Timeout = Span(ready, "timeout", WorkloadSpec.Defaults.CheckTimeout),
    };

    private Requirements Requires() => Object(_spec, "requires") is not { } requires ? new Requirements() : new Requirements
    {
        Architectures = Texts(requires, "arch"),
        Labels = Map(requires, "labels"),
        Facts = Texts(requires, "facts"),
        Devices = Quantities(requires, "devices").ToDictionary(d => d.Key, d => Whole(d.Value), StringComparer.Ordinal),
    };

    private static Toleration Tolerates(YamlMappingNode node) =>
        new(Text(node, "key") ?? "", Text(node, "value") ?? "", Text(node, "effect") is { } effect ? Enum.Parse<TaintEffect>(effect) : null);

    private static YamlNode? Node(YamlMappingNode parent, string name) => parent.Children.FirstOrDefault(c => (c.Key as YamlScalarNode)?.Value == name).Value;

    private static YamlMappingNode? Object(YamlMappingNode parent, string name) => Node(parent, name) as YamlMappingNode;

    private static string? Text(YamlMappingNode parent, string name) => (Node(parent, name) as YamlScalarNode)?.Value;

    private static int Number(YamlMappingNode parent, string name, int otherwise) =>
        Text(parent, name) is { } text ? int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : otherwise;

    private static TimeSpan Span(YamlMappingNode parent, string name, TimeSpan otherwise) =>
        Text(parent, name) is { } text && DurationText.TryParse(text, out var span, out _) ? span : otherwise;

    private static decimal Amount(YamlMappingNode parent, string name) =>
        Text(parent, name) is { } text && Quantity.TryParse(text, out var value, out _) ? value : 0;

    private static IEnumerable<KeyValuePair<string, decimal>> Quantities(YamlMappingNode parent, string name) =>
        Map(parent, name).Select(p => KeyValuePair.Create(p.Key, Quantity.TryParse(p.Value, out var value, out _) ? value : 0));

    /// <summary>What is finer is rounded up, as of the other resources; what is out of range is refused by the validation.</summary>
    private static int Whole(decimal amount) => (int)Math.Clamp(Math.Ceiling(amount), 0, int.MaxValue);

    private static List<string> Texts(YamlMappingNode parent, string name) =>
        Node(parent, name) is YamlSequenceNode list ? [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")] : [];

    private static IEnumerable<YamlMappingNode> List(YamlMappingNode parent, string name) =>
        Node(parent, name) is YamlSequenceNode list ? list.Children.Cast<YamlMappingNode>() : [];

    private static Dictionary<string, string> Map(YamlMappingNode parent, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Object(parent, name) is { } fields)
        {
            foreach (var (key, value) in fields.Children)
            {
                map[((YamlScalarNode)key).Value ?? ""] = ((YamlScalarNode)value).Value ?? "";
            }
        }

        return map;
    }
}
