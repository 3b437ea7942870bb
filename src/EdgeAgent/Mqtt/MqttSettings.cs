namespace EdgeAgent.Daemon.Mqtt;

/// <summary>Where the broker is and how it is spoken to. Files are read at each connection, so that a renewed certificate is taken up.</summary>
public sealed record MqttSettings(string Host, int Port)
{
    public bool UseTls { get; init; }

    public string? UserName { get; init; }

    /// <summary>A file whose content, less a last line feed, is the password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>PEM; the system's certificates where left out.</summary>
    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>5 or 4 (which is 3.1.1) alone; null: 5, and 3.1.1 where that is refused.</summary>
    public int? ProtocolLevel { get; init; }

    public string Url => $"{(UseTls ? "mqtts" : "mqtt")}://{Host}:{Port}";
}
