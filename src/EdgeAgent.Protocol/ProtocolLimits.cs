namespace EdgeAgent.Protocol;

/// <summary>The sizes that everybody on the wire keeps to.</summary>
public static class ProtocolLimits
{
    /// <summary>What hosted brokers accept.</summary>
    public const int PayloadBytesMax = 128 * 1024;

    public const int TopicBytesMax = 256;

    public const uint MajorVersion = 1;

    public const int FeaturesMax = 64;
    public const int PairsMax = 256;
    public const int TextLengthMax = 1024;

    /// <summary>A chunk of a reply, so that the message stays well under the payload's limit.</summary>
    public const int ChunkBytesMax = 32 * 1024;

    public const int ScoreMax = 1_000_000;

    /// <summary>The longest life of a command.</summary>
    public static readonly TimeSpan CommandLifeMax = TimeSpan.FromMinutes(10);
}
