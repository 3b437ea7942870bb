using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Output;

/// <summary>Nodes, workloads, slots and events as JSON: the fields that scripts rest on (docs/spec/edgectl.md).</summary>
internal static class Items
{
    public static JsonObject Of(NodeView node, FleetView view)
    {
        var item = new JsonObject { ["name"] = node.Name.Value, ["state"] = node.State };
        item["slots"] = node.IsOnline ? view.Claims.Count(c => c.Node == node.Name && c.IsStarted) : 0;
        if (node.Presence is { } presence)
        {
            item["version"] = presence.Version;
            item["session"] = presence.Session;
        }

        if (node.Status is { } status)
        {
            item["runtime"] = status.Runtime;
            item["sandbox"] = status.Sandbox;
            item["architecture"] = status.Architecture;
            item["operatingSystem"] = status.OperatingSystem;
            item["kernel"] = status.Kernel;
            item["capacity"] = Of(status.Capacity);
            item["free"] = Of(status.Free);
            item["cordoned"] = status.IsCordoned;
            item["drain"] = status.Drain.ToString().ToLowerInvariant();
            item["labels"] = Of(status.Labels);
            item["hiddenLabels"] = Of(status.HiddenLabels);
            item["taints"] = new JsonArray([.. status.Taints.Select(t => (JsonNode)t.ToString())]);
            item["features"] = new JsonArray([.. status.Features.Select(f => (JsonNode)f)]);
            item["facts"] = Of(status.Facts);
            item["conditions"] = Of(status.Conditions);
            item["counters"] = new JsonObject(status.Counters.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));
            item["statusAt"] = status.At.ToString("O", CultureInfo.InvariantCulture);
        }

        return item;
    }

    public static JsonObject Of(Claim claim, FleetView view)
    {
        var isLost = claim.IsHolding && view.NodeOf(claim.Node) is not { IsOnline: true };
        var item = new JsonObject
        {
            ["workload"] = claim.Slot.Workload.Value,
            ["index"] = claim.Slot.Index,
            ["node"] = claim.Node.Value,
            ["epoch"] = claim.Epoch.Value,
            ["phase"] = isLost ? "unknown" : Phase(claim.Phase),
        };
        if (isLost)
        {
            item["lastPhase"] = Phase(claim.Phase);
        }

        if (claim.Pid > 0)
        {
            item["pid"] = claim.Pid;
        }

        item["generation"] = claim.Generation;
        item["score"] = claim.Score;
        if (claim.Attempts > 0)
        {
            item["attempts"] = claim.Attempts;
        }

        item["unit"] = claim.Unit;
        item["sandbox"] = Sandbox(claim, view);
        if (!claim.Devices.IsNone)
        {
            item["devices"] = claim.Devices.ToString();
        }

        item["reason"] = claim.Reason;
        if (!claim.Displaces.IsNone && claim.IsStarted)
        {
            item["displaces"] = new JsonArray([.. claim.Displaces.Slots.Select(s => (JsonNode)s.ToString())]);
        }
        return item;
    }

    /// <summary>What holds the work back, by the word of its node.</summary>
    private static string Sandbox(Claim claim, FleetView view)
    {
        if (view.NodeOf(claim.Node)?.Status is not { } status)
        {
            return "";
        }

        var spec = view.IntentOf(claim.Slot.Workload)?.Spec;
        var sandbox = spec switch
        {
            // What a unit of the device is confined with, its own file says.
            { Run: UnitRun } => "its own",
            { Sandbox: SandboxLevel.None } => "none",
            { Sandbox: SandboxLevel.Relaxed } => "relaxed",
            _ => status.Sandbox.Length == 0 ? "none" : status.Sandbox,
        };
        var profile = spec switch
        {
            { AppArmor.IsComplaining: true } => ", apparmor complains",
            { HasProfile: true } => ", apparmor",
            _ => "",
        };
        return $"{sandbox}{profile}{(spec?.Network is null ? "" : ", network")} ({status.Runtime})";
    }

    public static JsonObject Of(Intent intent, FleetView view, Placing.UnplacedWork placing)
    {
        var spec = intent.Spec!;
        var slots = view.SlotsOf(intent.Workload).Where(c => view.NodeOf(c.Node) is { IsOnline: true } || spec.Mode == WorkloadMode.Job).ToList();
        var ready = spec.Mode == WorkloadMode.Job ? slots.Count(c => ClaimOrder.Succeeded(c, intent.RunId)) : slots.Count(c => c.Phase == ClaimPhase.Running);
        var item = new JsonObject
        {
            ["name"] = intent.Workload.Value,
            ["mode"] = spec.Mode.ToString().ToLowerInvariant(),
            ["replicas"] = spec.Mode == WorkloadMode.Everywhere ? null : spec.Replicas,
            ["ready"] = ready,
            ["updated"] = slots.Count(c => c.Generation >= intent.Generation),
            ["generation"] = intent.Generation,
            ["incarnation"] = intent.Incarnation.ToString(),
            ["partition"] = spec.Partition.ToString().ToLowerInvariant(),
            ["command"] = Command(spec.Run),
            ["unit"] = (spec.Run as UnitRun)?.Unit,
            ["labels"] = Of(spec.Labels),
            ["signedAt"] = intent.SignedAt.ToString("O", CultureInfo.InvariantCulture),
        };
        if (placing.Of(intent) is { } unplaced)
        {
            item["unplaced"] = unplaced.ToJson();
        }

        return item;
    }

    public static JsonObject Of(NodeEvent e) => new()
    {
        ["name"] = $"{e.Node}.{e.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}",
        ["time"] = e.At.ToString("O", CultureInfo.InvariantCulture),
        ["node"] = e.Node.Value,
        ["kind"] = e.Kind,
        ["subject"] = e.Subject,
        ["reason"] = e.Reason,
        ["message"] = e.Message,
        ["suppressed"] = e.Suppressed,
    };

    public static string Phase(ClaimPhase phase) => phase.ToString().ToLowerInvariant();

    private static JsonObject Of(Resources resources)
    {
        var item = new JsonObject
        {
            ["cpu"] = resources.Cpu.ToString(),
            ["memory"] = resources.Memory.ToString(),
            ["disk"] = resources.Disk.ToString(),
            ["tasks"] = resources.Tasks,
        };
        if (!resources.Devices.IsNone)
        {
            item["devices"] = new JsonObject(resources.Devices.Kinds().Select(k => KeyValuePair.Create(k, (JsonNode?)resources.Devices.Amounts(k))));
        }

        return item;
    }

    private static JsonObject Of(IReadOnlyDictionary<string, string> pairs) => new(pairs.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));

    /// <summary>The words of a program; null of a unit.</summary>
    public static JsonArray? Command(WorkRun run) => run is ExecRun exec ? new JsonArray([.. exec.Command.Select(a => (JsonNode)a)]) : null;
}
