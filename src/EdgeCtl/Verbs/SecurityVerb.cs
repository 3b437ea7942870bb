using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;
using EdgeCtl.Output;
using EdgeCtl.Securing;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl security</c>: what confines work, and what that has denied it (docs/spec/security.md).</summary>
public static class SecurityVerb
{
    public static Command Create() => new("security", "what the kernel has denied work, and what would allow it") { Suggest() };

    private static Command Suggest()
    {
        var name = WorkloadChange.Name();
        var form = new Option<string?>("--output", "-o") { Description = "json: what each node has denied, one by one" };
        form.AcceptOnlyFromAmong("json");
        var command = new Command("suggest", "of what a workload was denied in the past hour, or would have been with mode: complain, the lines for its manifest") { name, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var known = await WorkloadChange.ReadAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false);
            var spec = known.Spec!;
            if (!spec.HasProfile && spec.Network is null)
            {
                throw new VerbException(ExitCode.Failed, $"neither a profile nor spec.network confines {known.Workload}: give it spec.security.apparmor: {{mode: complain}}, let it do all it does, and ask again");
            }

            var online = session.View.Nodes.Where(n => n.IsOnline).Select(n => n.Name).ToList();
            var isWhole = true;
            var answers = await Inquiry.AskAsync(session, online, "denials", new Dictionary<string, string> { ["workload"] = known.Workload.Value }, t =>
            {
                isWhole = false;
                errors.WriteLine(t);
            }, cancel).ConfigureAwait(false);
            var items = answers.SelectMany(a => (a.Value["denials"] as JsonArray ?? []).OfType<JsonObject>().Select(d => (Node: a.Key, Item: d))).ToList();
            if (parsed.GetValue(form) == "json")
            {
                await output.WriteLineAsync(JsonText.Indented(Document(items))).ConfigureAwait(false);
            }
            else if (items.Count == 0)
            {
                await errors.WriteLineAsync($"nothing was denied {known.Workload} in the past hour on the nodes that answered").ConfigureAwait(false);
            }
            else
            {
                foreach (var line in Suggestion.Of(spec, [.. items.Select(i => new Attempt(Text(i.Item, "act"), Text(i.Item, "object"), $"{Who(i.Item)} on {i.Node}"))]))
                {
                    await output.WriteLineAsync(line).ConfigureAwait(false);
                }
            }

            return isWhole ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static JsonObject Document(IReadOnlyList<(NodeId Node, JsonObject Item)> items) => new()
    {
        ["denials"] = new JsonArray([.. items.Select(i =>
        {
            var item = (JsonObject)i.Item.DeepClone();
            item["node"] = i.Node.Value;
            return (JsonNode)item;
        })]),
    };

    /// <summary>Of what denies by addresses the kernel doesn't tell the program.</summary>
    private static string Who(JsonObject item) => Text(item, "program") is { Length: > 0 } program ? program : Text(item, "slot");

    /// <summary>A process chose some of it.</summary>
    private static string Text(JsonObject item, string field) => EventsVerb.Clean(Listing.Text(item, field));
}
