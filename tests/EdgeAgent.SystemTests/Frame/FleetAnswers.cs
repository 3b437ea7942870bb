using System.Text.Json;

namespace EdgeAgent.SystemTests.Frame;


internal sealed record NodeItem(string Name, string State);

internal sealed record SlotItem(string Workload, int Index, string Node, long Epoch, string Phase, int Pid, string Reason = "", long Generation = 0)
{
    /// <summary>Whom the fleet says that it is run by.</summary>
    public WorkProcess Process => new(Node, $"{Workload}/{Index}", Pid);
}

internal static class Answer
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<T> Read<T>(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("items").Deserialize<IReadOnlyList<T>>(Options) ?? [];
    }
}
