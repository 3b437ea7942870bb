using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Restarts the machine as <c>systemctl reboot</c> does: through logind, or where there is none, as root, through the manager's own target. On the thread pool.
/// </summary>
public sealed class MachinePower(IInputSink sink) : IPower
{
    private const string RebootTarget = "reboot.target";

    /// <summary>Targets that end with the same machine running again: systemd.special(7).</summary>
    private static readonly string[] RestartTargets = [RebootTarget, "kexec.target", "soft-reboot.target"];

    // Not awaited: the answer is an input.
    public void Submit(RebootRequest request) => _ = Task.Run(() => Answer(request));

    /// <summary>Who ends the agent doesn't wait longer for it.</summary>
    private static readonly TimeSpan LookingMax = TimeSpan.FromSeconds(2);

    /// <summary>Whether the machine is on its way down to come up again, whoever asked for it: the manager has a job for it.</summary>
    public static bool IsRestarting()
    {
        if (!Directory.Exists(SystemdNames.Booted))
        {
            return false;
        }

        var looking = Task.Run(HasJob);
        return looking.Wait(LookingMax) && looking.Result;
    }

    private static bool HasJob()
    {
        try
        {
            using var manager = ManagerView.Open();
            return RestartTargets.Any(manager.HasJob);
        }
        catch (Exception e) when (e is BusException or DllNotFoundException or EntryPointNotFoundException)
        {
            // Nobody can say; then it is an end as any other.
            return false;
        }
    }

    private void Answer(RebootRequest request)
    {
        string? error = "the agent could not ask for it, by a fault of its own";
        try
        {
            error = Directory.Exists(SystemdNames.Booted) ? Reboot(request) : $"{SystemdNames.NotBooted}: whatever started the agent here can restart it";
        }
        catch (BusException e)
        {
            error = BusRefusal.Explain((e.Name, e.Message), BusRefusal.Reboot, "restart the machine");
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            error = $"{SdBus.Library} is missing or too old: install systemd's library (libsystemd0)";
        }
        finally
        {
            sink.Post(new RebootAnswer(request.IsTrial, error));
        }
    }

    /// <summary>Null, or what hinders it.</summary>
    private static string? Reboot(RebootRequest request)
    {
        try
        {
            using var bus = BusConnection.ToSystemBus();
            return Reboot(new LoginManager(bus), request);
        }
        catch (BusException e) when (!BusRefusal.IsRefusal(e.Name) && Environment.IsPrivilegedProcess)
        {
            // No bus or no logind on it.
            if (!request.IsTrial)
            {
                using var manager = ManagerView.Open();
                manager.Start(RebootTarget, "replace-irreversibly");
            }

            return null;
        }
        catch (BusException e) when (!BusRefusal.IsRefusal(e.Name))
        {
            return $"logind ({LoginManager.Destination}) does not answer ({e.Message}), and without it only root may restart the machine: the agent runs as the user {Environment.UserName}";
        }
    }

    private static string? Reboot(LoginManager logind, RebootRequest request)
    {
        if (!request.OverInhibitors && logind.ListInhibitors().FirstOrDefault(i => i.BlocksShutdown) is { } blocking)
        {
            return $"{blocking.Who} holds it off: {blocking.Why} (systemd-inhibit --list); --ignore-inhibitors does it all the same";
        }

        switch (logind.CanReboot())
        {
            case "na":
                return "logind says that this machine can't be restarted";
            case "no" or "challenge" when request.IsTrial:
                throw new BusException("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "a person would be asked for a password", isLost: false);
        }

        if (!request.IsTrial)
        {
            logind.Reboot();
        }

        return null;
    }
}
