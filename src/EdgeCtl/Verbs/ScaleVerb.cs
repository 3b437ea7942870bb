using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl scale</c>: another number of replicas, and nothing else.</summary>
public static class ScaleVerb
{
    public static Command Create()
    {
        var name = WorkloadChange.Name();
        var replicas = new Option<int>("--replicas") { Description = "how many", Required = true, HelpName = "n" };
        var wait = new Option<bool>("--wait") { Description = "return when every slot runs" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command("scale", "change how many replicas there are") { name, replicas, wait, timeout };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var known = await WorkloadChange.ReadAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false);
            var wanted = known.Spec! with { Replicas = parsed.GetValue(replicas) };
            if (WorkloadValidation.Validate(wanted) is [var fault, ..])
            {
                throw new VerbException(ExitCode.Usage, $"--replicas: {fault.Message}");
            }

            return await WorkloadChange.SayAsync(parsed, session, known, Draft.Of(known.Workload, wanted, session.View), "scaled", parsed.GetValue(wait) ? patience : null, cancel).ConfigureAwait(false);
        });
        return command;
    }
}
