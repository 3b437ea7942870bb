using System.Security.Cryptography;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Control;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Linux.Artifacts;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Security;
using MQTTnet.Formatter;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>Checks one after another what an agent needs; each says what to do. Exit code 1 where one failed.</summary>
internal static class DoctorVerb
{
    public static int Run(Arguments arguments)
    {
        AgentConfiguration configuration;
        try
        {
            configuration = Local.Configuration(arguments);
        }
        catch (ConfigurationException e)
        {
            foreach (var fault in e.Faults)
            {
                Say("fail", "configuration", fault);
            }

            return 1;
        }

        var isThere = File.Exists(configuration.File);
        Say(isThere ? "ok" : "warn", "configuration", isThere ? configuration.File : $"there is no {configuration.File}: the defaults hold");
        var isWell = CheckKeys(configuration);
        isWell &= CheckStore(configuration);
        isWell &= CheckRuntime(configuration);
        isWell &= CheckBroker(configuration);
        CheckAgent(configuration);
        return isWell ? 0 : 1;
    }

    private static bool CheckKeys(AgentConfiguration configuration)
    {
        var isWell = false;
        foreach (var file in configuration.OperatorKeys)
        {
            try
            {
                using var key = PublicKey.FromPem(File.ReadAllText(file));
                Say("ok", "operator's key", $"{file} ({Convert.ToHexStringLower(key.KeyId)})");
                isWell = true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
            {
                Say("fail", "operator's key", !File.Exists(file) ? $"there is no {file}" : $"{file}: {(e is UnauthorizedAccessException ? "may not be read by this user" : "is no public key in PEM (-----BEGIN PUBLIC KEY-----)")}");
            }
        }

        if (!isWell)
        {
            Say("fail", "operator's key", "none is trusted, so nothing is applied: copy operator.pub of whoever commands this fleet, and name it in [Node] OperatorKeys");
        }

        return isWell;
    }

    private static bool CheckStore(AgentConfiguration configuration)
    {
        var folder = configuration.StateDirectory;
        if (!Directory.Exists(folder))
        {
            Say("warn", "store", $"{folder} is made at the agent's first start");
            return true;
        }

        try
        {
            var probe = Path.Combine(folder, ".doctor");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            Say("ok", "store", $"{configuration.StorePath}, {new DriveInfo(folder).AvailableFreeSpace >> 20} MiB free");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Say("fail", "store", $"{SystemWords.Of(e)}: run it as the agent's user, or free space");
            return false;
        }
    }

    private static string Sandbox() => SystemdRuntime.SandboxHere(out var lack) is var name && lack.Length > 0 ? $"{name} ({lack})" : name;

    private static bool CheckRuntime(AgentConfiguration configuration)
    {
        try
        {
            var choice = RuntimeChoice.Of(configuration);
            Say("ok", "runtime", choice.Kind == RuntimeKind.Systemd ? $"systemd: transient units edge-* in edge.slice, sandbox {Sandbox()}; {choice.Why}" : $"process: plain processes under edge-shim, nothing is confined; {choice.Why}");
            if (choice.Kind == RuntimeKind.Systemd)
            {
                var lack = SystemdRuntime.FenceHere();
                Say(lack.Length == 0 ? "ok" : "warn", "exclusive work", lack.Length == 0 ? "systemd ends it where the agent can't" : lack);
                var networkLack = SystemdRuntime.NetworkLack();
                Say(networkLack.Length == 0 ? "ok" : "warn", "network rules", networkLack.Length == 0 ? "the kernel holds work to its spec.network" : $"no work with spec.network comes here: {networkLack}");
            }

            CheckArtifacts(configuration, choice);
            var tells = MemoryReading.Read(new MachineRoot("")) is { Some: not null, Full: not null };
            Say(tells ? "ok" : "warn", "memory pressure", tells ? "the kernel tells when work waits for memory" : "this kernel doesn't tell when work waits for memory, so what is available counts alone: boot it with psi=1");
            return true;
        }
        catch (ConfigurationException e)
        {
            Say("fail", "runtime", e.Message);
            return false;
        }
    }

    private static void CheckArtifacts(AgentConfiguration configuration, RuntimeChoice choice)
    {
        var lack = ArtifactStore.LackOf(choice.ArtifactsOf(configuration, configuration.Name ?? default));
        Say(lack.Length == 0 ? "ok" : "warn", "artifacts", lack.Length > 0 ? $"no work with an artifact comes here: {lack}" : $"curl fetches them, {string.Join(", ", ArtifactStore.Formats())} are unpacked");
    }

    // The same way as the agent takes, up to the broker's word: TLS, name and password are checked too.
    private static bool CheckBroker(AgentConfiguration configuration)
    {
        try
        {
            var request = new BrokerConnect(0, $"doctor-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}", null, default);
            var dialed = new MqttDialer(configuration.Broker).Dial(request, CancellationToken.None).GetAwaiter().GetResult();
            using var client = dialed.Client;
            Say("ok", "broker", $"{configuration.Broker.Url} accepts MQTT {(dialed.Version == MqttProtocolVersion.V500 ? "5" : "3.1.1")}");
            return true;
        }
        catch (DialException e)
        {
            Say("fail", "broker", e.Message);
            return false;
        }
    }

    private static void CheckAgent(AgentConfiguration configuration)
    {
        try
        {
            using var status = new ControlClient(configuration.SocketPath).Ask("status");
            Say("ok", "agent", $"{Local.Text(status.RootElement, "name")}, {Local.Text(status.RootElement, "link")}: {Local.Text(status.RootElement, "broker")}");
        }
        catch (IOException e)
        {
            Say("warn", "agent", e.Message);
        }
    }

    private static void Say(string verdict, string what, string text) => Console.WriteLine($"{verdict,-5} {what,-15} {text}");
}
