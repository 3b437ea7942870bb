using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary>
/// What operators say of the node itself: <c>cordon</c>, <c>uncordon</c>, <c>drain</c> (scope: movable, pinned), <c>label</c> (set.KEY, remove.KEY) and <c>taint</c>
/// (set.EFFECT.KEY, remove.EFFECT.KEY). Each names the <c>revision</c> that it was made from: one that is sent again, or comes late, changes nothing.
/// </summary>
internal sealed class MarksDesk(NodeOptions file)
{
    private const string Set = "set.";
    private const string Remove = "remove.";

    /// <summary>The configuration file's labels and taints, as it was read last.</summary>
    private (IReadOnlyDictionary<string, string> Labels, IReadOnlyList<Taint> Taints) _file = (file.Labels, file.Taints);

    public NodeMarks Marks { get; set; } = NodeMarks.None;

    public IReadOnlyDictionary<string, string> Labels => Marks.LabelsOver(_file.Labels);

    /// <summary>What operators and the file say, and what the node's memory says.</summary>
    public IReadOnlyList<Taint> Taints => Pressure.Level == PressureLevel.None
        ? Marks.TaintsOver(_file.Taints)
        : [.. Marks.TaintsOver(_file.Taints), Pressure.Level == PressureLevel.Full ? new(Taint.MemoryPressure, "full", TaintEffect.NoPlace) : new(Taint.MemoryPressure, "some", TaintEffect.PreferNoPlace)];

    /// <summary>As it was when its level changed last.</summary>
    public MemoryPressed Pressure { get; set; } = new(PressureLevel.None, IsToEvict: false, "");

    public IReadOnlyDictionary<string, string> HiddenLabels => Marks.Hidden(_file.Labels);

    public void FileRead(IReadOnlyDictionary<string, string> labels, IReadOnlyList<Taint> taints) => _file = (labels, taints);

    public static bool Knows(string verb) => verb is "cordon" or "uncordon" or "drain" or "label" or "taint";

    /// <summary>The marks as the command wants them, or why it is refused.</summary>
    public string? TryApply(Command command, out NodeMarks wanted)
    {
        wanted = Marks;
        if (!long.TryParse(command.Arguments.GetValueOrDefault("revision"), NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
        {
            return $"the command {command.Verb} needs the revision that it was made from (edgectl describe node says it)";
        }

        if (revision != Marks.Revision)
        {
            return Stale(revision);
        }

        var next = Marks with { Revision = Marks.Revision + 1 };
        switch (command.Verb)
        {
            case "cordon":
                wanted = next with { IsCordoned = true };
                return null;
            case "uncordon":
                wanted = next with { IsCordoned = false, Drain = DrainScope.None };
                return null;
            case "drain":
                wanted = next with { IsCordoned = true, DrainOrder = next.Revision, Drain = command.Arguments.GetValueOrDefault("scope") == "pinned" ? DrainScope.Pinned : DrainScope.Movable };
                return null;
            case "label":
                return TryLabel(command, next, out wanted);
            default:
                return TryTaint(command, next, out wanted);
        }
    }

    /// <summary>What edgectl looks for when two operators speak at once, and it has to begin anew.</summary>
    private string Stale(long revision) => $"stale: the command was made from revision {revision} of what operators said of this node, and it is at {Marks.Revision}: somebody else changed it, or the command came twice";

    private string? TryLabel(Command command, NodeMarks next, out NodeMarks wanted)
    {
        var labels = new SortedDictionary<string, string?>(Marks.Labels.ToDictionary(), StringComparer.Ordinal);
        wanted = Marks;
        foreach (var (argument, value) in command.Arguments)
        {
            var isRemoval = argument.StartsWith(Remove, StringComparison.Ordinal);
            if (!isRemoval && !argument.StartsWith(Set, StringComparison.Ordinal))
            {
                continue;
            }

            var key = argument[(isRemoval ? Remove : Set).Length..];
            if (key.Length is 0 or > WorkloadLimits.LabelLengthMax || value.Length > WorkloadLimits.LabelLengthMax)
            {
                return $"a label's key has 1 to {WorkloadLimits.LabelLengthMax} characters, its value at most as many";
            }

            Put(labels, key, isRemoval ? null : value, isInFile: _file.Labels.ContainsKey(key));
        }

        wanted = next with { Labels = labels };
        return labels.Count > WorkloadLimits.LabelsMax || wanted.LabelsOver(_file.Labels).Count > WorkloadLimits.LabelsMax ? $"more than {WorkloadLimits.LabelsMax} labels" : null;
    }

    private string? TryTaint(Command command, NodeMarks next, out NodeMarks wanted)
    {
        var taints = new SortedDictionary<TaintName, string?>(Marks.Taints.ToDictionary());
        wanted = Marks;
        foreach (var (argument, value) in command.Arguments)
        {
            var isRemoval = argument.StartsWith(Remove, StringComparison.Ordinal);
            if (!isRemoval && !argument.StartsWith(Set, StringComparison.Ordinal))
            {
                continue;
            }

            var parts = argument.Split('.', 3);
            if (parts.Length != 3 || parts[2].Length is 0 or > WorkloadLimits.LabelLengthMax || value.Length > WorkloadLimits.LabelLengthMax || !Enum.TryParse<TaintEffect>(parts[1], out var effect) || !Enum.IsDefined(effect))
            {
                return $"a taint is key=value:effect with the effect {string.Join(", ", Enum.GetNames<TaintEffect>())}, its key of 1 to {WorkloadLimits.LabelLengthMax} characters";
            }

            if (!isRemoval && parts[2] == Taint.MemoryPressure)
            {
                return Taint.MemoryPressureIsTheNodes;
            }

            var name = new TaintName(parts[2], effect);
            Put(taints, name, isRemoval ? null : value, isInFile: _file.Taints.Any(t => new TaintName(t.Key, t.Effect) == name));
        }

        wanted = next with { Taints = taints };
        return taints.Count > WorkloadLimits.LabelsMax ? $"more than {WorkloadLimits.LabelsMax} taints" : null;
    }

    /// <summary>What the file doesn't have needs no word that it is gone.</summary>
    private static void Put<TKey>(SortedDictionary<TKey, string?> into, TKey key, string? value, bool isInFile)
        where TKey : notnull
    {
        if (value is null && !isInFile)
        {
            into.Remove(key);
        }
        else
        {
            into[key] = value;
        }
    }
}
