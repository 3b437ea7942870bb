using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>Whether a workload could run on this node: the filter of protocol.md. What says no says it with the figures.</summary>
public static class Filter
{
    /// <summary>Empty where it could.</summary>
    public static string WhyNot(Intent intent, Self self)
    {
        var spec = intent.Spec;
        Invariant.That(spec is not null, "only a living workload is placed");
        if (self.IsCordoned && spec!.Mode != WorkloadMode.Everywhere)
        {
            return "the node is cordoned (edgectl uncordon lets work come again)";
        }

        if (self.StoreFailure.Length > 0)
        {
            return $"its store can't be written: {self.StoreFailure}";
        }

        if (spec!.IsExclusive && self.FenceLack.Length > 0)
        {
            return $"exclusive work can't be fenced here: {self.FenceLack}";
        }

        foreach (var feature in intent.Features)
        {
            if (!self.Features.Contains(feature))
            {
                return $"needs the feature {feature}, which this agent or its runtime lacks";
            }
        }

        if (spec.Requires.Architectures.Count > 0 && !spec.Requires.Architectures.Contains(self.Architecture))
        {
            return $"needs architecture {string.Join(" or ", spec.Requires.Architectures)}, this is {self.Architecture}";
        }

        foreach (var (key, value) in spec.Requires.Labels)
        {
            if (!self.Labels.TryGetValue(key, out var has) || has != value)
            {
                return $"needs label {key}={value}, {(has is null ? "not set here" : $"here it is {has}")}";
            }
        }

        if (Repels(spec, self) is { } taint)
        {
            return $"the taint {taint.Key}={taint.Value}:{taint.Effect} is not tolerated";
        }

        foreach (var text in spec.Requires.Facts)
        {
            if (!Expression.Parse(text).TryGet(out var expression, out var error))
            {
                return $"the fact expression '{text}' is not understood: {error}";
            }

            if (expression.Evaluate(self.Facts) is { IsSatisfied: false } verdict)
            {
                return verdict.Why;
            }
        }

        return self.Free.Fits(spec.Resources, out var lacking) ? "" : lacking;
    }

    private static Taint? Repels(WorkloadSpec spec, Self self) => Repels(spec, self.Taints, TaintEffect.NoPlace) ?? Repels(spec, self.Taints, TaintEffect.NoRun);

    /// <summary>The first taint of this effect that the work doesn't bear; null: none.</summary>
    public static Taint? Repels(WorkloadSpec spec, IReadOnlyList<Taint> taints, TaintEffect effect)
    {
        foreach (var taint in taints)
        {
            if (taint.Effect == effect && !spec.Tolerations.Any(t => t.Covers(taint)))
            {
                return taint;
            }
        }

        return null;
    }
}
