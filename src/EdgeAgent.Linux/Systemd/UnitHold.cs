using EdgeAgent.Linux.AppArmor;

namespace EdgeAgent.Linux.Systemd;

/// <summary>What a unit is held by besides its sandbox, and its checks as it is: as that was when it was loaded.</summary>
/// <param name="Profile">Of AppArmor; null: none.</param>
/// <param name="Programs">Of its network rules: where the kernel asks which pinned program. None: it has no rules.</param>
internal sealed record UnitHold(LoadedProfile? Profile, IReadOnlyList<(string Hook, string Path)> Programs);
