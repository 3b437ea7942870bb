using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation;

/// <summary>What an operator's tool does: signs generation after generation.</summary>
public sealed class SimOperator(SimWorld world)
{
    private readonly SortedDictionary<WorkloadName, Intent> _latest = [];
    private readonly List<Intent> _issued = [];
    private readonly HashSet<(WorkloadName, Digest)> _digests = [];

    /// <summary>What is wanted of each workload.</summary>
    public IReadOnlyDictionary<WorkloadName, Intent> Wanted => _latest;

    public static WorkloadSpec Service(int replicas, int lostAfterSeconds = 3) => new()
    {
        Run = new ExecRun(["/bin/sleep", "inf"]),
        Replicas = replicas,
        LostAfter = TimeSpan.FromSeconds(lostAfterSeconds),
        Resources = new Resources(new(100), new(16 << 20), default, 0),
    };

    public Intent Apply(string name, WorkloadSpec spec, bool workChanged = true, IReadOnlyList<string>? features = null)
    {
        var workload = WorkloadName.Parse(name);
        var known = _latest.GetValueOrDefault(workload);
        var isNew = known is null || known.IsTombstone;
        var generation = isNew ? 1 : known!.Generation + 1;
        var isOtherWork = isNew || workChanged || IsOtherWork(known!.Spec!, spec);
        spec = isOtherWork ? spec : spec with { Run = known!.Spec!.Run };
        var hasOtherLimits = !isOtherWork && known!.Spec!.Resources != spec.Resources;
        isOtherWork |= hasOtherLimits;
        var fallback = Fallback.Of(isNew ? null : known, !isNew && Trial.HasPassed(known!, [.. ClaimsOf(workload)]), spec, isOtherWork);
        if (SimWork.IsBad(spec.Run) && (fallback is null || SimWork.IsBad(fallback.Spec.Run)))
        {
            // From bad work that nothing good came before no way leads back, and the cell would never come to rest.
            spec = spec with { Run = new ExecRun([SimWork.Service, .. ((ExecRun)spec.Run).Command.Skip(1)]) };
        }

        return Publish(new Intent
        {
            Workload = workload,
            Fallback = fallback,
            Incarnation = isNew ? new Incarnation(world.NextSeed()) : known!.Incarnation,
            Generation = generation,
            Digest = default,
            Signed = default,
            Spec = spec,
            RunId = isOtherWork ? generation : known!.RunId,
            StartId = hasOtherLimits && known!.StartId == 0 ? known.RunId : hasOtherLimits || !isOtherWork ? known!.StartId : 0,
            EpochFloor = HighestEpoch(workload),
            Follows = known is { IsTombstone: true } ? known.Incarnation : default,
            Features = features ?? Features(spec),
            SignedAt = world.Clock.GetUtcNow(),
        });
    }

    /// <summary>Another operator signs the same generation; what all must follow of the two is known by their order (traces.md, 19).</summary>
    public void ApplyTwice(string name, WorkloadSpec one, WorkloadSpec other)
    {
        var before = _latest.GetValueOrDefault(WorkloadName.Parse(name));
        var first = Apply(name, one);
        if (before is null)
        {
            return;
        }

        _latest[before.Workload] = before;
        var second = Apply(name, other);

        // Said in its own words: the rules that are tried aren't asked.
        _latest[before.Workload] = second.Digest.CompareTo(first.Digest) > 0 ? second : first;

        // Both tools read again what they wrote, and the one that finds a lesser word there says its own once more.
        world.At(TimeSpan.FromSeconds(1), () => Repeat(before.Workload));
    }

    /// <summary>Whether this was ever signed, for this workload.</summary>
    public bool HasIssued(Intent intent) => _digests.Contains((intent.Workload, intent.Digest));

    /// <summary>The intent of this generation; of two the later.</summary>
    public Intent? Issued(WorkloadName workload, Incarnation incarnation, long generation) =>
        _issued.FindLast(i => i.Workload == workload && i.Incarnation == incarnation && i.Generation == generation);

