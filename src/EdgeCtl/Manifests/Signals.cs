using System.Globalization;

namespace EdgeCtl.Manifests;

/// <summary>The signals that end programs, by their names (signal(7)); the numbers are those of x86 and ARM.</summary>
internal static class Signals
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal)
    {
        ["SIGHUP"] = 1,
        ["SIGINT"] = 2,
        ["SIGQUIT"] = 3,
        ["SIGKILL"] = 9,
        ["SIGUSR1"] = 10,
        ["SIGUSR2"] = 12,
        ["SIGTERM"] = 15,
        ["SIGWINCH"] = 28,
    };

    public static bool TryParse(string text, out int number) =>
        Numbers.TryGetValue(text, out number) || Numbers.TryGetValue($"SIG{text}", out number)
        || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= 64);

    /// <summary>The name, or the number of one that has none here.</summary>
    public static string Format(int number) => Numbers.FirstOrDefault(n => n.Value == number).Key ?? number.ToString(CultureInfo.InvariantCulture);
}
