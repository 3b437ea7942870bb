using System.Globalization;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>What apparmor_parser(8) says of a profile that it refuses, as whoever wrote the manifest needs it: with the manifest's own line.</summary>
public static class ParserWords
{
    private const string Error = "AppArmor parser error";
    private const string AtLine = " at line ";
    private const int TextMax = 300;

    /// <param name="profile">What was to be loaded.</param>
    /// <param name="exit">The parser's exit code.</param>
    /// <param name="output">What it said.</param>
    public static string Explain(Profile profile, int exit, string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.FirstOrDefault(l => l.StartsWith(Error, StringComparison.Ordinal)) ?? lines.FirstOrDefault(l => !l.StartsWith("Warning", StringComparison.Ordinal)) ?? $"exit code {exit}";
        var at = line.LastIndexOf(AtLine, StringComparison.Ordinal);
        var number = at < 0 ? "" : new string([.. line[(at + AtLine.Length)..].TakeWhile(char.IsAsciiDigit)]);
        if (profile.LinesBefore < 0 || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var given))
        {
            return Shorten($"AppArmor's parser refuses its profile: {line}");
        }

        // It counts from the file's first, and stands at the end of what it has read, which may be the closing brace that isn't the manifest's.
        var written = profile.Text.Split('\n')[profile.LinesBefore..^2];
        var own = Math.Clamp(given - profile.LinesBefore, 1, written.Length);
        var what = line[(at + AtLine.Length + number.Length)..].TrimStart(':', ' ');
        return Shorten($"AppArmor's parser refuses spec.security.apparmor.profile, line {own}: {what} (the line is: {written[own - 1].Trim()})");
    }

    private static string Shorten(string text) => text.Length <= TextMax ? text : text[..TextMax] + "…";
}
