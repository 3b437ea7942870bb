using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>
/// What the system said, in its own words: this binary leaves .NET's texts out (UseSystemResourceKeys), so that an exception's message
/// may be no more than a key.
/// </summary>
internal static class SystemWords
{
    private const int ErrorNumbers = 200;

    public static string Of(Exception e) => e switch
    {
        FileNotFoundException f => $"there is no file {f.FileName}",
        DirectoryNotFoundException => "there is no such folder",
        UnauthorizedAccessException => "permission denied (run it as the agent's user, or as root)",
        SocketException s => Marshal.GetPInvokeErrorMessage(s.NativeErrorCode),
        IOException { HResult: > 0 and < ErrorNumbers } i => Marshal.GetPInvokeErrorMessage(i.HResult),
        CryptographicException or ArgumentException when IsKey(e.Message) => "it is no key or certificate that can be read (PEM)",
        AuthenticationException when e.Message.StartsWith("net_ssl_io_cert", StringComparison.Ordinal) => "its certificate is not signed by a trusted authority, is out of date, or names another host",
        _ when IsKey(e.Message) && e.InnerException is { } inner => Of(inner),
        IOException when e.Message.StartsWith("net_io_eof", StringComparison.Ordinal) => "the other side closed the connection",
        _ when IsKey(e.Message) => $"{e.GetType().Name} ({e.Message})",
        _ => e.Message,
    };

    /// <summary>Words of .NET that are no words: <c>Cryptography_NotValidPem</c>, <c>IO_PathNotFound_Path, /x</c>.</summary>
    private static bool IsKey(string message)
    {
        var end = message.IndexOfAny([' ', ',']);
        var first = end < 0 ? message : message[..end];
        return first.Contains('_', StringComparison.Ordinal) && first.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }
}
