namespace EdgeAgent.Core.Placement;

/// <summary>A slot's count of holders. It only rises; the work gets it as its fencing token.</summary>
public readonly record struct Epoch(long Value) : IComparable<Epoch>
{
    public static readonly Epoch None = new(0);

    public Epoch Next => new(Value + 1);

    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    public static Epoch Max(Epoch a, Epoch b) => a.Value >= b.Value ? a : b;

    public static bool operator >(Epoch a, Epoch b) => a.Value > b.Value;

    public static bool operator <(Epoch a, Epoch b) => a.Value < b.Value;

    public static bool operator >=(Epoch a, Epoch b) => a.Value >= b.Value;

    public static bool operator <=(Epoch a, Epoch b) => a.Value <= b.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The place of one of a node's words among its own: by session, then by a number that rises with each word.</summary>
public readonly record struct WordOrder(long Session, long Rev) : IComparable<WordOrder>
{
    public int CompareTo(WordOrder other) => Session != other.Session ? Session.CompareTo(other.Session) : Rev.CompareTo(other.Rev);
}
