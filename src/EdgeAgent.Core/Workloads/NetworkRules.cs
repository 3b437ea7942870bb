namespace EdgeAgent.Core.Workloads;

/// <summary>What it may reach over IP and be reached at; all else the kernel denies it. docs/spec/security.md has the words of both.</summary>
public sealed record NetworkRules
{
    /// <summary>Each an <see cref="Endpoint"/>.</summary>
    public IReadOnlyList<string> Connect { get; init; } = [];

    /// <summary>Each a <see cref="PortRange"/>.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];
}

public enum Transport
{
    /// <summary>Either.</summary>
    Any,
    Tcp,
    Udp,
}

/// <summary>Ports of a transport: <c>8080</c>, <c>8000-8010</c>, <c>53/udp</c>.</summary>
/// <param name="First">0 with a last of 65535: all of them.</param>
/// <param name="Last">Included.</param>
/// <param name="Transport">Of which.</param>
public readonly record struct PortRange(int First, int Last, Transport Transport)
{
    private const int Max = ushort.MaxValue;

    public bool IsAll => First == 0 && Last == Max;

    public static PortRange All(Transport transport) => new(0, Max, transport);

    /// <summary>What it may be reached at: by TCP where the text doesn't say otherwise, for who serves datagrams sends some to anybody.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        range = default;
        return TryTakeTransport(ref text, out var transport) && TryParse(text, transport == Transport.Any ? Transport.Tcp : transport, out range);
    }

    /// <summary>Of the text after the transport was taken from it.</summary>
    internal static bool TryParse(string text, Transport transport, out PortRange range)
    {
        range = default;
        var ends = text.Split('-');
        if (ends.Length > 2 || !TryPort(ends[0], out var first) || !TryPort(ends[^1], out var last) || last < first)
        {
            return false;
        }

        range = new PortRange(first, last, transport);
        return true;
    }

    /// <summary>Takes <c>/tcp</c> or <c>/udp</c> from the end.</summary>
    internal static bool TryTakeTransport(ref string text, out Transport transport)
    {
        transport = text.EndsWith("/tcp", StringComparison.Ordinal) ? Transport.Tcp : text.EndsWith("/udp", StringComparison.Ordinal) ? Transport.Udp : Transport.Any;
        text = transport == Transport.Any ? text : text[..^"/tcp".Length];
        return text.Length > 0;
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out port) && port is > 0 and <= Max;
}
