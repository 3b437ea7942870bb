using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// How work sees the artifact that it comes in: read-only at one place, whatever its digest, and no other's. Where a user's manager can't mount, at its own place.
/// </summary>
internal static class ArtifactMount
{
    /// <summary>Where a unit finds it.</summary>
    public const string Place = "/run/edge-artifact";

    public const string Variable = "EDGE_ARTIFACT";

    private const string Within = "./";

    public static void Write(BusMessage m, string artifact, string seenAt)
    {
        UnitProperties.Text(m, "WorkingDirectory", seenAt);
        if (seenAt != artifact)
        {
            UnitProperties.Property(m, "BindReadOnlyPaths", "a(ssbt)", v => v.Inside('a', "(ssbt)", a => a.Inside('r', "ssbt", r => r.Append(artifact).Append(seenAt).Append(false).Append(0UL))));
        }
    }

    /// <summary>Null: it comes in none.</summary>
    public static string? SeenAt(UnitSpec spec) => spec.Artifact is { } artifact ? Confinement.OfThisMachine().IsWhole ? Place : artifact : null;

    /// <summary>systemd takes absolute paths.</summary>
    public static string Resolve(string program, string? seenAt) => seenAt is not null && program.StartsWith(Within, StringComparison.Ordinal) ? $"{seenAt}/{program[Within.Length..]}" : program;
}
