using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>Whether a workload could run on this node: the filter of protocol.md. It allocates nothing; what says no says it with the figures when it is asked.</summary>
public static class Filter
{
    /// <summary>The first rule that says no.</summary>
    public static Hindrance Check(Intent intent, in Self self)
    {
        var spec = intent.Spec;
        Invariant.That(spec is not null, "only a living workload is placed");
        if (self.IsCordoned && spec!.Mode != WorkloadMode.Everywhere)
        {
            return new(HindranceCause.Cordoned);
        }

        if (self.StoreFailure.Length > 0)
        {
            return new(HindranceCause.StoreFailing);
        }

        if (spec!.IsExclusive && self.FenceLack.Length > 0)
        {
            return new(HindranceCause.NoFence);
        }

        for (var i = 0; i < intent.Features.Count; i++)
        {
            if (!Has(self.Features, intent.Features[i]))
            {
                return new(HindranceCause.Feature, i);
            }
        }

        if (!IsKind(spec, self, out var hindrance))
        {
            return hindrance;
        }

        for (var i = 0; i < self.Taints.Count; i++)
        {
            if (self.Taints[i].Effect != TaintEffect.PreferNoPlace && !Tolerates(spec, self.Taints[i]))
            {
                return new(HindranceCause.Taint, i);
            }
        }

        return !self.Free.Fits(spec.Resources) ? new(HindranceCause.Resources)
            : !DeviceRoom.Fits(spec.Devices, self.Free.Devices) ? new(HindranceCause.DevicesTaken)
            : default;
    }

    /// <summary>Whether the node is of the kind that the workload requires, whatever runs on it now.</summary>
    public static bool IsKind(WorkloadSpec spec, in Self self, out Hindrance hindrance)
    {
        hindrance = default;
        if (spec.Requires.Architectures.Count > 0 && !Has(spec.Requires.Architectures, self.Architecture))
        {
            hindrance = new(HindranceCause.Architecture);
        }
        else if (!LabelMatch.HasAll(self.Labels, spec.Requires.Labels))
        {
            hindrance = new(HindranceCause.Label);
        }
        else if (spec.Requires.Devices.Count > 0 && FirstMissing(spec, self) is not null)
        {
            hindrance = new(HindranceCause.DeviceMissing);
        }
        else
        {
            var conditions = spec.Requires.Conditions;
            for (var i = 0; i < conditions.Length && hindrance.IsNone; i++)
            {
                hindrance = conditions[i]?.Test(self.Facts) == Outcome.True ? default : new(HindranceCause.Fact, i);
            }
        }

        return hindrance.IsNone;
    }

    /// <summary>Empty where it could.</summary>
    public static string WhyNot(Intent intent, in Self self) => Explain(Check(intent, self), intent, self);

    /// <summary>The text of what was found with the same intent and the same node.</summary>
    public static string Explain(Hindrance hindrance, Intent intent, in Self self)
    {
        var spec = intent.Spec!;
        switch (hindrance.Cause)
        {
            case HindranceCause.None:
                return "";
            case HindranceCause.Cordoned:
                return "the node is cordoned (edgectl uncordon lets work come again)";
            case HindranceCause.StoreFailing:
                return $"its store can't be written: {self.StoreFailure}";
            case HindranceCause.NoFence:
                return $"exclusive work can't be fenced here: {self.FenceLack}";
            case HindranceCause.Feature:
                return $"needs the feature {intent.Features[hindrance.At]}, which this agent or its runtime lacks";
            case HindranceCause.Architecture:
                return $"needs architecture {string.Join(" or ", spec.Requires.Architectures)}, this is {self.Architecture}";
            case HindranceCause.Label:
                var (key, value) = LabelMatch.FirstMissing(self.Labels, spec.Requires.Labels);
                return LabelText(key, value, self);
            case HindranceCause.Taint:
                return $"the taint {self.Taints[hindrance.At]} is not tolerated";
            case HindranceCause.Fact:
                var text = spec.Requires.Facts[hindrance.At];
                return Expression.Parse(text).TryGet(out var expression, out var error) ? expression.Evaluate(self.Facts).Why : $"the fact expression '{text}' is not understood: {error}";
            case HindranceCause.DeviceMissing:
                var (kind, count, there) = FirstMissing(spec, self)!.Value;
                return DeviceText(kind, count, there);
            case HindranceCause.Resources:
                return self.Free.Lacking(spec.Resources);
            default:
                return DeviceRoom.Lacking(spec.Devices, self.Free.Devices, self.Capacity.Devices);
        }
    }

    internal static string LabelText(string key, string value, in Self self) => $"needs label {key}={value}, {(self.Labels.TryGetValue(key, out var has) ? $"here it is {has}" : "not set here")}";

    internal static string DeviceText(string kind, int count, int there) => $"needs {count} {kind}, this node has {(there == 0 ? "none" : $"{there}")}";

    /// <summary>The first taint of this effect that the work doesn't bear; null: none.</summary>
    public static Taint? Repels(WorkloadSpec spec, IReadOnlyList<Taint> taints, TaintEffect effect)
    {
        for (var i = 0; i < taints.Count; i++)
        {
            if (taints[i].Effect == effect && !Tolerates(spec, taints[i]))
            {
                return taints[i];
            }
        }

        return null;
    }

    private static (string Kind, int Count, int There)? FirstMissing(WorkloadSpec spec, in Self self)
    {
        foreach (var (kind, count) in spec.Requires.Devices)
        {
            var there = self.Capacity.Devices.Of(kind).Length;
            if (there < count)
            {
                return (kind, count, there);
            }
        }

        return null;
    }

    internal static bool Tolerates(WorkloadSpec spec, Taint taint)
    {
        for (var i = 0; i < spec.Tolerations.Count; i++)
        {
            if (spec.Tolerations[i].Covers(taint))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(IReadOnlyList<string> list, string text)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] == text)
            {
                return true;
            }
        }

        return false;
    }
}
