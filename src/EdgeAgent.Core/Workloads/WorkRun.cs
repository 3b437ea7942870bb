namespace EdgeAgent.Core.Workloads;

/// <summary>What runs: one of the kinds below.</summary>
public abstract record WorkRun
{
    /// <summary>What an agent must be able to do for it.</summary>
    public abstract string Feature { get; }

    /// <summary>A device has only one of it, so that a node takes one slot of the workload at most.</summary>
    public virtual bool IsOncePerNode => false;
}

/// <summary>A program on the device: its arguments with the program first, and its environment.</summary>
public sealed record ExecRun(IReadOnlyList<string> Command) : WorkRun
{
    public override string Feature => "run.exec/1";

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What it comes in; null: it is on the device.</summary>
    public Artifact? Artifact { get; init; }
}

/// <summary>A unit of systemd whose file is on the device, such as <c>grafana.service</c>: it is started and stopped, and says itself how it runs.</summary>
public sealed record UnitRun(string Unit) : WorkRun
{
    public override string Feature => Portable is null ? "run.unit/1" : "run.portable/1";

    public override bool IsOncePerNode => true;

    /// <summary>The image that it comes in; null: its file is on the device.</summary>
    public PortableImage? Portable { get; init; }
}

/// <summary>A portable service's image (portablectl(1)): attached before its unit is started, detached after it has ended.</summary>
/// <param name="Path">A file or folder on the device, or its name in /var/lib/portables.</param>
public sealed record PortableImage(string Path)
{
    /// <summary>Of its confinement.</summary>
    public string Profile { get; init; } = WorkloadSpec.Defaults.PortableProfile;
}
