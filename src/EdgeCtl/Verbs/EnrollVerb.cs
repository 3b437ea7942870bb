using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Codec;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl enroll node NODE</c>: one that was deleted may come back.</summary>
public static class EnrollVerb
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "node" };
        kind.AcceptOnlyFromAmong("node", "nodes");
        var name = new Argument<string>("name") { Description = "its name" };
        var wait = new Option<bool>("--wait") { Description = "return when it is online again" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command("enroll", "let a node that was deleted come back into the cell under its name; its agent tries again by itself, at most once a minute") { kind, name, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var key = session.Key;
            await session.Connection.ReadAsync([session.Topics.AllRetired, session.Topics.AllPresences], cancel).ConfigureAwait(false);
            if (!NodeId.TryParse(parsed.GetValue(name), out var node) || session.View.RetirementOf(node) is not { } known)
            {
                throw new VerbException(ExitCode.Failed, $"{parsed.GetValue(name)} was never deleted from this cell: a node that is new needs no enrolling (edgectl get nodes)");
            }

            if (known.IsRetired)
            {
                var word = known with { Serial = known.Serial + 1, IsRetired = false };
                await session.Connection.PublishAsync(session.Topics.Retired(node), RetirementCodec.Sign(word, DateTimeOffset.UtcNow, key, session.Topics), retain: true, cancel).ConfigureAwait(false);
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"node/{node} {(known.IsRetired ? "enrolled" : "is enrolled already")}").ConfigureAwait(false);
            return !parsed.GetValue(wait) || await session.WaitAsync(() => session.View.NodeOf(node) is { IsOnline: true }, patience, cancel).ConfigureAwait(false)
                ? ExitCode.Done
                : throw new VerbException(ExitCode.TimedOut, $"{node} is not online after {patience.TotalSeconds:0} s: does its agent run? (systemctl status edgeagent, on the node)");
        });
        return command;
    }
}
