namespace EdgeAgent.Core.Units;

/// <summary>Compares a measurement with a number that a person wrote.</summary>
internal static class Amounts
{
    /// <summary>Below this the product of a number and a factor is exact enough in a decimal, whose greatest is 7.9e28.</summary>
    private const double DecimalMax = 1e27;

    /// <summary>Up to here each whole number is a double.</summary>
    private const double WholeMax = 1L << 53;

    /// <summary>
    /// In decimals where they reach, so that 100 ms equals 0.1 s and 0.3 equals 0.3 whatever the binary fractions are.
    /// </summary>
    public static int Compare(double measured, decimal measuredFactor, decimal written, decimal writtenFactor)
    {
        var left = measured * (double)measuredFactor;
        var right = (double)written * (double)writtenFactor;
        return Math.Abs(left) > DecimalMax || Math.Abs(right) > DecimalMax || Math.Abs(measured) > DecimalMax
            ? left.CompareTo(right)
            : (ToDecimal(measured) * measuredFactor).CompareTo(written * writtenFactor);
    }

    // The cast of a double to a decimal keeps 15 digits: whole numbers go through a long, which keeps them all.
    private static decimal ToDecimal(double value) =>
        Math.Abs(value) <= WholeMax && value == Math.Truncate(value) ? (long)value : (decimal)value;
}
