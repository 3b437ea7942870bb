using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl sockets NODE</c>: what waits to be spoken to there, and whose work it is.</summary>
public static class SocketsVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("node") { Description = "its name" };
        var form = GetVerb.OutputForm();
        var command = new Command("sockets", "the TCP and UDP ports that are open on a node, and whose work has them") { name, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var answer = await AskedNode.AskAsync(session, parsed.GetValue(name)!, "sockets", new Dictionary<string, string>(), cancel).ConfigureAwait(false);
            var items = (answer["sockets"] as JsonArray ?? []).OfType<JsonObject>().Select(Item)
                .OrderBy(i => Listing.Text(i, "protocol"), StringComparer.Ordinal).ThenBy(i => Usage.Number(i, "port")).ThenBy(i => Listing.Text(i, "address"), StringComparer.Ordinal).ToList();
            new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), Tables.Sockets).Write(items, "socket");
            if (Usage.Number(answer, "left") is { } left)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"edgectl sockets: and {left} more").ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static JsonObject Item(JsonObject socket)
    {
        var address = Listing.Text(socket, "address");
        var item = new JsonObject { ["name"] = $"{Listing.Text(socket, "protocol")}/{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{Listing.Text(socket, "port")}" };
        foreach (var (field, value) in socket)
        {
            item[field] = value?.DeepClone();
        }

        if (item["workload"] is not null)
        {
            item["slot"] = $"{Listing.Text(item, "workload")}/{Listing.Text(item, "index")}";
        }

        return item;
    }
}
