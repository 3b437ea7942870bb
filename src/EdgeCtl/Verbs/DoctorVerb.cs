using System.CommandLine;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl doctor</c>: what the broker keeps and nobody owns, so that its store doesn't grow for ever.</summary>
public static class DoctorVerb
{
    public static Command Create()
    {
        var fix = new Option<bool>("--fix") { Description = "clear what may be cleared" };
        var command = new Command("doctor", "list words that the broker keeps and nobody owns: of nodes that were deleted or never had a presence, and of workloads that are no more") { fix };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (!session.HasKey)
            {
                throw new VerbException(ExitCode.Failed, $"no key is known for {session.Context.Broker}, and without it nobody can tell which workloads are wanted: give --key FILE");
            }

            var remains = await KeptWords.ReadAsync(session, cancel).ConfigureAwait(false);
            var unowned = remains.Unowned();
            if (unowned.Count == 0)
            {
                await output.WriteLineAsync("nothing in the broker is without an owner").ConfigureAwait(false);
                return ExitCode.Done;
            }

            var kept = 0;
            foreach (var (topic, why) in unowned)
            {
                var isCleared = parsed.GetValue(fix) && remains.IsClearable(topic);
                kept += isCleared ? 0 : 1;
                if (isCleared)
                {
                    await session.Connection.PublishAsync(topic, default, retain: true, cancel).ConfigureAwait(false);
                }

                await output.WriteLineAsync($"{topic}: {why}{(isCleared ? "; cleared" : remains.IsClearable(topic) ? "; edgectl doctor --fix clears it" : "; kept until another node has taken that slot, for its epoch must not be given again")}").ConfigureAwait(false);
            }

            return kept == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }
}
