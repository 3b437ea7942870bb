using System.Globalization;

namespace EdgeAgent.Linux.Inspection;

/// <summary>
/// How the machine does for memory: of the last ten seconds the part in which some tasks, or all that had something to do, waited for memory (the kernel's pressure stall information,
/// docs/accounting/psi.rst), in percent, and what could be had without swapping. Without the first where the kernel doesn't tell it.
/// </summary>
public readonly record struct MemoryReading(double? Some, double? Full, long Available, long Total)
{
    private const string File = "/proc/pressure/memory";
    private const string Group = "/sys/fs/cgroup/edge.slice";

    /// <summary>What the fleet's work has, in memory and swapped out; null: that isn't known.</summary>
    public long? OfWork { get; init; }

    public double AvailablePercent => Total > 0 ? 100.0 * Available / Total : 100;

    public static MemoryReading Read(MachineRoot root)
    {
        var (some, full) = ((double?)null, (double?)null);
        foreach (var line in root.Lines(File))
        {
            // some avg10=0.00 avg60=0.00 avg300=0.00 total=0
            var fields = line.Split(' ');
            if (fields.Length > 1 && fields[1].StartsWith("avg10=", StringComparison.Ordinal) && double.TryParse(fields[1].AsSpan("avg10=".Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent))
            {
                (some, full) = fields[0] switch
                {
                    "some" => (percent, full),
                    "full" => (some, percent),
                    _ => (some, full),
                };
            }
        }

        var (total, available) = NodeUsage.Memory(root);
        return new(some, full, available, total) { OfWork = root.Number($"{Group}/memory.current") + (root.Number($"{Group}/memory.swap.current") ?? 0) };
    }
}
