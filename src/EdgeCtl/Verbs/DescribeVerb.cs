using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl describe node|workload|slot NAME</c>: all that is known of one.</summary>
public static class DescribeVerb
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "node, workload or slot" };
        kind.AcceptOnlyFromAmong("node", "workload", "slot");
        var name = new Argument<string>("name") { Description = "its name; a slot's is workload/index" };
        var command = new Command("describe", "all that is known of one node, workload or slot") { kind, name };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            await GetVerb.ReadAllAsync(session, cancel).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            var text = parsed.GetValue(name)!;
            return parsed.GetValue(kind) switch
            {
                "node" => Node(session, text, output),
                "slot" => Slot(session, text, output),
                _ => Workload(session, text, output),
            };
        });
        return command;
    }

    private static int Node(FleetSession session, string name, TextWriter output)
    {
        if (!NodeId.TryParse(name, out var id) || session.View.NodeOf(id) is not { } node)
        {
            throw new VerbException(ExitCode.Failed, Missing.Node(session.View, name));
        }

        Write(output, Items.Of(node, session.View), "");
        output.WriteLine("claims:");
        foreach (var claim in session.View.Claims.Where(c => c.Node == id))
        {
            output.WriteLine($"  {claim.Slot}: {Items.Phase(claim.Phase)}, epoch {claim.Epoch}{(claim.Pid > 0 ? $", pid {claim.Pid}" : "")}{(claim.Reason.Length > 0 ? $": {EventsVerb.Clean(claim.Reason)}" : "")}");
        }

        return ExitCode.Done;
    }

    private static int Workload(FleetSession session, string name, TextWriter output)
    {
        var workload = WorkloadNames.Read(name);
        if (session.View.IntentOf(workload) is not { Spec: { } spec } intent)
        {
            throw new VerbException(ExitCode.Failed, Missing.Workload(session.View, workload.Value));
        }

        output.WriteLine($"{"name:",-24}{workload}");
        output.WriteLine($"{"generation:",-24}{intent.Generation} of incarnation {intent.Incarnation}, signed {intent.SignedAt:u}");
        foreach (var (field, value) in SpecText.Fields(spec))
        {
            output.WriteLine($"{field + ":",-24}{EventsVerb.Clean(value)}");
        }

        if (new Placing.UnplacedWork(session.View).Of(intent) is { } unplaced)
        {
            output.WriteLine($"{"unplaced:",-24}{(unplaced.Slots > 0 ? $"{unplaced.Slots}, " : "")}{EventsVerb.Clean(unplaced.Reason)} (edgectl why {workload})");
        }

        output.WriteLine("slots:");
        foreach (var claim in session.View.SlotsOf(workload))
        {
            var item = Items.Of(claim, session.View);
            output.WriteLine($"  {claim.Slot}: {Listing.Text(item, "phase")} on {claim.Node}, epoch {claim.Epoch}, generation {claim.Generation}, sandbox: {Listing.Text(item, "sandbox")}{Preemption.Tell(claim)}{(claim.Reason.Length > 0 ? $": {EventsVerb.Clean(claim.Reason)}" : "")}");
        }

        return ExitCode.Done;
    }

    /// <summary>Its state, and each node's own word on it, of whatever incarnation.</summary>
    private static int Slot(FleetSession session, string name, TextWriter output)
    {
        var claims = session.View.Claims.Where(c => c.Slot.ToString() == name).ToList();
        if (claims.Count == 0)
        {
            throw new VerbException(ExitCode.Failed, Missing.Slot(session.View, name));
        }

        foreach (var state in session.View.SlotsOf(claims[0].Slot.Workload).Where(c => c.Slot == claims[0].Slot))
        {
            Write(output, Items.Of(state, session.View), "");
        }

        output.WriteLine("claims:");
        foreach (var claim in claims)
        {
            output.WriteLine($"  {claim.Node}: {Items.Phase(claim.Phase)}, epoch {claim.Epoch}, generation {claim.Generation} of incarnation {claim.Incarnation}{Preemption.Tell(claim)}{(claim.Reason.Length > 0 ? $": {EventsVerb.Clean(claim.Reason)}" : "")}");
        }

        return ExitCode.Done;
    }

    private static void Write(TextWriter output, JsonObject item, string indent)
    {
        foreach (var (name, value) in item)
        {
            switch (value)
            {
                case JsonObject { Count: 0 } or JsonArray { Count: 0 }:
                    break;
                case JsonObject fields:
                    output.WriteLine($"{indent}{name}:");
                    Write(output, fields, indent + "  ");
                    break;
                case JsonArray list:
                    output.WriteLine($"{indent}{name + ":",-24}{string.Join(", ", list.Select(i => EventsVerb.Clean(i!.ToString())))}");
                    break;
                default:
                    output.WriteLine($"{indent}{name + ":",-24}{EventsVerb.Clean(value?.ToString() ?? "")}");
                    break;
            }
        }
    }
}
