using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>org.freedesktop.login1(5): restarting the machine, and what holds that off.</summary>
internal readonly struct LoginManager(BusConnection bus)
{
    public const string Destination = "org.freedesktop.login1";

    private readonly BusObject _object = new(bus, Destination, "/org/freedesktop/login1");

    /// <summary><c>yes</c>, <c>no</c>, <c>challenge</c> (a person would be asked), <c>na</c>, or a word of a later logind.</summary>
    public string CanReboot()
    {
        using var reply = _object.Call(SystemdContract.CanReboot);
        return reply.ReadString();
    }

    /// <summary>Returns when it is begun. Nobody is asked for a password.</summary>
    public void Reboot() => _object.Call(SystemdContract.Reboot, call => call.Append(false)).Dispose();

    public IReadOnlyList<Inhibitor> ListInhibitors()
    {
        using var reply = _object.Call(SystemdContract.ListInhibitors);
        var all = new List<Inhibitor>();
        reply.Enter('a', "(ssssuu)");
        while (reply.Enter('r', "ssssuu"))
        {
            all.Add(new Inhibitor(reply.ReadString(), reply.ReadString(), reply.ReadString(), reply.ReadString()));
            reply.Skip("uu");
            reply.Exit();
        }

        return all;
    }

    /// <summary>A lock that lasts until the answer is disposed of, also when the connection is closed before: the answer owns the descriptor that is it.</summary>
    public BusMessage Inhibit(Inhibitor inhibitor) =>
        _object.Call(SystemdContract.Inhibit, call => call.Append(inhibitor.What).Append(inhibitor.Who).Append(inhibitor.Why).Append(inhibitor.Mode));
}

/// <summary>Who holds off what, and why: systemd-inhibit(1).</summary>
/// <param name="What">As <c>shutdown:sleep</c>.</param>
/// <param name="Who">A program, for a person.</param>
/// <param name="Why">For a person.</param>
/// <param name="Mode"><c>block</c>, <c>delay</c>, and of a later logind <c>block-weak</c>.</param>
internal sealed record Inhibitor(string What, string Who, string Why, string Mode)
{
    public bool BlocksShutdown => Mode == "block" && What.Split(':').Contains("shutdown", StringComparer.Ordinal);
}
