namespace EdgeAgent.Core.Units;

/// <summary>
/// What stands behind a number that a person wrote: a unit, or one of Kubernetes' multipliers. Some are both, and the
/// dimension they are compared with decides: <c>m</c> is minutes of a time (Go's durations), metres of a length, and
/// thousandths of a plain number; <c>Mi</c> counts bytes of data, and is 1,048,576 of a plain number.
/// </summary>
public static class Suffix
{
    private const string Minutes = "m";
    private const decimal SecondsPerMinute = 60m;

    public static bool IsKnown(string suffix) => UnitTable.TryGet(suffix, out _, out _) || Quantity.TryGetFactor(suffix, out _);

    /// <summary>The factor to the base unit of <paramref name="dimension"/>; false when the suffix says nothing of it.</summary>
    public static bool TryRead(string suffix, Dimension dimension, out decimal factor)
    {
        if (suffix == Minutes && dimension == Dimension.Time)
        {
            factor = SecondsPerMinute;
            return true;
        }

        if (UnitTable.TryGet(suffix, out var own, out factor) && own == dimension)
        {
            return true;
        }

        // Less than one byte is Kubernetes' best known slip (128m of memory), so data takes the multipliers from k up.
        return Quantity.TryGetFactor(suffix, out factor) && (dimension == Dimension.None || (dimension == Dimension.Data && factor > 1m));
    }
}
