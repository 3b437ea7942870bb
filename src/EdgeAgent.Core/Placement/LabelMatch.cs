namespace EdgeAgent.Core.Placement;

/// <summary>Labels that are asked for against those that are there. Asked of each node for each slot: a dictionary is walked without an allocation.</summary>
internal static class LabelMatch
{
    public static bool HasAll(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> wanted)
    {
        if (wanted is not Dictionary<string, string> known)
        {
            return wanted.Count == 0 || FirstMissing(labels, wanted).Key is null;
        }

        foreach (var (key, value) in known)
        {
            if (!labels.TryGetValue(key, out var has) || has != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The key is null where none is missing.</summary>
    public static KeyValuePair<string, string> FirstMissing(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> wanted)
    {
        foreach (var pair in wanted)
        {
            if (!labels.TryGetValue(pair.Key, out var has) || has != pair.Value)
            {
                return pair;
            }
        }

        return default;
    }
}
