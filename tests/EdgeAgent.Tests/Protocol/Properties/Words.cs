using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Tests.Protocol;

/// <summary>Random words of every kind, and what compares them.</summary>
internal static class Words
{
    public static readonly NodeId Node = NodeId.Parse("n1");
    public static readonly SlotId Slot = new(WorkloadName.Parse("web"), 3);
    public static readonly TopicSpace Topics = new(TopicSpace.DefaultRoot, FleetId.Parse("f"), CellId.Parse("c"));

    private static readonly JsonSerializerOptions Printing = new() { Converters = { new EpochAsNumber() } };

    public static readonly Gen<string> Text = Gen.OneOf(Gen.String[Gen.Char.AlphaNumeric, 0, 12], Gen.OneOf<string>("", "ä ß", "温度", "\U0001F600", "a=b,\"c\"\n"));
    public static readonly Gen<DateTimeOffset> At = Gen.Long[1, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);
    public static readonly Gen<TimeSpan> Span = Gen.Long[1000, 3_600_000].Select(ms => TimeSpan.FromMilliseconds(ms));
    public static readonly Gen<Incarnation> Incarnations = Gen.Select(Gen.ULong, Gen.ULong).Select((high, low) => new Incarnation(new UInt128(high, low)));
    public static readonly Gen<IReadOnlyDictionary<string, string>> Map = Pairs(Text);
    public static readonly Gen<IReadOnlyList<string>> Texts = Text.Array[0, 4].Select(a => (IReadOnlyList<string>)a);

    public static readonly Gen<Resources> AnyResources = Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 1L << 50], Gen.Long[0, 1L << 50], Gen.Long[0, 1_000_000])
        .Select((cpu, memory, disk, tasks) => new Resources(new(cpu), new(memory), new(disk), tasks));

    public static readonly Gen<Presence> Presences = Gen.Select(Gen.Long[0, long.MaxValue], Gen.ULong, Gen.Enum<PresenceState>(), At.Nullable(), Text, Gen.Bool)
        .Select((session, instance, state, until, version, suspect) => new Presence(Node, session, instance, state) { RestartingUntil = until, Version = version, StoreSuspect = suspect });

    public static readonly Gen<Claim> Claims = Gen.Select(Incarnations, Gen.Select(Gen.Long[0, long.MaxValue - 1], Gen.Long[0, long.MaxValue], Gen.Long[0, 1 << 20], Gen.Long[0, long.MaxValue]),
            Gen.Enum<ClaimPhase>(), Gen.Int[0, ProtocolLimits.ScoreMax], Gen.Select(Gen.ULong, Gen.Enum<PartitionPolicy>(), Gen.Long), Gen.Select(Span, Gen.Int[0, 1000], Gen.Int), Gen.Select(Text, Text))
        .Select((incarnation, numbers, phase, score, said, work, texts) => new Claim
        {
            Slot = Slot,
            Node = Node,
            Incarnation = incarnation,
            Epoch = new(numbers.Item1),
            Generation = numbers.Item2,
            Order = new(numbers.Item3, numbers.Item4),
            Phase = phase,
            Score = score,
            Instance = said.Item1,
            Mode = said.Item2,
            RunId = said.Item3,
            StopTimeout = work.Item1,
            Lease = TimeSpan.FromSeconds(work.Item2),
            Attempts = work.Item2,
            Pid = work.Item3,
            Unit = texts.Item1,
            Reason = texts.Item2,
            IsLeaving = said.Item1 % 2 == 0,
            OfferedAbove = said.Item1 % 3 == 0 ? 600_000 : 0,
            LaunchedAt = new(numbers.Item1 / 2),
            Displaces = said.Item1 % 3 == 0 ? SlotSet.From([new(WorkloadName.Parse("low"), score % 7), new(WorkloadName.Parse("low-2"), 0)]) : default,
            IsMakingRoom = said.Item1 % 3 == 0,
        });

    public static readonly Gen<Taint> Taints = Gen.Select(Text, Text, Gen.Enum<TaintEffect>()).Select((key, value, effect) => new Taint(key, value, effect));

    public static readonly Gen<NodeStatus> Statuses = Gen.Select(Gen.Select(At, Text, Text, Text, Text, Text), Gen.Select(AnyResources, AnyResources), Gen.Select(Map, Map, Map), Taints.Array[0, 3], Texts, Pairs(Gen.Long))
        .Select((texts, resources, maps, taints, features, counters) => new NodeStatus
        {
            Node = Node,
            At = texts.Item1,
            Architecture = texts.Item2,
            OperatingSystem = texts.Item3,
            Kernel = texts.Item4,
            Runtime = texts.Item5,
            Version = texts.Item6,
            Capacity = resources.Item1,
            Free = resources.Item2,
            Labels = maps.Item1,
            Facts = maps.Item2,
            Conditions = maps.Item3,
            Taints = taints,
            Features = features,
            Counters = counters,
            IsCordoned = features.Count % 2 == 0,
            Drain = (DrainScope)(taints.Length % 3),
            HiddenLabels = maps.Item1,
        });

    public static readonly Gen<NodeMarks> Marks = Gen.Select(Gen.Long[0, long.MaxValue], Gen.Bool, Gen.Enum<DrainScope>(), Pairs(Text.Null()), Gen.Select(Taints, Gen.Bool).Array[0, 4], Gen.Long[0, 100])
        .Select((revision, isCordoned, drain, labels, taints, serial) => new NodeMarks
        {
            Revision = revision,
            IsCordoned = isCordoned,
            Drain = drain,
            DrainOrder = revision / 2,
            Labels = labels,
            Taints = new SortedDictionary<TaintName, string?>(taints.GroupBy(t => new TaintName(t.Item1.Key, t.Item1.Effect)).ToDictionary(t => t.Key, t => t.First().Item2 ? null : t.First().Item1.Value)),
            EnrolledSerial = serial,
        });

    public static readonly Gen<NodeEvent> Events = Gen.Select(At, Text, Text, Text, Text, Gen.Long[0, 100])
        .Select((at, kind, subject, reason, message, suppressed) => new NodeEvent(Node, at, kind, subject, reason, message) { Suppressed = suppressed });

    public static readonly Gen<Reply> Replies = Gen.Select(Gen.Long, Gen.Byte.Array[0, 64], Gen.Bool, Text.Null(), Text, Text)
        .Select((sequence, chunk, isEnd, error, subject, cursor) => new Reply(Node, sequence, chunk, isEnd, error) { Subject = subject, Cursor = cursor });

    /// <summary>Deep equality, by what a person would read: record equality compares lists and maps by reference.</summary>
    public static string Print<T>(T word) => JsonSerializer.Serialize(word, Printing);

    // Sorted, as the wire is.
    private static Gen<IReadOnlyDictionary<string, T>> Pairs<T>(Gen<T> value) => Gen.Select(Text, value).Array[0, 4].Select(pairs =>
    {
        var map = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, v) in pairs)
        {
            map[key] = v;
        }

        return (IReadOnlyDictionary<string, T>)map;
    });

    /// <summary>An epoch has a next one, and so on.</summary>
    private sealed class EpochAsNumber : JsonConverter<Epoch>
    {
        public override Epoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, Epoch value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }
}
