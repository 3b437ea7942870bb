using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What one slot of some workloads asks for, and how many such slots there are.</summary>
/// <param name="Resources">All but devices.</param>
/// <param name="Devices">By kind.</param>
/// <param name="IsHere">Whether the node is of the kind that they require.</param>
/// <param name="Count">Slots.</param>
public readonly record struct DemandKind(Resources Resources, IReadOnlyList<DeviceRequest> Devices, bool IsHere, long Count);

/// <summary>
/// The demand that a node has seen: the slots of all intents that it knows, by what they ask for, placed or not. A function of those intents alone, so that the order in which they
/// came is of no account.
/// </summary>
public sealed class Demand
{
    /// <summary>Beyond so many kinds a new one isn't counted: each bid weighs them all.</summary>
    public const int KindsMax = 512;

    private readonly List<DemandKind> _kinds = [];

    public IReadOnlyList<DemandKind> Kinds => _kinds;

    /// <summary>The same without a copy of each: good until the demand changes.</summary>
    internal ReadOnlySpan<DemandKind> Span => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_kinds);

    public void Clear() => _kinds.Clear();

    public void Add(WorkloadSpec spec, bool isHere) => Count(spec, isHere, Slots(spec));

    public void Remove(WorkloadSpec spec, bool isHere) => Count(spec, isHere, -Slots(spec));

    private static int Slots(WorkloadSpec spec) => spec.Mode == WorkloadMode.Everywhere ? 1 : spec.Replicas;

    private void Count(WorkloadSpec spec, bool isHere, int slots)
    {
        var kind = new DemandKind(spec.Resources, spec.Devices, isHere, slots);
        var (low, high) = (0, _kinds.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Compare(_kinds[middle], kind) < 0 ? (middle + 1, high) : (low, middle);
        }

        if (low < _kinds.Count && Compare(_kinds[low], kind) == 0)
        {
            kind = _kinds[low] with { Count = _kinds[low].Count + slots };
            if (kind.Count > 0)
            {
                _kinds[low] = kind;
            }
            else
            {
                _kinds.RemoveAt(low);
            }
        }
        else if (slots > 0 && _kinds.Count < KindsMax)
        {
            _kinds.Insert(low, kind);
        }
    }

    private static int Compare(DemandKind a, DemandKind b)
    {
        var order = a.Resources.Cpu.Value.CompareTo(b.Resources.Cpu.Value);
        order = order != 0 ? order : a.Resources.Memory.Value.CompareTo(b.Resources.Memory.Value);
        order = order != 0 ? order : a.Resources.Disk.Value.CompareTo(b.Resources.Disk.Value);
        order = order != 0 ? order : a.Resources.Tasks.CompareTo(b.Resources.Tasks);
        order = order != 0 ? order : a.IsHere.CompareTo(b.IsHere);
        order = order != 0 ? order : a.Devices.Count.CompareTo(b.Devices.Count);
        for (var i = 0; i < a.Devices.Count && order == 0; i++)
        {
            order = string.CompareOrdinal(a.Devices[i].Kind, b.Devices[i].Kind);
            order = order != 0 ? order : a.Devices[i].Milli.CompareTo(b.Devices[i].Milli);
        }

        return order;
    }
}
