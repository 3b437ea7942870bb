using System.Net.Sockets;
using System.Text.Json;

namespace EdgeAgent.Daemon.Control;

/// <summary>Asks the agent of this machine over its socket.</summary>
internal sealed class ControlClient(string path)
{
    /// <summary>Throws <see cref="IOException"/> with what to do where the agent can't be asked.</summary>
    public JsonDocument Ask(string verb, params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        using var stream = Open(verb, arguments);
        using var answer = new MemoryStream();
        stream.CopyTo(answer);
        var document = Parse(answer.ToArray());
        return document.RootElement.TryGetProperty("error", out var error) ? throw new IOException(error.GetString()) : document;
    }

    private JsonDocument Parse(byte[] answer)
    {
        try
        {
            return JsonDocument.Parse(answer);
        }
        catch (JsonException e)
        {
            throw new IOException($"the agent on {path} broke off its answer: did it just stop? (journalctl -u edgeagent)", e);
        }
    }

    /// <summary>What follows the request, as it comes.</summary>
    public Stream Open(string verb, ReadOnlySpan<(string Name, string Value)> arguments)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(
                e.SocketErrorCode == SocketError.AccessDenied
                    ? $"{path} may be opened by root and the agent's user alone: use sudo"
                    : $"no agent answers on {path}: is it running (systemctl status edgeagent), and is this its configuration (--config)?",
                e);
        }

        using var request = new MemoryStream();
        using (var json = new Utf8JsonWriter(request))
        {
            json.WriteStartObject();
            json.WriteString("verb", verb);
            foreach (var (name, value) in arguments)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        request.WriteByte((byte)'\n');
        var stream = new NetworkStream(socket, ownsSocket: true);
        stream.Write(request.GetBuffer().AsSpan(0, (int)request.Length));
        return stream;
    }
}
