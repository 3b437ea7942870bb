namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>A call that was answered by an error, or not at all.</summary>
/// <param name="name">The error's D-Bus name, such as <c>org.freedesktop.systemd1.NoSuchUnit</c>.</param>
/// <param name="message">For a person.</param>
/// <param name="isLost">The connection is of no use any more.</param>
internal sealed class BusException(string name, string message, bool isLost) : IOException(message)
{
    private const int BrokenPipe = 32;
    private const int ConnectionReset = 104;
    private const int NotConnected = 107;
    private const int Shutdown = 108;
    private const int Stale = 116;
    private const int OtherProcess = 10;

    public string Name => name;

    public bool IsLost => isLost;

    /// <summary>Of a negative errno, as sd-bus returns it.</summary>
    public static BusException Of(string what, int result) =>
        new("", $"{what}: {new System.ComponentModel.Win32Exception(-result).Message}", TellsOfLoss(result));

    public static bool TellsOfLoss(int result) => -result is BrokenPipe or ConnectionReset or NotConnected or Shutdown or Stale or OtherProcess;
}
