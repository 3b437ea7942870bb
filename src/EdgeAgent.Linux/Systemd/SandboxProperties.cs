using EdgeAgent.Core;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>What a unit is told so that its work gets what its manifest declares and nothing else, each as systemd.exec(5) and systemd.resource-control(5) name it; docs/spec/security.md says why.</summary>
internal static class SandboxProperties
{
    /// <summary>Since these versions: whose processes are seen, and private System V and POSIX objects.</summary>
    private const int VersionOfProtectProc = 247;
    private const int VersionOfPrivateIpc = 248;

    private const ulong HostNames = 0x04000000;
    private const uint UMask = 0x3F;
    private const int OperationNotPermitted = 1;

    /// <summary>Longest name that useradd(8) and systemd take everywhere.</summary>
    private const int UserNameMax = 31;

    private static readonly string[] Families = ["AF_UNIX", "AF_INET", "AF_INET6"];

    /// <param name="m">The call's properties.</param>
    /// <param name="spec">What runs.</param>
    /// <param name="hold">That of its work.</param>
    /// <param name="options">The runtime's.</param>
    /// <param name="version">The manager's.</param>
    public static void Write(BusMessage m, UnitSpec spec, UnitHold hold, SystemdRuntimeOptions options, int version)
    {
        if (hold.Programs.Count > 0)
        {
            UnitProperties.Property(m, "BPFProgram", "a(ss)", v => v.Inside('a', "(ss)", a =>
            {
                foreach (var (hook, path) in hold.Programs)
                {
                    a.Inside('r', "ss", r => r.Append(hook).Append(path));
                }
            }));
        }

        if (hold.Profile is { } profile)
        {
            UnitProperties.Property(m, "AppArmorProfile", "(bs)", v => v.Inside('r', "bs", r => r.Append(false).Append(profile.Label.Name)));
        }

        if (spec.Sandbox == SandboxLevel.None)
        {
            return;
        }

        var confinement = Confinement.OfThisMachine();
        Confine(m, hold.Profile, options, confinement);
        if (confinement.IsStrictFor(spec.Sandbox))
        {
            ConfineStrictly(m, spec, options, confinement, version);
        }
    }

    /// <summary>Work and its checks are one user, which no other slot is and which is gone with them.</summary>
    public static string UserOf(SlotId slot, SystemdRuntimeOptions options)
    {
        var name = $"edge-{slot.Workload}-{slot.Index}";
        return options.IsManagerShared || name.Length > UserNameMax
            ? $"edge-{StableHash.Of($"{options.Fleet}/{options.Node}/{slot}"):x16}"
            : name;
    }

    private static void Confine(BusMessage m, LoadedProfile? profile, SystemdRuntimeOptions options, Confinement confinement)
    {
        UnitProperties.Truth(m, "NoNewPrivileges", true);
        UnitProperties.Truth(m, "RestrictSUIDSGID", true);
        UnitProperties.Truth(m, "LockPersonality", true);
        UnitProperties.Truth(m, "RestrictRealtime", true);
        if (!confinement.IsWhole)
        {
            return;
        }

        // In a user's manager the kernel's log can't be taken away; a namespace's root can't read it anyway.
        UnitProperties.Truth(m, confinement.IsSystem ? "ProtectKernelLogs" : "PrivateUsers", true);
        UnitProperties.Number(m, "CapabilityBoundingSet", 0);
        UnitProperties.Text(m, "ProtectSystem", "strict");

        // ProtectSystem leaves out /home, /root and /run/user; programs that lie there must run, but not change what they find.
        UnitProperties.Text(m, "ProtectHome", "read-only");
        foreach (var name in (string[])["PrivateTmp", "ProtectKernelTunables", "ProtectKernelModules", "ProtectControlGroups", "ProtectClock"])
        {
            UnitProperties.Truth(m, name, true);
        }

        if (profile is { Writable: { Count: > 0 } write })
        {
            // The system is read-only otherwise. One that isn't there is left out.
            UnitProperties.Property(m, "ReadWritePaths", "as", v => v.Append([.. write.Select(p => $"-{p}")]));
        }

        UnitProperties.Property(m, "InaccessiblePaths", "as", v => v.Append([.. confinement.Doors(), .. options.Folders is { } own ? [$"-{own.State}", $"-{own.Runtime}"] : Array.Empty<string>(), $"-{options.ArtifactFolder}"]));
    }

    private static void ConfineStrictly(BusMessage m, UnitSpec spec, SystemdRuntimeOptions options, Confinement confinement, int version)
    {
        UnitProperties.Truth(m, "DynamicUser", true);
        UnitProperties.Text(m, "User", UserOf(spec.Tag.Slot, options));
        UnitProperties.Property(m, "UMask", "u", v => v.Append(UMask));
        UnitProperties.Text(m, "ProtectHome", "yes");
        UnitProperties.Truth(m, "ProtectHostname", true);
        UnitProperties.Text(m, "KeyringMode", "private");

        // None at all is an empty text in the unit's file, which systemd takes for no restriction when it reads that again (systemctl daemon-reload). This one can't be made without capabilities.
        UnitProperties.Number(m, "RestrictNamespaces", HostNames);
        UnitProperties.Property(m, "RestrictAddressFamilies", "(bas)", v => List(v, isAllowed: true, Families));
        UnitProperties.Property(m, "SystemCallArchitectures", "as", v => v.Append(["native"]));
        UnitProperties.Property(m, "SystemCallErrorNumber", "i", v => v.Append(OperationNotPermitted));

        // The second takes away from the first.
        UnitProperties.Property(m, "SystemCallFilter", "(bas)", v => List(v, isAllowed: true, ["@system-service"]));
        UnitProperties.Property(m, "SystemCallFilter", "(bas)", v => List(v, isAllowed: false, ["@privileged"]));
        if (version >= VersionOfProtectProc)
        {
            UnitProperties.Text(m, "ProtectProc", "invisible");
        }

        if (version >= VersionOfPrivateIpc)
        {
            UnitProperties.Truth(m, "PrivateIPC", true);
        }

        UnitProperties.Truth(m, "PrivateDevices", true);
        var nodes = DeviceNode.OfThose(spec.DeviceNodes);
        if (nodes.Count == 0)
        {
            // In a namespace of its users no group of the device's counts, and no device node.
            UnitProperties.Truth(m, "PrivateUsers", confinement.HasUserNamespacesAsRoot);
            return;
        }

        UnitProperties.Property(m, "BindPaths", "a(ssbt)", v => v.Inside('a', "(ssbt)", a => nodes.ForEach(n => a.Inside('r', "ssbt", r => r.Append(n.Path).Append(n.Path).Append(true).Append(0UL)))));
        UnitProperties.Property(m, "DeviceAllow", "a(ss)", v => v.Inside('a', "(ss)", a => nodes.ForEach(n => a.Inside('r', "ss", r => r.Append(n.Path).Append("rw")))));
        UnitProperties.Property(m, "SupplementaryGroups", "as", v => v.Append([.. nodes.Where(n => n.Group != 0).Select(n => $"{n.Group}").Distinct(StringComparer.Ordinal)]));
    }

    private static void List(BusMessage value, bool isAllowed, string[] names) => value.Inside('r', "bas", r => r.Append(isAllowed).Append(names));
}
