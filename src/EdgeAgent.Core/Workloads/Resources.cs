namespace EdgeAgent.Core.Workloads;

/// <summary>Thousandths of one CPU core.</summary>
public readonly record struct MilliCpu(long Value)
{
    public override string ToString() => $"{Value}m";
}

/// <summary>A count of bytes.</summary>
public readonly record struct ByteCount(long Value)
{
    private const int MiShift = 20;

    /// <summary>Of what is free, for a person: down to whole MiB.</summary>
    public ByteCount Floor() => Value < 1L << MiShift ? this : new(Value >> MiShift << MiShift);

    /// <summary>Of what is missing, for a person: up to whole MiB.</summary>
    public ByteCount Ceiling() => Value < 1L << MiShift ? this : new((Value + (1L << MiShift) - 1) >> MiShift << MiShift);

    public override string ToString() => Value switch
    {
        0 => "0",
        _ when Value % (1L << 30) == 0 => $"{Value >> 30}Gi",
        _ when Value % (1L << 20) == 0 => $"{Value >> 20}Mi",
        _ when Value % (1L << 10) == 0 => $"{Value >> 10}Ki",
        _ => $"{Value}",
    };
}

/// <summary>An amount of what a node can give: what a workload asks for, what a node has, or what is free.</summary>
public readonly record struct Resources(MilliCpu Cpu, ByteCount Memory, ByteCount Disk, long Tasks)
{
    public static readonly Resources None;

    /// <summary>Of single devices. What a workload asks for has none here: <see cref="WorkloadSpec.Devices"/> says how many, the node which.</summary>
    public DeviceShares Devices { get; init; }

    public static Resources operator +(Resources a, Resources b) => new(
        new(a.Cpu.Value + b.Cpu.Value), new(a.Memory.Value + b.Memory.Value), new(a.Disk.Value + b.Disk.Value), a.Tasks + b.Tasks)
    { Devices = a.Devices + b.Devices };

    public static Resources operator -(Resources a, Resources b) => new(
        new(a.Cpu.Value - b.Cpu.Value), new(a.Memory.Value - b.Memory.Value), new(a.Disk.Value - b.Disk.Value), a.Tasks - b.Tasks)
    { Devices = a.Devices - b.Devices };

    /// <summary>Of each the more.</summary>
    public static Resources Greater(Resources a, Resources b) => new(
        new(Math.Max(a.Cpu.Value, b.Cpu.Value)), new(Math.Max(a.Memory.Value, b.Memory.Value)), new(Math.Max(a.Disk.Value, b.Disk.Value)), Math.Max(a.Tasks, b.Tasks))
    { Devices = DeviceShares.Greater(a.Devices, b.Devices) };

    /// <summary>Of each the less, and nothing where there is less than nothing.</summary>
    public static Resources Lesser(Resources a, Resources b) => new(
        new(Least(a.Cpu.Value, b.Cpu.Value)), new(Least(a.Memory.Value, b.Memory.Value)), new(Least(a.Disk.Value, b.Disk.Value)), Least(a.Tasks, b.Tasks))
    { Devices = DeviceShares.Lesser(a.Devices, b.Devices) };

    private static long Least(long a, long b) => Math.Max(0, Math.Min(a, b));

    /// <summary>Whether <paramref name="request"/> fits here, but for devices.</summary>
    public bool Fits(Resources request) =>
        request.Cpu.Value <= Cpu.Value && request.Memory.Value <= Memory.Value && request.Disk.Value <= Disk.Value && request.Tasks <= Tasks;

    /// <summary>The figures for a person, where it doesn't fit.</summary>
    public string Lacking(Resources request) =>
        request.Cpu.Value > Cpu.Value ? $"needs {request.Cpu} cpu, {Cpu} free"
        : request.Memory.Value > Memory.Value ? $"needs {request.Memory} memory, {Memory.Floor()} free"
        : request.Disk.Value > Disk.Value ? $"needs {request.Disk} disk, {Disk.Floor()} free"
        : request.Tasks > Tasks ? $"needs {request.Tasks} tasks, {Tasks} free"
        : "";
}
