using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>
/// Everything that keeps a workload off a node, where <see cref="Filter"/> stops at the first: what an operator has to change, and how near the node came. For people alone, and
/// not on the way of a decision.
/// </summary>
public static class Obstacles
{
    /// <summary>Of a unit of the device; the filter alone doesn't know of it.</summary>
    public static Obstacle HereOnce { get; } = new(ObstacleKind.OncePerNode, "a slot of it is here, and a device has its unit only once", "", Obstacle.Whole);

    /// <summary>A slot that a hard rule deals to a domain which isn't the node's (docs/adr/0025); null: it may run there.</summary>
    public static Obstacle? OfDomain(SlotId slot, WorkloadSpec spec, IReadOnlyDictionary<string, string> labels) => spec.Spread is { IsHard: true } rule && !rule.IsHome(slot.Index, labels)
        ? new(ObstacleKind.Domain, $"{slot} belongs to {rule.By}={rule.DomainOf(slot.Index)}, {(labels.TryGetValue(rule.By, out var here) ? $"here it is {here}" : "not set here")}", $"label {rule.By}={rule.DomainOf(slot.Index)}", Obstacle.Whole)
        : null;

    /// <summary>A workload is on the node, and one of the two names the other (docs/adr/0027).</summary>
    /// <param name="intent">What is to be placed.</param>
    /// <param name="other">What is there.</param>
    public static Obstacle OfApart(Intent intent, WorkloadName other) => new(
        ObstacleKind.Apart,
        other == intent.Workload ? $"a slot of it is here, and {other} is to be apart from itself"
            : intent.Spec!.Apart.Contains(other) ? $"{other} is here, and {intent.Workload} is to be apart from it"
            : $"{other} is here, and is to be apart from {intent.Workload}",
        "",
        Obstacle.Whole);

    /// <summary>In the filter's order. Empty where <see cref="Filter.Check"/> finds nothing, and only there.</summary>
    /// <param name="intent">What is to be placed.</param>
    /// <param name="self">The node.</param>
    /// <param name="isDraining">It is cordoned because it is drained.</param>
    public static IReadOnlyList<Obstacle> Of(Intent intent, in Self self, bool isDraining = false)
    {
        Invariant.That(intent.Spec is not null, "only a living workload is placed");
        var (spec, found) = (intent.Spec!, new List<Obstacle>());
        if (self.IsCordoned && spec.Mode != WorkloadMode.Everywhere)
        {
            found.Add(isDraining
                ? new(ObstacleKind.Draining, "the node is being drained (edgectl uncordon ends that)", "", Obstacle.Whole)
                : new(ObstacleKind.Cordoned, Filter.Explain(new(HindranceCause.Cordoned), intent, self), "", Obstacle.Whole));
        }

        if (self.StoreFailure.Length > 0)
        {
            found.Add(new(ObstacleKind.StoreFailing, Filter.Explain(new(HindranceCause.StoreFailing), intent, self), "", Obstacle.Whole));
        }

        if (spec.IsExclusive && self.FenceLack.Length > 0)
        {
            found.Add(new(ObstacleKind.NoFence, Filter.Explain(new(HindranceCause.NoFence), intent, self), "a fence", Obstacle.Whole));
        }

        for (var i = 0; i < intent.Features.Count; i++)
        {
            if (!self.Features.Contains(intent.Features[i]))
            {
                found.Add(new(ObstacleKind.Feature, Filter.Explain(new(HindranceCause.Feature, i), intent, self), $"feature {intent.Features[i]}", Obstacle.Whole));
            }
        }

        AddOfKind(found, intent, self);
        for (var i = 0; i < self.Taints.Count; i++)
        {
            if (self.Taints[i].Effect != TaintEffect.PreferNoPlace && !Filter.Tolerates(spec, self.Taints[i]))
            {
                found.Add(new(ObstacleKind.Taint, Filter.Explain(new(HindranceCause.Taint, i), intent, self), "", Obstacle.Whole));
            }
        }

        AddRoom(found, spec, self);
        return found;
    }

