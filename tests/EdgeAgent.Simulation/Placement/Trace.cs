using System.Globalization;

namespace EdgeAgent.Simulation.Placement;

/// <summary>A node of a trace: what it has, whole and unused.</summary>
public sealed record TraceNode(string Name, long MilliCpu, long Mebibytes, int Devices, string Model);

/// <summary>What a job of a trace asks for: shares of one device, or several whole ones. Two with equal values are of one kind.</summary>
/// <param name="MilliCpu">Thousandths of a core.</param>
/// <param name="Mebibytes">Memory.</param>
/// <param name="Devices">How many; 0: none.</param>
/// <param name="MilliDevice">Of each; 1000: whole.</param>
/// <param name="Models">Allowed models, `|` between them; empty: any.</param>
public sealed record TraceJob(long MilliCpu, long Mebibytes, int Devices, int MilliDevice, string Models)
{
    public const int Whole = 1000;

    private readonly string[] _models = Models.Split('|', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<string> AllowedModels => _models;

    public long MilliDevices => (long)Devices * MilliDevice;

    public bool IsShare => Devices == 1 && MilliDevice < Whole;

    public bool MayRunOn(TraceNode node) => Devices == 0 || _models.Length == 0 || _models.Contains(node.Model);

    public bool Equals(TraceJob? other) =>
        other is not null && (MilliCpu, Mebibytes, Devices, MilliDevice, Models) == (other.MilliCpu, other.Mebibytes, other.Devices, other.MilliDevice, other.Models);

    public override int GetHashCode() => HashCode.Combine(MilliCpu, Mebibytes, Devices, MilliDevice, Models);
}

/// <summary>Nodes and jobs of a cluster, as its operator published them. The columns are in ../shared/data/README.md.</summary>
public sealed record Trace(IReadOnlyList<TraceNode> Nodes, IReadOnlyList<TraceJob> Jobs)
{
    public long MilliDevices => Nodes.Sum(n => (long)n.Devices) * TraceJob.Whole;

    public static Trace Read(string nodes, string jobs) => new(
        [.. Rows(nodes, "sn", "cpu_milli", "memory_mib", "gpu", "model").Select(r => new TraceNode(r[0], Number(r[1]), Number(r[2]), (int)Number(r[3]), r[4]))],
        [.. Rows(jobs, "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "gpu_spec?").Select(r => new TraceJob(Number(r[0]), Number(r[1]), (int)Number(r[2]), (int)Number(r[3]), r[4]))]);

    /// <summary>The named columns of each row, in that order; a name with `?` may be missing.</summary>
    private static IEnumerable<string[]> Rows(string file, params string[] columns)
    {
        var lines = File.ReadAllLines(file);
        var header = lines[0].Split(',');
        var places = Array.ConvertAll(columns, c => Array.IndexOf(header, c.TrimEnd('?')) is >= 0 and var place ? place
            : c.EndsWith('?') ? -1 : throw new InvalidDataException($"{file}: there is no column {c}; it has {lines[0]}"));
        return lines.Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',')).Select(r => Array.ConvertAll(places, p => p < 0 ? "" : r[p]));
    }

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
