using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl scale</c>: another number of replicas, and nothing else.</summary>
public static class ScaleVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "its name" };
        var replicas = new Option<int>("--replicas") { Description = "how many", Required = true, HelpName = "n" };
        var wait = new Option<bool>("--wait") { Description = "return when every slot runs" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command("scale", "change how many replicas there are") { name, replicas, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var workload = WorkloadNames.Read(parsed.GetValue(name)!);
            var key = session.Key;
            await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
            ApplyVerb.CheckReadable(workload, session, force: false);
            if (session.View.IntentOf(workload) is not { Spec: { } spec } known)
            {
                throw await Missing.WorkloadAsync(session, workload, cancel).ConfigureAwait(false);
            }

            var wanted = spec with { Replicas = parsed.GetValue(replicas) };
            if (WorkloadValidation.Validate(wanted) is [var fault, ..])
            {
                throw new VerbException(ExitCode.Usage, $"--replicas: {fault.Message}");
            }

            var intent = known;
            if (Draft.Of(workload, wanted, session.View) is { } draft)
            {
                intent = IntentCodec.Sign(draft, key, session.Topics);
                await ApplyVerb.SendAsync(session, intent, cancel).ConfigureAwait(false);
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"workload/{workload} {(ReferenceEquals(intent, known) ? "unchanged" : "scaled")}").ConfigureAwait(false);
            return parsed.GetValue(wait) ? await ApplyVerb.WaitAsync(parsed, session, [intent], patience, cancel).ConfigureAwait(false) : ExitCode.Done;
        });
        return command;
    }
}
