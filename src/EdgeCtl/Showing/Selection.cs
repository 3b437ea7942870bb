using System.Diagnostics.CodeAnalysis;

namespace EdgeCtl.Showing;

/// <summary>Which rows are wanted: by name, and by labels as kubectl's <c>-l</c> has them: <c>zone=a,tier!=test,site,!lab</c>.</summary>
internal sealed class Selection
{
    private readonly IReadOnlyCollection<string> _names;
    private readonly IReadOnlyList<Term> _terms;

    private Selection(IReadOnlyCollection<string> names, IReadOnlyList<Term> terms) => (_names, _terms) = (names, terms);

    public static Selection All { get; } = new([], []);

    /// <summary>The names that were asked for; empty means all.</summary>
    public IReadOnlyCollection<string> Names => _names;

    public static bool TryParse(IReadOnlyCollection<string> names, string? labels, [NotNullWhen(true)] out Selection? selection, out string error)
    {
        selection = null;
        error = "";
        var terms = new List<Term>();
        foreach (var part in (labels ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var cut = part.IndexOf('=', StringComparison.Ordinal);
            var isNot = cut > 0 ? part[cut - 1] == '!' : part[0] == '!';
            var key = cut > 0 ? part[..(isNot ? cut - 1 : cut)].Trim() : part.TrimStart('!').Trim();
            var value = cut > 0 ? part[(cut + 1)..].TrimStart('=').Trim() : null;
            if (key.Length == 0 || cut == 0)
            {
                error = $"-l \"{labels}\": \"{part}\" is none of key=value, key!=value, key, !key";
                return false;
            }

            terms.Add(new(key, value, isNot));
        }

        selection = new(names, terms);
        return true;
    }

    public bool Selects(string name, IReadOnlyDictionary<string, string>? labels) =>
        (_names.Count == 0 || _names.Contains(name)) && _terms.All(t => t.Holds(labels));

    private readonly record struct Term(string Key, string? Value, bool IsNot)
    {
        public bool Holds(IReadOnlyDictionary<string, string>? labels)
        {
            string? has = null;
            var isSet = labels is not null && labels.TryGetValue(Key, out has);
            return (isSet && (Value is null || has == Value)) != IsNot;
        }
    }
}
