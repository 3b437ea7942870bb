using System.Globalization;

namespace EdgeAgent.Linux.Artifacts;

internal enum FetchWordKind
{
    /// <summary>It has come on.</summary>
    Comes,

    /// <summary>It is fetched, checked and unpacked.</summary>
    Done,

    /// <summary>What came isn't to be had, and would not be the next time.</summary>
    Refused,

    /// <summary>It did not come, and somebody has to do something about it.</summary>
    Failed,

    /// <summary>It did not come, and may soon: its server can't be reached, or has no time.</summary>
    Waits,
}

/// <summary>What a fetcher says on its standard output, a line each.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Text">For a person.</param>
internal readonly record struct FetchWord(FetchWordKind Kind, string Text)
{
    /// <summary>Of what is unpacked.</summary>
    public long Bytes { get; init; }

    private const int TextMax = 400;

    public string Write() => $"{Kind} {Bytes.ToString(CultureInfo.InvariantCulture)} {Shorten(Text.ReplaceLineEndings(" "))}";

    /// <summary>False for what no fetcher says, such as a line of systemd-run's.</summary>
    public static bool TryRead(string line, out FetchWord word)
    {
        word = default;
        var parts = line.Split(' ', 3);
        if (parts.Length != 3 || !Enum.TryParse<FetchWordKind>(parts[0], out var kind) || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return false;
        }

        word = new FetchWord(kind, Shorten(parts[2])) { Bytes = bytes };
        return true;
    }

    public static string Size(long bytes) => bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB");

    private static string Shorten(string text) => text.Length <= TextMax ? text : text[..TextMax] + "…";
}

/// <summary>What came isn't to be had; its message is for a person and goes on where "its artifact" or its address stands before.</summary>
public sealed class ArtifactRefusedException(string message) : Exception(message);

/// <summary>It did not come.</summary>
internal sealed class FetchFailedException(string message) : Exception(message)
{
    /// <summary>By itself, and soon.</summary>
    public bool MayPass { get; init; }
}
