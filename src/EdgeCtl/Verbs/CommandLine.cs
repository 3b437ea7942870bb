using System.CommandLine;

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
            GetVerb.Create(),
            DescribeVerb.Create(),
            LogsVerb.Create(),
            WhyVerb.Create(),
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

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
    }
}
