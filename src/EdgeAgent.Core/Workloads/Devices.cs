using System.Globalization;
using System.Text;

namespace EdgeAgent.Core.Workloads;

/// <summary>What one replica asks for of one kind of device: thousandths of a single one, or several whole ones.</summary>
/// <param name="Kind">Such as <c>gpu</c>.</param>
/// <param name="Milli">Below <see cref="Whole"/> a share, which lies on one device; else a multiple of it.</param>
public readonly record struct DeviceRequest(string Kind, int Milli)
{
    /// <summary>Thousandths of one device.</summary>
    public const int Whole = 1000;

    public bool IsShare => Milli < Whole;

    /// <summary>How many devices it lies on.</summary>
    public int Count => IsShare ? 1 : Milli / Whole;

    /// <summary>Of each of them.</summary>
    public int MilliEach => Math.Min(Milli, Whole);

    /// <summary>As the manifest has it: <c>500m</c>, <c>2</c>.</summary>
    public string Amount => Text(Milli);

    public override string ToString() => $"{Kind}={Amount}";

    internal static string Text(long milli) => milli % Whole == 0 ? (milli / Whole).ToString(CultureInfo.InvariantCulture) : $"{milli.ToString(CultureInfo.InvariantCulture)}m";

    /// <summary>A small letter first, then small letters, digits, <c>- _ . /</c>.</summary>
    public static bool IsKind(string text) => text.Length is > 0 and <= WorkloadLimits.LabelLengthMax && char.IsAsciiLetterLower(text[0])
        && text.AsSpan().IndexOfAnyExcept(KindCharacters) < 0;

    private static readonly System.Buffers.SearchValues<char> KindCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_./");
}

/// <summary>So many thousandths of one device.</summary>
public readonly record struct DeviceShare(string Kind, int Index, int Milli);

/// <summary>
/// Amounts of single devices: what a node has, what is free, what a replica got. Ordered by kind and number, none of them zero; so two are equal when they hold the same.
/// </summary>
public readonly struct DeviceShares : IEquatable<DeviceShares>
{
    private readonly DeviceShare[]? _shares;

    private DeviceShares(DeviceShare[] shares) => _shares = shares.Length == 0 ? null : shares;

    public static readonly DeviceShares None;

    public IReadOnlyList<DeviceShare> Shares => _shares ?? [];

    /// <summary>The same, to be walked without an allocation.</summary>
    public ReadOnlySpan<DeviceShare> AsSpan() => _shares;

    public bool IsNone => _shares is null;

    /// <summary>Those of one kind.</summary>
    public ReadOnlySpan<DeviceShare> Of(string kind)
    {
        ReadOnlySpan<DeviceShare> all = _shares;
        var begin = 0;
        while (begin < all.Length && all[begin].Kind != kind)
        {
            begin++;
        }

        var end = begin;
        while (end < all.Length && all[end].Kind == kind)
        {
            end++;
        }

        return all[begin..end];
    }

    public static DeviceShares From(IEnumerable<DeviceShare> shares) => new([.. shares.Where(s => s.Milli != 0)
        .OrderBy(s => s.Kind, StringComparer.Ordinal).ThenBy(s => s.Index)]);

    /// <summary>So many whole ones of a kind, numbered from 0.</summary>
    public static IEnumerable<DeviceShare> WholeOnes(string kind, int count) => Enumerable.Range(0, count).Select(i => new DeviceShare(kind, i, DeviceRequest.Whole));

    public static DeviceShares operator +(DeviceShares a, DeviceShares b) => a.IsNone ? b : b.IsNone ? a : Combine(a, b, static (x, y) => x + y);

    public static DeviceShares operator -(DeviceShares a, DeviceShares b) => b.IsNone ? a : Combine(a, b, static (x, y) => x - y);

    /// <summary>Of each device the more.</summary>
    public static DeviceShares Greater(DeviceShares a, DeviceShares b) => a.IsNone ? b : b.IsNone ? a : Combine(a, b, Math.Max);

    /// <summary>Of each device the less, and nothing where there is less than nothing.</summary>
    public static DeviceShares Lesser(DeviceShares a, DeviceShares b) => a.IsNone || b.IsNone ? None : Combine(a, b, static (x, y) => Math.Max(0, Math.Min(x, y)));

    private static DeviceShares Combine(DeviceShares a, DeviceShares b, Func<int, int, int> rule)
    {
        var x = a.AsSpan();
        var y = b.AsSpan();
        var both = new List<DeviceShare>(x.Length + y.Length);
        for (var (i, j) = (0, 0); i < x.Length || j < y.Length;)
        {
            var order = i == x.Length ? 1 : j == y.Length ? -1 : Compare(x[i], y[j]);
            var (one, other) = (order <= 0 ? x[i].Milli : 0, order >= 0 ? y[j].Milli : 0);
            var device = order <= 0 ? x[i] : y[j];
            (i, j) = (i + (order <= 0 ? 1 : 0), j + (order >= 0 ? 1 : 0));
            if (rule(one, other) is not 0 and var milli)
            {
                both.Add(device with { Milli = milli });
            }
        }

        return new([.. both]);
    }

    private static int Compare(DeviceShare a, DeviceShare b) => string.CompareOrdinal(a.Kind, b.Kind) is not 0 and var byKind ? byKind : a.Index.CompareTo(b.Index);

    public bool Equals(DeviceShares other) => AsSpan().SequenceEqual(other.AsSpan());

    public override bool Equals(object? obj) => obj is DeviceShares other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var share in AsSpan())
        {
            hash.Add(share);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(DeviceShares a, DeviceShares b) => a.Equals(b);

    public static bool operator !=(DeviceShares a, DeviceShares b) => !a.Equals(b);

    /// <summary>For a person: <c>gpu 0, 3 (500m)</c>.</summary>
    public override string ToString()
    {
        if (IsNone)
        {
            return "";
        }

        var text = new StringBuilder();
        var kind = "";
        foreach (var share in AsSpan())
        {
            _ = text.Append(share.Kind == kind ? ", " : text.Length > 0 ? $"; {share.Kind} " : $"{share.Kind} ");
            _ = text.Append(CultureInfo.InvariantCulture, $"{share.Index}{(share.Milli == DeviceRequest.Whole ? "" : $" ({DeviceRequest.Text(share.Milli)})")}");
            kind = share.Kind;
        }

        return text.ToString();
    }

    /// <summary>The numbers of one kind, as the work finds them: <c>0,3</c>.</summary>
    public string Numbers(string kind)
    {
        var numbers = new List<int>();
        foreach (var share in Of(kind))
        {
            numbers.Add(share.Index);
        }

        return string.Join(',', numbers);
    }

    /// <summary>How much of one kind, device by device where they differ from a whole one: <c>8</c>; <c>2 (1, 300m, 700m)</c>.</summary>
    public string Amounts(string kind)
    {
        var (sum, each) = (0L, new List<string>());
        var areWhole = true;
        foreach (var share in Of(kind))
        {
            (sum, areWhole) = (sum + share.Milli, areWhole && share.Milli == DeviceRequest.Whole);
            each.Add(DeviceRequest.Text(share.Milli));
        }

        return areWhole || each.Count == 1 ? DeviceRequest.Text(sum) : $"{DeviceRequest.Text(sum)} ({string.Join(", ", each)})";
    }

    public IReadOnlyList<string> Kinds()
    {
        var kinds = new List<string>();
        foreach (var share in AsSpan())
        {
            if (kinds.Count == 0 || kinds[^1] != share.Kind)
            {
                kinds.Add(share.Kind);
            }
        }

        return kinds;
    }
}
