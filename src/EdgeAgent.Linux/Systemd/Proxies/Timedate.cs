using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>org.freedesktop.timedate1(5).</summary>
/// <param name="Zone">As <c>Europe/Zurich</c>.</param>
/// <param name="IsKept">Whether a service that keeps the clock right is switched on.</param>
/// <param name="IsSynchronized">Whether the kernel's clock is known to be right, whoever sees to it.</param>
internal sealed record Timedate(string Zone, bool IsKept, bool IsSynchronized)
{
    private const string Destination = "org.freedesktop.timedate1";

    private static readonly IReadOnlyList<BusProperty> Wanted = [SystemdContract.Timezone, SystemdContract.Ntp, SystemdContract.NtpSynchronized];

    public static Timedate Read(BusConnection bus, TimeSpan patience)
    {
        var texts = new BusObject(bus, Destination, "/org/freedesktop/timedate1", patience).GetTexts(Wanted);
        return new Timedate(
            texts.GetValueOrDefault(SystemdContract.Timezone.Name, ""),
            texts.GetValueOrDefault(SystemdContract.Ntp.Name) == bool.TrueString,
            texts.GetValueOrDefault(SystemdContract.NtpSynchronized.Name) == bool.TrueString);
    }
}