    /// <summary>Whether this incarnation of a workload was ever deleted.</summary>
    public bool HasBuried(WorkloadName workload, Incarnation incarnation) => _issued.Exists(i => i.Workload == workload && i.Incarnation == incarnation && i.IsTombstone);

    /// <summary>One that is wanted; null: there is none yet.</summary>
    public Intent? Some(SimRandom chance) => _latest.Count == 0 ? null : chance.Pick([.. _latest.Values]);

    /// <summary>One that was wanted once.</summary>
    public Intent? SomeOld(SimRandom chance) => _issued.Count == 0 ? null : chance.Pick(_issued);

    /// <summary>Says again what is wanted of a workload, as soon as there is a broker.</summary>
    public void Repeat(WorkloadName workload)
    {
        if (!world.Broker.IsUp)
        {
            world.At(TimeSpan.FromSeconds(1), () => Repeat(workload));
            return;
        }

        world.Broker.Publish(world.Topics.Intent(workload), _latest[workload].Signed.Whole());
    }

    public Intent Latest(string name) => _latest[WorkloadName.Parse(name)];

    public Intent Delete(string name)
    {
        var known = _latest[WorkloadName.Parse(name)];
        return Publish(known with { Generation = known.Generation + 1, Spec = null, Fallback = null, EpochFloor = HighestEpoch(known.Workload), SignedAt = world.Clock.GetUtcNow() });
    }

    /// <summary>Asks a node something, in a signed command; the answer is not looked at here.</summary>
    public void Command(string node, string verb)
    {
        var (name, id) = (Core.Fleet.NodeId.Parse(node), $"c{world.NextSeed()}");
        var command = new Command(id, world.Clock.GetUtcNow() + TimeSpan.FromSeconds(30), verb, new Dictionary<string, string>(), "operator");
        world.Broker.Publish(world.Topics.Command(name), CommandCodec.Sign(command, name, world.Key, world.Topics), retain: false);
    }

    private readonly SortedDictionary<string, List<byte[]>> _marked = [];

    /// <summary>Says something of a node itself, as edgectl does: from what the node has now.</summary>
    public void Mark(SimNode node, string verb, IReadOnlyDictionary<string, string>? arguments = null)
    {
        var all = new Dictionary<string, string>(arguments ?? new Dictionary<string, string>()) { ["revision"] = $"{node.Store.Marks.Revision}" };
        var command = new Command($"m{world.NextSeed()}", world.Clock.GetUtcNow() + TimeSpan.FromMinutes(5), verb, all, "operator");
        var signed = CommandCodec.Sign(command, node.Id, world.Key, world.Topics);
        (_marked.TryGetValue(node.Name, out var sent) ? sent : _marked[node.Name] = []).Add(signed);
        world.Broker.Publish(world.Topics.Command(node.Id), signed, retain: false);
    }

    /// <summary>Somebody sends an old one once more, whether or not the node remembers that it had it.</summary>
    public void Replay(SimNode node, SimRandom chance)
    {
        if (_marked.TryGetValue(node.Name, out var sent))
        {
            world.Broker.Publish(world.Topics.Command(node.Id), chance.Pick(sent), retain: false);
        }
    }

    private readonly SortedDictionary<Core.Fleet.NodeId, Core.Fleet.Retirement> _retired = [];

    /// <summary>Takes a node out of the cell, as <c>edgectl delete node</c> does, and clears what it may.</summary>
    public byte[] Retire(Core.Fleet.NodeId node, long session)
    {
        var word = new Core.Fleet.Retirement(node, (_retired.GetValueOrDefault(node)?.Serial ?? 0) + 1, IsRetired: true, session);
        return Say(word);
    }

    public byte[] Enroll(Core.Fleet.NodeId node) => Say(_retired[node] with { Serial = _retired[node].Serial + 1, IsRetired = false });

    /// <summary>What a broker that was set back has forgotten of them.</summary>
    public void RepeatRetirements()
    {
        foreach (var word in _retired.Values.ToList())
        {
            Say(word);
        }
    }

