using System.Globalization;
using System.Text;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>What a fetcher is told on its standard input, a line each: no argument and no variable, for those can be read by others.</summary>
internal sealed record FetchRequest(string Url, string Sha256, string Folder)
{
    public long ArchiveMax { get; init; }

    public long UnpackedMax { get; init; }

    public int EntriesMax { get; init; }

    /// <summary>Bytes of the file system that stay free.</summary>
    public long Reserve { get; init; }

    public long Rate { get; init; }

    /// <summary>Certificates (PEM, in base 64) that may have signed the server's; empty: the device's own.</summary>
    public string Authorities { get; init; } = "";

    /// <summary>Of an object store: <c>region</c> and <c>KEY:SECRET</c>.</summary>
    public string Region { get; init; } = "";

    public string Key { get; init; } = "";

    public override string ToString() => $"FetchRequest {Url}";

    public string Write()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("url", Url), ("sha256", Sha256), ("folder", Folder), ("archive-max", Number(ArchiveMax)), ("unpacked-max", Number(UnpackedMax)), ("entries-max", Number(EntriesMax)), ("reserve", Number(Reserve)), ("rate", Number(Rate)), ("authorities", Authorities), ("region", Region), ("key", Key)])
        {
            text.Append(name).Append('=').Append(value.ReplaceLineEndings("")).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    /// <summary>To the empty line; null where the input ends before.</summary>
    public static FetchRequest? Read(TextReader input)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (input.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                return new FetchRequest(Text("url"), Text("sha256"), Text("folder"))
                {
                    ArchiveMax = Value("archive-max"),
                    UnpackedMax = Value("unpacked-max"),
                    EntriesMax = (int)Value("entries-max"),
                    Reserve = Value("reserve"),
                    Rate = Value("rate"),
                    Authorities = Text("authorities"),
                    Region = Text("region"),
                    Key = Text("key"),
                };
            }

            var at = line.IndexOf('=', StringComparison.Ordinal);
            fields[line[..Math.Max(0, at)]] = line[(at + 1)..];
        }

        return null;

        string Text(string name) => fields.GetValueOrDefault(name, "");

        long Value(string name) => long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