    /// <summary>What a node lacks, as one phrase: <c>lacks 202Mi memory and label zone=b; the node is cordoned (…)</c>.</summary>
    public static string Phrase(IReadOnlyList<Obstacle> obstacles)
    {
        var lacks = obstacles.Where(o => o.Lacks.Length > 0).Select(o => o.Lacks).ToList();
        var first = lacks.Count == 0 ? [] : (string[])[$"lacks {(lacks.Count == 1 ? lacks[0] : $"{string.Join(", ", lacks[..^1])} and {lacks[^1]}")}"];
        return string.Join("; ", [.. first, .. obstacles.Where(o => o.Lacks.Length == 0).Select(o => o.Text)]);
    }

    /// <summary>What the node is or isn't, whatever runs on it now.</summary>
    private static void AddOfKind(List<Obstacle> found, Intent intent, in Self self)
    {
        var requires = intent.Spec!.Requires;
        if (requires.Architectures.Count > 0 && !requires.Architectures.Contains(self.Architecture))
        {
            found.Add(new(ObstacleKind.Architecture, Filter.Explain(new(HindranceCause.Architecture), intent, self), $"architecture {string.Join(" or ", requires.Architectures)}", Obstacle.Whole));
        }

        foreach (var (key, value) in requires.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            if (!self.Labels.TryGetValue(key, out var has) || has != value)
            {
                found.Add(new(ObstacleKind.Label, Filter.LabelText(key, value, self), $"label {key}={value}", Obstacle.Whole));
            }
        }

        foreach (var (kind, count) in requires.Devices.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            var there = self.Capacity.Devices.Of(kind).Length;
            if (there < count)
            {
                found.Add(new(ObstacleKind.DeviceMissing, Filter.DeviceText(kind, count, there), $"{count - there} {kind}", Share(count - there, count)));
            }
        }

        for (var i = 0; i < requires.Conditions.Length; i++)
        {
            if (requires.Conditions[i]?.Test(self.Facts) != Outcome.True)
            {
                found.Add(new(ObstacleKind.Fact, Filter.Explain(new(HindranceCause.Fact, i), intent, self), "", Obstacle.Whole));
            }
        }
    }

    private static void AddRoom(List<Obstacle> found, WorkloadSpec spec, in Self self)
    {
        var (wanted, free) = (spec.Resources, self.Free);
        Add(ObstacleKind.Cpu, new() { Cpu = wanted.Cpu }, wanted.Cpu.Value, free.Cpu.Value, v => $"{new MilliCpu(v)} cpu");
        Add(ObstacleKind.Memory, new() { Memory = wanted.Memory }, wanted.Memory.Value, free.Memory.Value, v => $"{new ByteCount(v).Ceiling()} memory");
        Add(ObstacleKind.Disk, new() { Disk = wanted.Disk }, wanted.Disk.Value, free.Disk.Value, v => $"{new ByteCount(v).Ceiling()} disk");
        Add(ObstacleKind.Tasks, new() { Tasks = wanted.Tasks }, wanted.Tasks, free.Tasks, v => $"{v} tasks");
        foreach (var request in spec.Devices)
        {
            if (!DeviceRoom.Fits(request, free.Devices))
            {
                var lacking = DeviceRoom.Lack(request, free.Devices);
                var text = DeviceRoom.Lacking([request], free.Devices, self.Capacity.Devices);
                found.Add(new(ObstacleKind.DeviceTaken, text, $"{DeviceRequest.Text(lacking)} {(request.IsShare ? "of one" : "whole")} {request.Kind}", Share(lacking, request.Milli)));
            }
        }

        void Add(ObstacleKind kind, Resources alone, long needs, long has, Func<long, string> lacks)
        {
            if (needs > has)
            {
                found.Add(new(kind, free.Lacking(alone), lacks(needs - Math.Max(0, has)), Share(needs - Math.Max(0, has), needs)));
            }
        }
    }

    /// <summary>Never nothing, however little it is.</summary>
    private static int Share(long lacking, long needed) => (int)Int128.Clamp((((Int128)lacking * Obstacle.Whole) + needed - 1) / needed, 1, Obstacle.Whole);
}
