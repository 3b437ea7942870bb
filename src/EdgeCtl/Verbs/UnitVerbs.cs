using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeCtl.Connection;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl start|stop|restart|reload NODE UNIT…</c>: what systemctl does, on a node of the fleet. Placed work isn't commanded so.</summary>
public static class UnitVerbs
{
    private const string Agent = "edgeagent.service";

    /// <summary>A node that hasn't answered by then is told of; a unit that takes long is waited for by the node itself, which says so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(110);

    public static Command Create(string verb, string done)
    {
        var name = new Argument<string>("node") { Description = "its name" };
        var units = new Argument<string[]>("unit") { Description = "units of systemd there, as ssh or backup.timer; all are asked for at once", Arity = ArgumentArity.OneOrMore };
        var command = new Command(verb, $"{verb} units of systemd on a node, and wait until that is done; placed work is scaled and deleted instead") { name, units };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            await session.Connection.ReadAsync([session.Topics.AllPresences], cancel).ConfigureAwait(false);
            if (!NodeId.TryParse(parsed.GetValue(name), out var node) || session.View.NodeOf(node) is not { Presence: { } presence } view)
            {
                throw new VerbException(ExitCode.Failed, Missing.Node(session.View, parsed.GetValue(name)!));
            }

            if (!view.IsOnline)
            {
                throw new VerbException(ExitCode.Failed, $"{node} is {view.State}: nobody is there to be asked");
            }

            using var questions = await Questions.OpenAsync(session, cancel).ConfigureAwait(false);
            // One behind the other, and no acknowledgement waited for in between.
            var asked = parsed.GetValue(units)!.Select(UnitNames.Full).Distinct(StringComparer.Ordinal)
                .Select(unit => (Unit: unit, Asking: questions.AskAsync(node, verb, new Dictionary<string, string> { ["unit"] = unit }, cancel))).ToList();
            await Task.WhenAll(asked.Select(a => a.Asking)).ConfigureAwait(false);
            var open = new Dictionary<Question, string>();
            foreach (var (unit, asking) in asked)
            {
                open[await asking.ConfigureAwait(false)] = unit;
            }

            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var hasFailed = false;
            var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            bool IsSameAgent() => session.View.NodeOf(node)?.Presence is { } now && (now.Session, now.Instance) == (presence.Session, presence.Instance);
            while (open.Count > 0 && Environment.TickCount64 < until && IsSameAgent())
            {
                await session.WaitAsync(() => questions.HasReplies || !IsSameAgent(), TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
                while (questions.TryTake(out var question, out var reply))
                {
                    if (open.Remove(question, out var unit))
                    {
                        hasFailed |= reply.Error is not null;
                        await (reply.Error is { } error ? errors.WriteLineAsync($"edgectl {verb}: {node}: {EventsVerb.Clean(error)}") : output.WriteLineAsync($"{node}: {unit} {done}")).ConfigureAwait(false);
                    }
                }
            }

            foreach (var unit in open.Values)
            {
                // An agent that was to be restarted doesn't live to say so.
                var isItself = unit == Agent && !IsSameAgent();
                hasFailed |= !isItself;
                await (isItself ? output.WriteLineAsync($"{node}: {unit} {done}") : errors.WriteLineAsync($"edgectl {verb}: {node} did not say what became of {unit}: edgectl status {node} {unit}")).ConfigureAwait(false);
            }

            return hasFailed ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }
}
