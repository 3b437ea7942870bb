namespace EdgeAgent.Core.Placement;

/// <summary>A few slots, in their order and each once; two are equal when they hold the same.</summary>
public readonly struct SlotSet : IEquatable<SlotSet>
{
    private readonly SlotId[]? _slots;

    private SlotSet(SlotId[] slots) => _slots = slots.Length == 0 ? null : slots;

    public static readonly SlotSet None;

    public bool IsNone => _slots is null;

    public int Count => _slots?.Length ?? 0;

    public IReadOnlyList<SlotId> Slots => _slots ?? [];

    public static SlotSet From(IEnumerable<SlotId> slots) => new([.. slots.Distinct().Order()]);

    public bool Contains(SlotId slot) => _slots is not null && Array.IndexOf(_slots, slot) >= 0;

    public bool Equals(SlotSet other) => _slots.AsSpan().SequenceEqual(other._slots);

    public override bool Equals(object? obj) => obj is SlotSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var slot in Slots)
        {
            hash.Add(slot);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(SlotSet a, SlotSet b) => a.Equals(b);

    public static bool operator !=(SlotSet a, SlotSet b) => !a.Equals(b);

    /// <summary>For a person: <c>low/1, low/2</c>.</summary>
    public override string ToString() => string.Join(", ", Slots);
}
