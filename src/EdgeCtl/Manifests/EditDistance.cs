namespace EdgeCtl.Manifests;

/// <summary>Levenshtein's distance, upper and lower case being the same: for "did you mean".</summary>
internal static class EditDistance
{
    private const int LengthMax = 64;

    public static int Between(string a, string b)
    {
        if (a.Length > LengthMax || b.Length > LengthMax)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above + 1, row[j - 1] + 1), diagonal + cost);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
