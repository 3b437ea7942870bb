namespace EdgeAgent.Linux.AppArmor;

/// <summary>What a unit is held by, as it was when that was loaded.</summary>
/// <param name="Label">The profile and its mode.</param>
/// <param name="Writable">Where <c>files.write</c> led to then: there its sandbox lets it write, too.</param>
public sealed record LoadedProfile(ProfileLabel Label, IReadOnlyList<string> Writable)
{
    /// <summary>No path has it (<see cref="Core.Workloads.FileRules.IsPath"/>).</summary>
    private const string Between = "//";

    /// <summary>As it stands in the unit's environment.</summary>
    public string Mark => string.Join(Between, [Label.ToString(), .. Writable]);

    public static LoadedProfile? Read(string? mark) =>
        mark?.Split(Between) is [var text, .. var writable] && ProfileLabel.TryParse(text, out var label) ? new LoadedProfile(label, writable) : null;
}
