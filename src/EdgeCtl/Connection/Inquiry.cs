using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Verbs;

namespace EdgeCtl.Connection;

/// <summary>Asks nodes something that each answers with one JSON document.</summary>
internal static class Inquiry
{
    /// <summary>No honest answer is longer.</summary>
    private const int AnswerBytesMax = 8 << 20;

    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    /// <summary>What they answered; who did not is told of through <paramref name="tell"/>, in a sentence that names it.</summary>
    public static async Task<IReadOnlyDictionary<NodeId, JsonObject>> AskAsync(
        FleetSession session, IReadOnlyList<NodeId> nodes, string verb, IReadOnlyDictionary<string, string> arguments, Action<string> tell, CancellationToken cancel)
    {
        var heard = await GatherAsync(session, nodes, verb, arguments, cancel).ConfigureAwait(false);
        var answers = new SortedDictionary<NodeId, JsonObject>();
        foreach (var node in nodes)
        {
            if (heard.Errors.TryGetValue(node, out var error))
            {
                tell($"{node}: {error}");
            }
            else if (heard.Silent.Contains(node))
            {
                tell($"{node} does not answer: edgectl describe node {node} says what is known of it");
            }
            else if (Read(heard.Answers[node]) is { } answer)
            {
                answers[node] = answer;
            }
            else
            {
                tell($"{node} answers what this edgectl doesn't understand: update the older of the two (edgectl get nodes, edgectl version)");
            }
        }

        return answers;
    }

    /// <summary>The same as it comes, of each node no more than an honest one says.</summary>
    public static async Task<Heard> GatherAsync(FleetSession session, IReadOnlyList<NodeId> nodes, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel, TimeSpan? silence = null)
    {
        var gathered = nodes.ToDictionary(n => n, _ => new MemoryStream());
        var errors = new SortedDictionary<NodeId, string>();
        void Hear(Reply reply)
        {
            if (reply.Error is { } error)
            {
                errors[reply.Node] = EventsVerb.Clean(error);
            }
            else if (gathered.TryGetValue(reply.Node, out var bytes) && bytes.Length < AnswerBytesMax)
            {
                bytes.Write(reply.Chunk.Span);
            }
        }

        var silent = await Questions.AskAllAsync(session, nodes, verb, arguments, silence ?? SilenceMax, Hear, cancel).ConfigureAwait(false);
        return new(new SortedDictionary<NodeId, MemoryStream>(gathered), errors, [.. silent.Order()]);
    }

    private static JsonObject? Read(MemoryStream bytes)
    {
        try
        {
            return JsonNode.Parse(bytes.ToArray()) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <param name="Answers">Of each node that was asked, also where it said nothing or an error.</param>
    /// <param name="Errors">Who refused, and why.</param>
    /// <param name="Silent">Who said nothing to the end.</param>
    internal sealed record Heard(IReadOnlyDictionary<NodeId, MemoryStream> Answers, IReadOnlyDictionary<NodeId, string> Errors, IReadOnlyList<NodeId> Silent);
}
