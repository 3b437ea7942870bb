namespace EdgeCtl.Up.Broker;

/// <summary>A retained message as the disk knows it. An empty payload says that the topic was cleared.</summary>
public sealed record RetainedMessage(string Topic, byte[] Payload, byte Qos)
{
    public bool IsCleared => Payload.Length == 0;

    /// <summary>What it counts for in the limits.</summary>
    public long Bytes => Topic.Length + Payload.Length;
}
