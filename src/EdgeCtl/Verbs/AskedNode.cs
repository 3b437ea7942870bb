using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;

namespace EdgeCtl.Verbs;

/// <summary>One node that is asked something: it has to be there, and to answer.</summary>
internal static class AskedNode
{
    public static async Task<JsonObject> AskAsync(FleetSession session, string name, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllPresences], cancel).ConfigureAwait(false);
        if (!NodeId.TryParse(name, out var id) || session.View.NodeOf(id) is not { } node)
        {
            throw new VerbException(ExitCode.Failed, Missing.Node(session.View, name));
        }

        if (!node.IsOnline)
        {
            throw new VerbException(ExitCode.Failed, $"{name} is {node.State}: edgectl describe node {name} says what was known of it last");
        }

        return await AskAsync(session, id, verb, arguments, cancel).ConfigureAwait(false);
    }

    /// <summary>One of which is known that it is there.</summary>
    public static async Task<JsonObject> AskAsync(FleetSession session, NodeId node, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        var failure = $"{node} does not answer";
        var answers = await Inquiry.AskAsync(session, [node], verb, arguments, told => failure = told, cancel).ConfigureAwait(false);
        return answers.TryGetValue(node, out var answer) ? answer : throw new VerbException(ExitCode.Failed, failure);
    }
}
