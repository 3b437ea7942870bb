using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Verbs;

namespace EdgeCtl.Connection;

/// <summary>
/// Words on nodes themselves: <c>cordon</c>, <c>drain</c>, <c>label</c>, <c>taint</c>. Each is made from what the node says of itself now and names its revision, so that of two operators
/// who speak at once the second begins anew.
/// </summary>
internal static class NodeWords
{
    private const int TriesMax = 5;
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>These nodes by their names; all have to be there.</summary>
    public static async Task<IReadOnlyList<NodeId>> OnlineAsync(FleetSession session, string[] names, CancellationToken cancel)
    {
        await session.Connection.ReadAsync([session.Topics.AllPresences], cancel).ConfigureAwait(false);
        var nodes = new List<NodeId>();
        foreach (var name in names.Select(n => n.StartsWith("node/", StringComparison.Ordinal) ? n["node/".Length..] : n).Distinct(StringComparer.Ordinal))
        {
            if (!NodeId.TryParse(name, out var node) || session.View.NodeOf(node) is not { } view)
            {
                throw new VerbException(ExitCode.Failed, Missing.Node(session.View, name));
            }

            nodes.Add(view.IsOnline ? node : throw new VerbException(ExitCode.Failed, $"{node} is {view.State}: such words are kept by the node itself, and nobody is there to be asked; edgectl delete node {node} takes one that never comes back out of the cell"));
        }

        return nodes;
    }

    /// <summary>
    /// Says it, made from what the node is. Where <paramref name="word"/> gives none, there is nothing to say: false. A refusal is a <see cref="VerbException"/>.
    /// </summary>
    public static async Task<bool> SayAsync(FleetSession session, NodeId node, string verb, Func<JsonObject, IReadOnlyDictionary<string, string>?> word, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var before = await AskedNode.AskAsync(session, node, "describe", Nothing, cancel).ConfigureAwait(false);
            if (before["revision"]?.GetValue<long>() is not { } revision)
            {
                throw new VerbException(ExitCode.Failed, $"the agent of {node} is {Output.Listing.Text(before, "version")}, and knows no {verb}: update it");
            }

            if (word(before) is not { } arguments)
            {
                return false;
            }

            var all = new Dictionary<string, string>(arguments) { ["revision"] = revision.ToString(CultureInfo.InvariantCulture) };
            try
            {
                await AskedNode.AskAsync(session, node, verb, all, cancel).ConfigureAwait(false);
                return true;
            }
            catch (VerbException e) when (e.Message.Contains("stale:", StringComparison.Ordinal) && tries < TriesMax)
            {
                // Another operator was first.
            }
        }
    }

    /// <summary>Of several nodes each its own outcome; 1 where one of them failed.</summary>
    public static async Task<int> EachAsync(ParseResultWriters writers, string verb, IReadOnlyList<NodeId> nodes, Func<NodeId, Task<string>> say)
    {
        var code = ExitCode.Done;
        foreach (var node in nodes)
        {
            try
            {
                await writers.Output.WriteLineAsync($"node/{node} {await say(node).ConfigureAwait(false)}").ConfigureAwait(false);
            }
            catch (VerbException e)
            {
                code = e.Code;
                await writers.Errors.WriteLineAsync($"edgectl {verb}: {e.Message}").ConfigureAwait(false);
            }
        }

        return code;
    }
}

/// <summary>Where a verb writes to.</summary>
internal readonly record struct ParseResultWriters(TextWriter Output, TextWriter Errors)
{
    public static ParseResultWriters Of(System.CommandLine.ParseResult parsed) => new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
}
