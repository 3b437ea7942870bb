using System.Text.Json.Nodes;
using EdgeCtl.Verbs;

namespace EdgeCtl.Output;

/// <summary>What <c>hostnamectl</c>, <c>timedatectl</c> and <c>machinectl</c> show, of a node's answer to <c>status</c>.</summary>
/// <param name="field">Writes one line, unless its text is empty.</param>
public sealed class MachineText(Action<string, string> field)
{
    public void Write(JsonObject machine, string virtualization)
    {
        field("Host", Joined(" - ", Text(machine, "hostname"), Text(machine, "prettyHostname")));
        field("Operating System", Text(machine, "operatingSystem"));
        field("Kernel", Text(machine, "kernel"));
        field("Hardware", Joined(" ", Text(machine, "vendor"), Text(machine, "model")));
        field("Chassis", Text(machine, "chassis"));
        field("Virtualization", virtualization);
        field("Time zone", Text(machine, "timeZone"));
        field("Clock", Clock(machine));
        field("Machines", string.Join(", ", (machine["machines"] as JsonArray ?? []).OfType<JsonObject>().Select(m => $"{Text(m, "name")} ({Joined(", ", Text(m, "class"), Text(m, "service"))})")));
        foreach (var (service, why) in machine["noAnswer"] as JsonObject ?? [])
        {
            field("No answer", $"{EventsVerb.Clean(service)}: {EventsVerb.Clean(why?.ToString() ?? "")}");
        }
    }

    private static string Clock(JsonObject machine)
    {
        if (machine["clockSynchronized"]?.ToString() is not { } synchronized)
        {
            return "";
        }

        var isKept = machine["clockKept"]?.ToString() == "true";
        return synchronized == "true" ? "synchronized" : isKept ? "not synchronized, a time service is on" : "not synchronized, no time service is on";
    }

    private static string Joined(string between, params string[] texts) => string.Join(between, texts.Where(t => t.Length > 0));

    private static string Text(JsonObject item, string name) => EventsVerb.Clean(Listing.Text(item, name));
}
