namespace EdgeCtl.Manifest;

/// <summary>
/// What was written, by path (<c>spec.run.exec.command</c>, <c>spec.prefers[0].weight</c>): wholes, durations and quantities as numbers
/// in the schema's unit, lists and maps as they are. With the place of each path.
/// </summary>
internal sealed class FieldValues
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TextPlace> _places = new(StringComparer.Ordinal);

    public void Set(string path, object value) => _values[path] = value;

    public void Place(string path, TextPlace at) => _places[path] = at;

    public bool Has(string path) => _places.ContainsKey(path);

    public string? Text(string path) => _values.TryGetValue(path, out var value) ? (string)value : null;

    public long? Number(string path) => _values.TryGetValue(path, out var value) ? (long)value : null;

    public TimeSpan? Time(string path) => _values.TryGetValue(path, out var value) ? (TimeSpan)value : null;

    public IReadOnlyList<string> Texts(string path) => _values.TryGetValue(path, out var value) ? (IReadOnlyList<string>)value : [];

    public IReadOnlyDictionary<string, string> Pairs(string path) =>
        _values.TryGetValue(path, out var value) ? (IReadOnlyDictionary<string, string>)value : new Dictionary<string, string>();

    /// <summary>How many items a list of objects has.</summary>
    public int Count(string path) => (int)(Number(path) ?? 0);

    /// <summary>Of the path, or of the nearest thing above it that was written.</summary>
    public TextPlace PlaceOf(string path)
    {
        while (!_places.ContainsKey(path) && path.AsSpan().LastIndexOfAny('.', '[') is var cut and > 0)
        {
            path = path[..cut];
        }

        return _places.GetValueOrDefault(path, new TextPlace(1, 1));
    }
}
