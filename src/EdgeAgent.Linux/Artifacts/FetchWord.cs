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

    /// <summary>It is larger than what it may have here.</summary>
    TooLarge,

    /// <summary>The device's file system has no room for it.</summary>
    NoRoom,

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
    /// <summary>Of what is unpacked; of what waits, of what has come of it.</summary>
    public long Bytes { get; init; }

    private const int TextMax = 400;

    /// <summary>In the order of their values.</summary>
    private static readonly string[] Names = [.. Enum.GetValues<FetchWordKind>().Select(k => k.ToString())];

    public string Write() => $"{Kind} {Bytes.ToString(CultureInfo.InvariantCulture)} {Shorten(Text.ReplaceLineEndings(" "))}";

    /// <summary>False for what no fetcher says, such as a line of systemd-run's.</summary>
    public static bool TryRead(string line, out FetchWord word)
    {
        word = default;
        int kind;
        var parts = line.Split(' ', 3);
        if (parts.Length != 3 || (kind = Array.IndexOf(Names, parts[0])) < 0 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            return false;
        }

        word = new FetchWord((FetchWordKind)kind, Shorten(new string([.. parts[2].Select(c => char.IsControl(c) ? '?' : c)]))) { Bytes = bytes };
        return true;
    }

    public static string Size(long bytes) => bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB");

    private static string Shorten(string text) => text.Length <= TextMax ? text : text[..TextMax] + "…";
}

/// <summary>What came isn't to be had; its message is for a person and goes on where "its artifact" or its address stands before.</summary>
public sealed class ArtifactRefusedException(string message) : Exception(message)
{
    /// <summary>For its size alone.</summary>
    public bool IsTooLarge { get; init; }
}

/// <summary>It did not come.</summary>
internal sealed class FetchFailedException(string message) : Exception(message)
{
    /// <summary>It may come by itself, and soon; so much of it is there.</summary>
    public long? Had { get; init; }

    /// <summary>The device's disk is what lacks.</summary>
    public bool IsNoRoom { get; init; }
}
