using System.Globalization;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// A slot's unit by name, <c>edge-{fleet}_{node}_{workload}_{index}.service</c>, and back. The parts are DNS labels, which have no
/// <c>_</c>: two slots never share a name. The longest has 164 characters of the 255 that systemd.unit(5) allows.
/// </summary>
internal sealed class UnitName(SystemdRuntimeOptions options)
{
    private const string Suffix = ".service";
    private const string MarkVariable = "EDGE_UNIT";
    private const string LaunchVariable = "EDGE_LAUNCH";
    private const int LaunchParts = 3;
    private const int LengthMax = 255;
    private const string Letters = ":-_.\\@";

    private readonly string _prefix = $"edge-{options.Fleet}_{options.Node}_";
    private readonly string _owner = $"{options.Fleet}/{options.Node}/{options.StoreId}";

    /// <summary>Matches each name that <see cref="Of"/> gives.</summary>
    public string Pattern => $"{_prefix}*{Suffix}";

    public string Of(SlotId slot) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{slot.Workload}_{slot.Index}{Suffix}");

    /// <summary>Of the slot's check. No name of work begins so, whatever the fleet is called: it is never found and taken for work.</summary>
    public string OfCheck(SlotId slot) => $"edgecheck-{Of(slot)["edge-".Length..]}";

    public bool TryParse(string name, out SlotId slot)
    {
        slot = default;
        if (!name.StartsWith(_prefix, StringComparison.Ordinal) || !name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = name[_prefix.Length..^Suffix.Length].Split('_');
        if (parts.Length != 2 || !WorkloadName.TryParse(parts[0], out var workload) || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        slot = new SlotId(workload, index);
        return Of(slot) == name;
    }

    /// <summary>The variables by which an agent that comes back knows the unit as its own, and which launch it is.</summary>
    public IEnumerable<string> Marks(UnitTag tag) =>
    [
        $"{MarkVariable}={_owner}/{tag.Slot.Workload}.{tag.Slot.Index.ToString(CultureInfo.InvariantCulture)}",
        string.Create(CultureInfo.InvariantCulture, $"{LaunchVariable}={tag.Incarnation}.{tag.Generation}.{tag.Epoch}"),
    ];

    /// <summary>False where the unit isn't this agent's.</summary>
    public bool TryReadMarks(SlotId slot, IReadOnlyList<string> environment, out UnitTag tag)
    {
        tag = new UnitTag(slot, default, 0, Epoch.None);
        if (!environment.Contains($"{MarkVariable}={_owner}/{slot.Workload}.{slot.Index.ToString(CultureInfo.InvariantCulture)}")
            || environment.FirstOrDefault(v => v.StartsWith($"{LaunchVariable}=", StringComparison.Ordinal)) is not { } launch)
        {
            return false;
        }

        var parts = launch[(LaunchVariable.Length + 1)..].Split('.');
        if (parts.Length != LaunchParts
            || !UInt128.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var incarnation)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return false;
        }

        tag = new UnitTag(slot, new Incarnation(incarnation), generation, new Epoch(epoch));
        return true;
    }

    /// <summary>Whether there may be such a unit (systemd.unit(5)).</summary>
    public static bool IsUnit(string text) =>
        text.Length <= LengthMax && text.IndexOf('.', StringComparison.Ordinal) > 0 && !text.EndsWith('.') && text.All(c => char.IsAsciiLetterOrDigit(c) || Letters.Contains(c, StringComparison.Ordinal));

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
