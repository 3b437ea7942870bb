namespace EdgeAgent.Linux.Systemd;

/// <summary>Names of org.freedesktop.systemd1(5).</summary>
internal static class SystemdNames
{
    public const string Destination = "org.freedesktop.systemd1";
    public const string ManagerPath = "/org/freedesktop/systemd1";
    public const string UnitsPath = ManagerPath + "/unit";
    public const string Manager = "org.freedesktop.systemd1.Manager";
    public const string Unit = "org.freedesktop.systemd1.Unit";
    public const string Service = "org.freedesktop.systemd1.Service";

    /// <summary>There where systemd is the first process: sd_booted(3).</summary>
    public const string Booted = "/run/systemd/system";

    /// <summary>For a person.</summary>
    public const string NotBooted = $"this machine was not booted by systemd (there is no {Booted})";

    /// <summary>The error's name where a unit isn't loaded.</summary>
    public const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
}
