using System.Buffers;
using System.Text.Json;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>Answers questions about this machine on the thread pool; the loop bounds how many there are at once.</summary>
public sealed class Inspector(MachineRoot root, string stateDirectory, IUnitLog log, bool hasSystemd, IInputSink sink) : IInspector
{
    private readonly StatusReport _status = new(root, log, hasSystemd);

    // Not awaited: the answer is an input.
    public void Submit(InspectRequest request) => _ = Task.Run(() => Answer(request));

    private void Answer(InspectRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        string? error = "the agent could not look, by a fault of its own";
        try
        {
            using var json = new Utf8JsonWriter(buffer);
            json.WriteStartObject();
            error = Write(json, request);
            json.WriteEndObject();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e.Message;
        }
        finally
        {
            sink.Post(new InspectAnswer(request.Id, error is null ? buffer.WrittenMemory : default, error));
        }
    }

    /// <summary>Null, or what hindered it.</summary>
    private string? Write(Utf8JsonWriter json, InspectRequest request)
    {
        switch (request.Verb)
        {
            case "top":
                TopReport.Write(json, root, stateDirectory, request.Units);
                return null;
            case "sockets":
                SocketsReport.Write(json, root, request.Units, SocketDump.Read());
                return null;
            case "unit":
                return _status.Write(json, request);
            default:
                return $"this agent can't look at '{request.Verb}'";
        }
    }
}
