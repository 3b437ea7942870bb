namespace EdgeCtl.Manifest;

/// <summary>The name that somebody probably meant.</summary>
internal static class NearestName
{
    private const int LengthMax = 64;

    /// <summary>The nearest by edits, or null where none is near: a third of the letters may be wrong, two at least.</summary>
    public static string? Of(string written, IEnumerable<string> names)
    {
        if (written.Length > LengthMax)
        {
            return null;
        }

        var limit = Math.Max(2, written.Length / 3);
        return names.Select(n => (Name: n, Edits: Edits(written.ToLowerInvariant(), n.ToLowerInvariant())))
            .Where(n => n.Edits <= limit && n.Edits < n.Name.Length)
            .OrderBy(n => n.Edits).ThenBy(n => n.Name, StringComparer.Ordinal)
            .Select(n => n.Name).FirstOrDefault();
    }

    // Levenshtein's distance, a row at a time.
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
