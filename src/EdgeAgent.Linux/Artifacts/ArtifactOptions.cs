namespace EdgeAgent.Linux.Artifacts;

/// <summary>Where archives are kept on this device, and what they may take of it: [Artifacts] of agent.conf.</summary>
/// <param name="Folder">Of those that are unpacked, one folder each.</param>
/// <param name="Program">The agent's own, which fetches when it is started as <see cref="FetchWorker.Verb"/>.</param>
public sealed record ArtifactOptions(string Folder, string Program)
{
    /// <summary>Bytes that those which are unpacked may take together; one that is being fetched takes its archive besides.</summary>
    public long DiskMax { get; init; }

    /// <summary>Bytes a second; zero: as many as come.</summary>
    public long Rate { get; init; }

    public bool AllowsHttp { get; init; }

    /// <summary>Who may have signed the servers' certificates; null: whom the device trusts.</summary>
    public string? CaFile { get; init; }

    public IReadOnlyList<ObjectStore> Stores { get; init; } = [];

    /// <summary>Fetching is a service of the machine's systemd, with a user of its own that is gone with it, of this name; null: a child of the agent.</summary>
    public string? Service { get; init; }

    /// <summary>What no fetcher can see: the agent's own folders.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Where systemd puts what a user that is made for a service keeps, and else where a child does.</summary>
    public string Incoming => Service is null ? Path.Combine(Folder, "incoming") : Path.Combine("/var/lib/private", Service);

    public ObjectStore? StoreOf(Uri url) => Stores.FirstOrDefault(s => s.Address.Scheme == url.Scheme && s.Address.Authority == url.Authority && url.AbsolutePath.StartsWith(s.Address.AbsolutePath, StringComparison.Ordinal));
}

/// <summary>An object store whose requests are signed (AWS Signature Version 4).</summary>
/// <param name="Address">What its addresses begin with.</param>
/// <param name="Region">As the store calls itself.</param>
/// <param name="KeyFile">One line, KEY:SECRET.</param>
public sealed record ObjectStore(Uri Address, string Region, string KeyFile);
