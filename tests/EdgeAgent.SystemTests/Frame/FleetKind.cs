namespace EdgeAgent.SystemTests.Frame;

public enum FleetKind
{
    /// <summary><c>edgectl up</c>: agents as children of the test with plain processes, and the embedded broker.</summary>
    Embedded,

    /// <summary>The same agents on Mosquitto.</summary>
    Mosquitto,

    /// <summary>Devices booted by systemd, each with the packaged agent, whose work are units; on Mosquitto.</summary>
    Containers,
}
