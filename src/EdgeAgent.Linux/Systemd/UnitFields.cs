using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Reads a property's value; the message stands inside its variant. What comes back sets it.</summary>
internal delegate Func<UnitSnapshot, UnitSnapshot> ReadField(BusMessage value);

/// <summary>Which properties make a <see cref="UnitSnapshot"/>: the same whether they are asked for or told.</summary>
internal static class UnitFields
{
    /// <summary>Of a service.</summary>
    public static readonly IReadOnlyList<(BusProperty Property, ReadField Read)> All =
    [
        (SystemdContract.ActiveState, v => Set(v.ReadString(), (s, x) => s with { ActiveState = x })),
        (SystemdContract.SubState, v => Set(v.ReadString(), (s, x) => s with { SubState = x })),
        (SystemdContract.Job, v => Set(HasJob(v), (s, x) => s with { HasJob = x })),
        (SystemdContract.MainPid, v => Set(v.ReadUInt32(), (s, x) => s with { MainPid = (int)x })),
        (SystemdContract.ExecMainStartTimestamp, v => Set(v.ReadUInt64(), (s, x) => s with { StartedMicroseconds = x })),
        (SystemdContract.NRestarts, v => Set(v.ReadUInt32(), (s, x) => s with { Restarts = (int)x })),
        (SystemdContract.Result, v => Set(v.ReadString(), (s, x) => s with { Result = x })),
        (SystemdContract.ExecMainCode, v => Set(v.ReadInt32(), (s, x) => s with { ExitKind = x })),
        (SystemdContract.ExecMainStatus, v => Set(v.ReadInt32(), (s, x) => s with { ExitStatus = x })),
    ];

    /// <summary>Of a unit that is no service.</summary>
    public static readonly IReadOnlyList<(BusProperty Property, ReadField Read)> OfAnyUnit =
    [
        .. All.Where(f => f.Property.Contract == SystemdNames.Unit),
        (SystemdContract.ActiveEnterTimestamp, v => Set(v.ReadUInt64(), (s, x) => s with { StartedMicroseconds = x })),
    ];

    private static Func<UnitSnapshot, UnitSnapshot> Set<T>(T value, Func<UnitSnapshot, T, UnitSnapshot> set) => s => set(s, value);

    /// <summary>Of no job the number is 0.</summary>
    private static bool HasJob(BusMessage value)
    {
        value.Enter('r', SystemdContract.Job.Type[1..^1]);
        var number = value.ReadUInt32();
        value.Skip("o");
        value.Exit();
        return number != 0;
    }
}
