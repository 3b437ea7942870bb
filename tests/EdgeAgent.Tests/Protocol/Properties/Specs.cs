using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Tests.Protocol;

/// <summary>Random intents that pass the validation, and random commands.</summary>
internal static class Specs
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly Gen<IReadOnlyDictionary<string, string>> Names = Map(Gen.String[Gen.Char['A', 'D'], 1, 3]);
    private static readonly Gen<IReadOnlyDictionary<string, string>> Labels = Map(Gen.String[Gen.Char['a', 'z'], 1, 8]);
    private static readonly Gen<Preference> Preferences = Gen.Select(Gen.Int[1, 100], Labels).Select((weight, labels) => new Preference(weight, labels));
    private static readonly Gen<Toleration> Tolerations = Gen.Select(Words.Text, Words.Text, Gen.Enum<TaintEffect>().Nullable()).Select((key, value, effect) => new Toleration(key, value, effect));

    private static readonly Gen<WorkRun> Programs = Gen.Select(Words.Text.Array[0, 4], Names)
        .Select((arguments, environment) => (WorkRun)new ExecRun([arguments.Length % 2 == 0 ? "/bin/x" : "./bin/x", .. arguments])
        {
            Environment = environment,
            Artifact = arguments.Length % 2 == 0 ? null : new Artifact($"https://a.example/{arguments.Length}?b=c", new string('a', Artifact.DigestLength)),
        });

    private static readonly Gen<WorkRun> Units = Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 8], Words.Text.Null())
        .Select((name, image) => (WorkRun)new UnitRun($"{name}.service") { Portable = image is null ? null : new PortableImage($"/{image}") { Profile = name } });

    private static readonly Gen<HealthRule?> Checks = Gen.Select(Words.Text.Array[0, 3], Gen.Int[100, 3_600_000], Gen.Int[100, 3_600_000], Gen.Int[1, 100])
        .Select((arguments, interval, timeout, failures) => new HealthRule(["/bin/check", .. arguments])
        {
            Interval = TimeSpan.FromMilliseconds(interval),
            Timeout = TimeSpan.FromMilliseconds(timeout),
            Failures = failures,
        }).Null();

    private static readonly Gen<WorkloadSpec> WithPrograms = Gen.Select(
        Gen.Select(Programs, Gen.OneOf<WorkloadMode>(WorkloadMode.Replicated, WorkloadMode.Job), Gen.Int[0, 1000], Gen.Enum<PartitionPolicy>(), Gen.Enum<PlacementPolicy>(), Gen.Enum<SandboxLevel>()),
        Gen.Select(Words.Span, Words.Span, Words.Span, Words.Span, Words.Span),
        Gen.Select(Words.AnyResources, Gen.Int[1, 1000], Gen.Int[1, 64], Gen.Enum<RestartRule>(), Gen.Int[1, 1000]),
        Gen.Select(Words.Texts, Labels, Words.Texts, Labels),
        Preferences.Array[0, 3],
        Tolerations.Array[0, 3],
        Checks.Array[2, 2]).Select((what, spans, numbers, wants, prefers, tolerations, checks) => new WorkloadSpec
        {
            Run = what.Item1,
            Mode = what.Item2,
            Replicas = what.Item3,
            Partition = what.Item4,
            Policy = what.Item5,
            Sandbox = what.Item6,
            DeviceNodes = what.Item6 is SandboxLevel.Default or SandboxLevel.Strict ? [.. Enumerable.Range(0, numbers.Item5 % 3).Select(i => $"/dev/i2c-{i}")] : [],
            KeepsState = numbers.Item5 % 2 == 0,
            CpuMax = new(numbers.Item5 % 3 == 0 ? 0 : WorkloadLimits.MilliCpuMax),
            AppArmor = (numbers.Item5 % 4) switch { 1 => new AppArmorRule { Profile = "/etc/** r,\n" }, 2 => new AppArmorRule { IsComplaining = true }, _ => null },
            Files = numbers.Item5 % 4 >= 2 ? new FileRules { Read = ["/etc/ssl"], Write = ["/srv/a b/"], Execute = ["/usr/bin/id"] } : null,
            Network = what.Item6 is SandboxLevel.Default or SandboxLevel.Strict && numbers.Item5 % 4 == 3 ? new NetworkRules { Connect = ["10.1.0.0/16:5432", "[fd00::1]:53/udp"], Listen = ["8080"] } : null,
            LostAfter = spans.Item1,
            Lease = what.Item4 == PartitionPolicy.Exclusive ? WorkloadLimits.LeaseMin + TimeSpan.FromMilliseconds(numbers.Item2) : WorkloadSpec.Defaults.Lease,
            Voters = what.Item4 == PartitionPolicy.Exclusive && numbers.Item5 > 1 ? [.. Enumerable.Range(0, WorkloadLimits.VotersMin).Select(i => NodeId.Parse($"v{i}"))] : [],
            ProgressDeadline = spans.Item2,
            Stop = new StopRule(numbers.Item3) { Timeout = spans.Item3 },
            Restart = new RestartPolicy(numbers.Item4) { BackoffMax = spans.Item4 },
            Job = new JobRule(numbers.Item2) { Backoff = spans.Item5, Deadline = spans.Item1 },
            Resources = numbers.Item1,
            MaxUnavailable = numbers.Item5,
            Requires = new Requirements { Architectures = wants.Item1, Labels = wants.Item2, Facts = wants.Item3, Devices = new Dictionary<string, int> { ["iio/temp"] = numbers.Item3 } },
            Devices = numbers.Item2 % 3 == 0 ? [] : [new("gpu", numbers.Item2 < 1000 ? numbers.Item2 : 2000), new("npu", 1000)],
            Labels = wants.Item4,
            Prefers = prefers,
            Spread = what.Item2 != WorkloadMode.Everywhere && numbers.Item2 % 2 == 0 ? new SpreadRule("zone", ["a", $"{numbers.Item2}"]) { IsHard = numbers.Item2 % 4 == 0 } : null,
            StaysPut = numbers.Item3 % 2 == 0,
            Apart = numbers.Item3 % 3 == 0 ? [WorkloadName.Parse("db"), WorkloadName.Parse($"w{numbers.Item2}")] : [],
            Tolerations = tolerations,
            Health = checks[0],
            Ready = checks[1] is { } ready && what.Item2 != WorkloadMode.Job ? new ReadyRule(ready.Command) { Interval = ready.Interval, Timeout = ready.Timeout } : null,
        });

    /// <summary>A unit's own file has the rules that a program's spec has.</summary>
    private static readonly Gen<WorkloadSpec> WithUnits = Gen.Select(WithPrograms, Units).Select((spec, unit) => spec with
    {
        Run = unit,
        Sandbox = default,
        DeviceNodes = [],
        AppArmor = null,
        CpuMax = default,
        Files = null,
        Network = null,
        KeepsState = false,
        Restart = new RestartPolicy(),
        Stop = new StopRule { Timeout = spec.Stop.Timeout },
        Partition = spec.IsExclusive ? PartitionPolicy.Pin : spec.Partition,
        Lease = WorkloadSpec.Defaults.Lease,
        Voters = [],
    });

    public static readonly Gen<WorkloadSpec> Valid = Gen.OneOf(WithPrograms, WithUnits);

    /// <summary>Half of them tombstones' likes: without a spec.</summary>
    public static readonly Gen<Intent> Drafts = Gen.Select(Words.Incarnations, Gen.Long[1, long.MaxValue], Valid.Null(), Gen.Select(Gen.Long, Gen.Long, Words.At), Words.Incarnations, Gen.Byte.Array[32], Words.Texts)
        .Select((incarnation, generation, spec, numbers, follows, digest, features) => new Intent
        {
            Workload = Words.Slot.Workload,
            Incarnation = incarnation,
            Generation = generation,
            Digest = default,
            Signed = default,
            Spec = spec,
            RunId = numbers.Item1,
            StartId = Math.Max(0, numbers.Item1 / 2),
            EpochFloor = numbers.Item2,
            SignedAt = numbers.Item3,
            Follows = follows,
            DerivedFrom = Digest.FromBytes(digest),
            Features = features,
        });

    public static readonly Gen<Command> Commands = Gen.Select(Label(), Gen.Int[0, 600_000], Words.Text, Words.Map, Label())
        .Select((id, lifeMs, verb, arguments, client) => new Command(id, Now.AddMilliseconds(lifeMs), verb, arguments, client));

    /// <summary>What an operator meant, without the signature's own bytes: those of ECDSA aren't unique.</summary>
    public static string Meaning(Intent intent) => Words.Print(intent with { Signed = default, Digest = default });

    private static Gen<string> Label() => Gen.String[Gen.Char['a', 'z'], 1, 12];

    private static Gen<IReadOnlyDictionary<string, string>> Map(Gen<string> keys) => Gen.Select(keys, Gen.String[Gen.Char.AlphaNumeric, 0, 8]).Array[0, 3].Select(pairs =>
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            map[key] = value;
        }

        return (IReadOnlyDictionary<string, string>)map;
    });
}
