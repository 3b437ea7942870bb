namespace EdgeAgent.Core.Workloads;

/// <summary>That AppArmor confines it, or it doesn't run; docs/spec/security.md has what the profile allows.</summary>
public sealed record AppArmorRule
{
    /// <summary>The rules of its profile, as apparmor.d(5) has them between the braces. Empty: the agent writes them from what the manifest declares.</summary>
    public string Profile { get; init; } = "";

    /// <summary>What the profile doesn't allow is allowed all the same, and told: for finding out what a program needs.</summary>
    public bool IsComplaining { get; init; }
}

/// <summary>What it may touch of the device's files besides what every program needs; absolute paths, of a folder with all that is in it.</summary>
public sealed record FileRules
{
    /// <summary>They would be AppArmor's patterns and quotes, and a path is to be only a path.</summary>
    public const string PatternCharacters = "*?[]{}^\"\\,@";

    public IReadOnlyList<string> Read { get; init; } = [];

    /// <summary>To be read, too.</summary>
    public IReadOnlyList<string> Write { get; init; } = [];

    /// <summary>Programs that it may start besides its own.</summary>
    public IReadOnlyList<string> Execute { get; init; } = [];

    /// <summary>Whether one of them can be this: absolute, each part naming something, and no pattern.</summary>
    public static bool IsPath(string path) =>
        path.Length <= WorkloadLimits.FilePathLength && path.TrimEnd('/').Length > 1 && path[0] == '/' && !path.Any(c => c < ' ' || PatternCharacters.Contains(c, StringComparison.Ordinal))
        && path.TrimEnd('/').Split('/').Skip(1).All(p => p is not ("" or "." or ".."));
}
