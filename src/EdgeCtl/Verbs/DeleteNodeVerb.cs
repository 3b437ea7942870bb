using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl delete node NODE</c>: an operator's signed word that a node is no more, and then nothing of it stays in the broker.</summary>
public static class DeleteNodeVerb
{
    /// <summary>A node that connects in this moment is still meant.</summary>
    private const long SessionsAhead = 64;

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "its name" };
        var force = new Option<bool>("--force") { Description = "also where it is online, or holds exclusive work: it is your word that the machine runs nothing of it any more" };
        var wait = new Option<bool>("--wait") { Description = "return when another node holds what it held, and nothing of it is left in the broker" };
        var timeout = FleetOptions.Timeout("how long its work is waited for", "30s");
        var command = new Command("node", "take a node out of the cell for good: its slots are vacant at once, what it said is cleared, and it is refused if it comes back, until edgectl enroll node") { name, force, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var key = session.Key;
            var remains = await KeptWords.ReadAsync(session, cancel).ConfigureAwait(false);
            if (!NodeId.TryParse(parsed.GetValue(name), out var node) || (session.View.NodeOf(node) is null && remains.Of(node).Count == 0))
            {
                throw new VerbException(ExitCode.Failed, Missing.Node(session.View, parsed.GetValue(name)!));
            }

            if (!parsed.GetValue(force))
            {
                RequireGone(session.View, node);
            }

            var known = session.View.RetirementOf(node);
            var lastSession = session.View.Claims.Where(c => c.Node == node).Select(c => c.Order.Session).Append(session.View.NodeOf(node)?.Presence?.Session ?? 0).Append(known?.Session ?? 0).Max();
            if (known is not { IsRetired: true })
            {
                var word = new Retirement(node, (known?.Serial ?? 0) + 1, IsRetired: true, lastSession + SessionsAhead);
                await session.Connection.PublishAsync(session.Topics.Retired(node), RetirementCodec.Sign(word, DateTimeOffset.UtcNow, key, session.Topics), retain: true, cancel).ConfigureAwait(false);
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"node/{node} deleted").ConfigureAwait(false);
            if (parsed.GetValue(wait))
            {
                await session.WaitAsync(() => remains.Of(node).All(remains.IsClearable), patience, cancel).ConfigureAwait(false);
            }

            var left = await remains.ClearAsync(node, cancel).ConfigureAwait(false);
            foreach (var topic in left)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{topic} stays until another node has taken that slot, for its epoch must not be given again: edgectl doctor --fix clears it then").ConfigureAwait(false);
            }

            return left.Count > 0 && parsed.GetValue(wait) ? ExitCode.TimedOut : ExitCode.Done;
        });
        return command;
    }

    private static void RequireGone(FleetView view, NodeId node)
    {
        if (view.NodeOf(node) is { IsOnline: true })
        {
            throw new VerbException(ExitCode.Failed, $"{node} is online: edgectl drain {node} --wait moves its work first, then stop its agent; --force takes it out as it is, and its work ends there before it has begun elsewhere");
        }

        var exclusive = view.Claims.Where(c => c.Node == node && c is { IsStarted: true, Mode: PartitionPolicy.Exclusive }).Select(c => c.Slot.ToString()).ToList();
        if (exclusive.Count > 0)
        {
            throw new VerbException(ExitCode.Failed, $"{node} holds exclusive work ({string.Join(", ", exclusive)}), which another node begins at once when it is deleted: if the machine only can't be reached, both would run it. --force is your word that it is dead, or switched off");
        }
    }
}
