namespace EdgeAgent.Core.Workloads;

/// <summary>Names of systemd's units, as people write them.</summary>
public static class UnitNameText
{
    /// <summary>What the units of placed work are called begins so.</summary>
    public const string WorkPrefix = "edge-";

    private const int LengthMax = 255;
    private const string Letters = ":-_.\\@";

    /// <summary>Whether there may be such a unit (systemd.unit(5)).</summary>
    public static bool IsValid(string text) =>
        text.Length <= LengthMax && text.IndexOf('.', StringComparison.Ordinal) > 0 && !text.EndsWith('.') && text.All(c => char.IsAsciiLetterOrDigit(c) || Letters.Contains(c, StringComparison.Ordinal));
}
