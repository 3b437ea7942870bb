using EdgeAgent.Protocol;

namespace EdgeCtl.Up.Broker;

/// <summary>Every limit of the embedded broker, in one place. It serves a fleet on one machine, not a site.</summary>
public static class BrokerLimits
{
    /// <summary>A payload and what stands around it: topic, properties, header. As packaging/mosquitto has it.</summary>
    public const int PacketBytesMax = ProtocolLimits.PayloadBytesMax + 4096;

    public const int ClientsMax = 512;

    /// <summary>Connections that haven't said who they are yet come on top.</summary>
    public const int SocketsMax = ClientsMax + 64;

    /// <summary>MQTTnet copies the list of all retained messages at each change of one; up to this length the copy costs little.</summary>
    public const int RetainedMessagesMax = 10_000;

    public const long RetainedBytesMax = 64L * 1024 * 1024;

    /// <summary>Messages to one client that wait to be sent. Who publishes the next one waits until half of them are: nothing is dropped.</summary>
    public const int UnsentMessagesMax = 1000;

    public const long UnsentBytesMax = 4L * 1024 * 1024;

    /// <summary>How long publishers wait for a client that reads nothing, before it is disconnected.</summary>
    public static readonly TimeSpan StuckClientPatience = TimeSpan.FromSeconds(5);

    /// <summary>Messages that a client hasn't acknowledged. Who is further behind is disconnected: it then reads the state anew.</summary>
    public const int PendingMessagesMax = 20_000;

    public const long PendingBytesMax = 32L * 1024 * 1024;

    /// <summary>The journal is written anew when it is longer than this and than twice what it tells.</summary>
    public const long JournalSlackBytes = 4L * 1024 * 1024;

    /// <summary>Retained changes remembered for those who are subscribing at this moment.</summary>
    public const int RecentChangesMax = 256;

    /// <summary>How long a change of a retained message may wait for the disk.</summary>
    public static readonly TimeSpan JournalInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>For a CONNECT to come, and for a stuck socket to take a packet.</summary>
    public static readonly TimeSpan CommunicationTimeout = TimeSpan.FromSeconds(15);
}
