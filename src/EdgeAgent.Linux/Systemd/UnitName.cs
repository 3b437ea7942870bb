using System.Globalization;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What a slot's unit is called, <c>edge-{workload}-{index}.service</c>, or <c>edge-{fleet}_{node}_{workload}_{index}.service</c> where several agents share a
/// manager: the parts are DNS labels, which have no <c>_</c>, so that two slots never share a name. The longest has 164 characters of the 255 that
/// systemd.unit(5) allows. Whose a unit is, its name doesn't say: that is the mark in its environment.
/// </summary>
internal sealed class UnitName(SystemdRuntimeOptions options)
{
    /// <summary>Matches each name that <see cref="Of"/> gives.</summary>
    public const string Pattern = $"{Prefix}*{Suffix}";

    private const string Prefix = UnitNameText.WorkPrefix;
    private const string Suffix = ".service";
    private const string MarkVariable = "EDGE_UNIT";
    private const string LaunchVariable = "EDGE_LAUNCH";
    private const string SubjectVariable = "EDGE_SUBJECT";
    private const string ImageVariable = "EDGE_IMAGE";
    private const string FenceVariable = "EDGE_FENCE";
    private const string SandboxVariable = "EDGE_SANDBOX";
    private const string ProfileVariable = "EDGE_APPARMOR";
    private const string FilterVariable = "EDGE_NETWORK";
    private const string Demanded = "strict";
    private const int LaunchParts = 3;

    private readonly string _mark = $"{MarkVariable}={options.Fleet}/{options.Node}/{options.StoreId}/";

    public string Of(SlotId slot) => options.IsManagerShared
        ? string.Create(CultureInfo.InvariantCulture, $"{Prefix}{options.Fleet}_{options.Node}_{slot.Workload}_{slot.Index}{Suffix}")
        : string.Create(CultureInfo.InvariantCulture, $"{Prefix}{slot.Workload}-{slot.Index}{Suffix}");

    /// <summary>Of the slot's check. No name of work begins so, whatever the fleet is called: it is never found and taken for work.</summary>
    public string OfCheck(SlotId slot) => $"edgecheck-{Of(slot)[Prefix.Length..]}";

    /// <summary>The variables by which an agent that comes back knows the unit as its own, and which launch it is.</summary>
    public IEnumerable<string> Marks(UnitTag tag) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{_mark}{tag.Slot.Workload}.{tag.Slot.Index}"),
        string.Create(CultureInfo.InvariantCulture, $"{LaunchVariable}={tag.Incarnation}.{tag.Generation}.{tag.Epoch}"),
    ];

    /// <summary>Of a unit that stands beside the one that does the work: also which that is.</summary>
    public IEnumerable<string> Marks(UnitTag tag, UnitRun run) =>
        [.. Marks(tag), $"{SubjectVariable}={run.Unit}", .. run.Portable is { } image ? [$"{ImageVariable}={image.Path}"] : Array.Empty<string>()];

    /// <summary>Of what is fenced: the lease that it hangs on.</summary>
    public static string FenceMark(FenceName fence) => $"{FenceVariable}={fence.Lease}";

    public static bool IsFenced(IReadOnlyList<string> environment) => ValueOf(environment, $"{FenceVariable}=") is not null;

    /// <summary>Of what is held strictly: whether it was asked for.</summary>
    public static IEnumerable<string> SandboxMark(SandboxLevel held) => held == SandboxLevel.None ? [] : [$"{SandboxVariable}={(held == SandboxLevel.Strict ? Demanded : "default")}"];

    public static SandboxLevel ReadSandbox(IReadOnlyList<string> environment) =>
        ValueOf(environment, $"{SandboxVariable}=") is not { } level ? SandboxLevel.None : level == Demanded ? SandboxLevel.Strict : SandboxLevel.Default;

    /// <summary>Of what AppArmor holds: with which profile.</summary>
    public static IEnumerable<string> ProfileMark(LoadedProfile? profile) => profile is { } held ? [$"{ProfileVariable}={held.Mark}"] : [];

    public static LoadedProfile? ReadProfile(IReadOnlyList<string> environment) => LoadedProfile.Read(ValueOf(environment, $"{ProfileVariable}="));

    /// <summary>Of what is held to network rules: by which programs.</summary>
    public static IEnumerable<string> FilterMark(string? filter) => filter is null ? [] : [$"{FilterVariable}={filter}"];

    public static string? ReadFilter(IReadOnlyList<string> environment) => ValueOf(environment, $"{FilterVariable}=");

    /// <summary>The field that each entry of a unit's output has in the journal: which of the workloads that had its name wrote it (systemd.exec(5), LogExtraFields=).</summary>
    public static ReadOnlySpan<byte> IncarnationField => "EDGE_INCARNATION"u8;

    public static byte[] JournalField(Incarnation incarnation) => [.. IncarnationField, (byte)'=', .. Encoding.ASCII.GetBytes(incarnation.ToString())];

    /// <summary>The unit that does the work and its image, where it is another one than the marked.</summary>
    public static (string? Subject, string? Image) ReadSubject(IReadOnlyList<string> environment) =>
        (ValueOf(environment, $"{SubjectVariable}="), ValueOf(environment, $"{ImageVariable}="));

    /// <summary>Whether this is the environment of placed work, whoever's it is.</summary>
    public static bool IsMarked(IReadOnlyList<string> environment) => environment.Any(v => v.StartsWith($"{MarkVariable}=", StringComparison.Ordinal));

    /// <summary>False where the unit isn't this agent's.</summary>
    public bool TryReadMarks(IReadOnlyList<string> environment, out UnitTag tag)
    {
        tag = default;
        if (ValueOf(environment, _mark)?.Split('.') is not [var workloadText, var indexText]
            || !WorkloadName.TryParse(workloadText, out var workload)
            || !int.TryParse(indexText, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || ValueOf(environment, $"{LaunchVariable}=")?.Split('.') is not { Length: LaunchParts } parts
            || !UInt128.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var incarnation)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return false;
        }

        tag = new UnitTag(new SlotId(workload, index), new Incarnation(incarnation), generation, new Epoch(epoch));
        return true;
    }

    private static string? ValueOf(IReadOnlyList<string> environment, string beginning) =>
        environment.FirstOrDefault(v => v.StartsWith(beginning, StringComparison.Ordinal))?[beginning.Length..];

    /// <summary>The object of a unit: what is no letter or digit is written as <c>_</c> and two hexadecimal digits (sd_bus_path_encode(3)).</summary>
    public static string PathOf(string unit)
    {
        var path = new StringBuilder(SystemdNames.UnitsPath).Append('/');
        for (var i = 0; i < unit.Length; i++)
        {
            if (char.IsAsciiLetter(unit[i]) || (i > 0 && char.IsAsciiDigit(unit[i])))
            {
                path.Append(unit[i]);
            }
            else
            {
                path.Append(CultureInfo.InvariantCulture, $"_{(int)unit[i]:x2}");
            }
        }

        return path.ToString();
    }
}
