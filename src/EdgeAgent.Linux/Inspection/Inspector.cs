using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>Answers questions about this machine on the thread pool; the loop bounds how many there are at once.</summary>
public sealed class Inspector(MachineRoot root, string stateDirectory, IInputSink sink) : IInspector
{
    // Not awaited: the answer is an input.
    public void Submit(InspectRequest request) => _ = Task.Run(() => Answer(request));

    private void Answer(InspectRequest request)
    {
        ReadOnlyMemory<byte> json = default;
        var error = "the agent could not look, by a fault of its own";
        try
        {
            (json, error) = request.Verb switch
            {
                "top" => (TopReport.Write(root, stateDirectory, request.Units), null),
                _ => (default(ReadOnlyMemory<byte>), $"this agent can't look at '{request.Verb}'"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e.Message;
        }
        finally
        {
            sink.Post(new InspectAnswer(request.Id, json, error));
        }
    }
}
