using System.Net;

namespace EdgeCtl.Contexts;

/// <summary>
/// Where a broker listens, in one spelling: the scheme and the host in small letters, the port always there, loopback's names
/// and addresses all as <c>127.0.0.1</c>. Two URLs that reach the same listener are equal.
/// </summary>
public readonly record struct BrokerAddress
{
    public const int PlainPort = 1883;
    public const int TlsPort = 8883;

    private BrokerAddress(bool tls, string host, int port)
    {
        IsTls = tls;
        Host = host;
        Port = port;
    }

    public bool IsTls { get; }

    public string Host { get; }

    public int Port { get; }

    /// <summary>
    /// Takes <c>mqtt://host[:port]</c> and <c>mqtts://host[:port]</c>. The error says what is wrong with the text and what would be right;
    /// it never repeats what could be a password.
    /// </summary>
    public static bool TryParse(string? text, out BrokerAddress address, out string error)
    {
        address = default;
        error = "";
        if (string.IsNullOrWhiteSpace(text))
        {
            error = "the broker's URL is empty: write mqtt://host:1883 or mqtts://host:8883";
            return false;
        }

        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            error = text.Contains('@', StringComparison.Ordinal)
                ? "the broker's URL can't be read: write mqtt://host:1883 or mqtts://host:8883"
                : $"\"{text}\" is no broker's URL: write mqtt://host:1883 or mqtts://host:8883";
            return false;
        }

        if (uri.UserInfo.Length > 0)
        {
            error = "a broker's URL holds no user name or password, where others could read it in the list of processes: keep them in a context";
            return false;
        }

        if (uri.Scheme is not ("mqtt" or "mqtts"))
        {
            error = $"\"{text}\" begins with {uri.Scheme}: a broker's URL begins with mqtt:// or mqtts:// (TLS)";
            return false;
        }

        if (uri.AbsolutePath is not ("" or "/") || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            error = $"\"{text}\" goes on after the port: a broker's URL is only scheme, host and port; the root of the topics is --root";
            return false;
        }

        var tls = uri.Scheme == "mqtts";
        var port = uri.Port > 0 ? uri.Port : tls ? TlsPort : PlainPort;
        address = new(tls, NormalHost(uri.IdnHost), port);
        return true;
    }

    public override string ToString() =>
        $"{(IsTls ? "mqtts" : "mqtt")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    private static string NormalHost(string host)
    {
        var name = host.ToLowerInvariant().TrimEnd('.');
        if (name == "localhost")
        {
            return "127.0.0.1";
        }

        return IPAddress.TryParse(name, out var ip) ? (IPAddress.IsLoopback(ip) ? "127.0.0.1" : ip.ToString()) : name;
    }
}
