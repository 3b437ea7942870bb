using System.CommandLine;
using System.CommandLine.Invocation;

namespace EdgeCtl.Verbs;

/// <summary>The verb table.</summary>
public static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("edgectl commands a fleet of nodes that place their own work. Begin with: edgectl up --detach && edgectl apply -f examples/hello.yaml --wait")
        {
            UpVerb.Create(),
            DownVerb.Create(),
            ApplyVerb.Create(),
            DeleteVerb.Create(),
            DiffVerb.Create(),
            ScaleVerb.Create(),
            RolloutVerb.Create(),
            GetVerb.Create(),
            DescribeVerb.Create(),
            StatusVerb.Create(),
            TopVerb.Create(),
            SocketsVerb.Create(),
            LogsVerb.Create(),
            UnitVerbs.Create("start", "started"),
            UnitVerbs.Create("stop", "stopped"),
            UnitVerbs.Create("restart", "restarted"),
            UnitVerbs.Create("reload", "reloaded"),
            RebootVerb.Create(),
            CordonVerbs.Cordon(),
            CordonVerbs.Uncordon(),
            DrainVerb.Create(),
            LabelVerb.Create(),
            TaintVerb.Create(),
            EnrollVerb.Create(),
            DoctorVerb.Create(),
            WhyVerb.Create(),
            SecurityVerb.Create(),
            EventsVerb.Create("events", "what nodes tell of: -w until interrupted"),
            ContextVerb.Create(),
            CompletionVerb.Create(),
            VersionVerb.Create(),
        };
        foreach (var option in FleetOptions.All)
        {
            root.Add(option);
        }

        return root;
    }

    public static Task<int> RunAsync(string[] args) => RunAsync(args, new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None);

    public static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration configuration, CancellationToken cancel)
    {
        var parsed = Create().Parse(args);
        var isVerb = ReferenceEquals(parsed.Action, parsed.CommandResult.Command.Action);
        if (parsed.Action is not ParseErrorAction && !(isVerb && UsageFault.Unmatched(parsed) is not null))
        {
            return await parsed.InvokeAsync(configuration, cancel).ConfigureAwait(false);
        }

        if (UsageFault.IsBare(parsed))
        {
            // "edgectl", "edgectl get": what there is to choose from.
            await Create().Parse([.. args, "--help"]).InvokeAsync(configuration, cancel).ConfigureAwait(false);
        }
        else
        {
            await configuration.Error.WriteLineAsync(UsageFault.Of(parsed)).ConfigureAwait(false);
        }

        return ExitCode.Usage;
    }
}
