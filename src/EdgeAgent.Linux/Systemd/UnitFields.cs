using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Sets what a property says; the message stands inside the property's variant.</summary>
internal delegate UnitSnapshot SetField(UnitSnapshot before, BusMessage value);

/// <summary>Which properties make a <see cref="UnitSnapshot"/>: the same whether they are asked for or told.</summary>
internal static class UnitFields
{
    public static readonly IReadOnlyList<(BusProperty Property, SetField Set)> All =
    [
        (SystemdContract.ActiveState, (s, v) => s with { ActiveState = v.ReadString() }),
        (SystemdContract.SubState, (s, v) => s with { SubState = v.ReadString() }),
        (SystemdContract.MainPid, (s, v) => s with { MainPid = (int)v.ReadUInt32() }),
        (SystemdContract.ExecMainStartTimestamp, (s, v) => s with { StartedMicroseconds = v.ReadUInt64() }),
        (SystemdContract.NRestarts, (s, v) => s with { Restarts = (int)v.ReadUInt32() }),
        (SystemdContract.Result, (s, v) => s with { Result = v.ReadString() }),
        (SystemdContract.ExecMainCode, (s, v) => s with { ExitKind = v.ReadInt32() }),
        (SystemdContract.ExecMainStatus, (s, v) => s with { ExitStatus = v.ReadInt32() }),
    ];

    /// <summary>Of a unit that is no service.</summary>
    public static readonly IReadOnlyList<(BusProperty Property, SetField Set)> OfAnyUnit =
    [
        (SystemdContract.ActiveState, (s, v) => s with { ActiveState = v.ReadString() }),
        (SystemdContract.SubState, (s, v) => s with { SubState = v.ReadString() }),
        (SystemdContract.ActiveEnterTimestamp, (s, v) => s with { StartedMicroseconds = v.ReadUInt64() }),
    ];
}