    private byte[] Say(Core.Fleet.Retirement word)
    {
        _retired[word.Node] = word;
        var signed = RetirementCodec.Sign(word, world.Clock.GetUtcNow(), world.Key, world.Topics);
        world.Broker.Publish(world.Topics.Retired(word.Node), signed);
        return signed;
    }

    /// <summary>A tombstone of what nobody here has seen alive.</summary>
    public Intent Bury(string name) => Publish(new Intent
    {
        Workload = WorkloadName.Parse(name),
        Incarnation = new Incarnation(world.NextSeed()),
        Generation = 2,
        Digest = default,
        Signed = default,
        SignedAt = world.Clock.GetUtcNow(),
    });

    /// <summary>What no disk has, and the broker may have forgotten, nobody but the operator can say again.</summary>
    public void RepeatWhatNobodyKnows()
    {
        foreach (var intent in _latest.Values.Where(i => !world.Nodes.Values.Any(n => !n.IsLost && n.Store.Knows(i))))
        {
            world.Broker.Publish(world.Topics.Intent(intent.Workload), intent.Signed.Whole());
        }
    }

    /// <summary>Whatever the schedule calls it: these edgectl never takes as the same work, and a schedule that was shrunk may have lost what came between.</summary>
    private static bool IsOtherWork(WorkloadSpec before, WorkloadSpec after) => before.Mode != after.Mode || before.IsExclusive != after.IsExclusive;

    /// <summary>As edgectl lists them.</summary>
    private static List<string> Features(WorkloadSpec spec)
    {
        var features = new List<string> { spec.Run.Feature };
        Add(spec.Mode == WorkloadMode.Everywhere, "mode.everywhere/1");
        Add(spec.Mode == WorkloadMode.Job, "mode.job/1");
        Add(spec.Health is not null, "health.exec/1");
        Add(spec.Ready is not null, "ready.exec/1");
        Add(spec.Partition == PartitionPolicy.Exclusive, Node.Telling.NodeFeatures.Exclusive);
        Add(spec.Devices.Count > 0, Node.Telling.NodeFeatures.Devices);
        Add(spec.Apart.Count > 0, Node.Telling.NodeFeatures.Apart);
        Add(spec.Policy == PlacementPolicy.Fragmentation, Node.Telling.NodeFeatures.Fragmentation);
        return features;

        void Add(bool isNeeded, string feature) => features.AddRange(isNeeded ? [feature] : []);
    }

    private Intent Publish(Intent draft)
    {
        var signed = IntentCodec.Sign(draft, world.Key, world.Topics);
        world.Trace.Note("operator", $"SIGNS {signed.Workload} generation {signed.Generation} run {signed.RunId}{(signed.Fallback is { } back ? $", else run {back.RunId}" : "")}: {string.Join(' ', (signed.Spec?.Run as ExecRun)?.Command ?? ["deleted"])}");
        _latest[draft.Workload] = signed;
        _issued.Add(signed);
        _digests.Add((signed.Workload, signed.Digest));
        world.Broker.Publish(world.Topics.Intent(draft.Workload), signed.Signed.Whole());
        return signed;
    }

    private long HighestEpoch(WorkloadName workload) =>
        ClaimsOf(workload).Select(c => c.Epoch.Value).Append(_latest.GetValueOrDefault(workload)?.EpochFloor ?? 0).Max();

    private IEnumerable<Claim> ClaimsOf(WorkloadName workload)
    {
        foreach (var (topic, payload) in world.Topics.ClaimsOf(workload).SelectMany(world.Broker.Find))
        {
            if (world.Topics.TryParse(topic, out var parsed) && parsed.Kind == Protocol.Topics.TopicKind.Claim && parsed.Workload == workload
                && !WordCodec.TryReadClaim(payload, new SlotId(workload, parsed.Index), parsed.Node, out var claim).IsError)
            {
                yield return claim;
            }
        }
    }
}
