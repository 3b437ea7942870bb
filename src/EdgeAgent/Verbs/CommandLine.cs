using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Linux.Artifacts;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>The verb table, help, and the exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.</summary>
internal static class CommandLine
{
    private const int Usage = 2;
    private const int ConfigurationWrong = 78;

    private static readonly IReadOnlyList<Verb> Table =
    [
        new("run", "run [--config FILE] [--log-format json]", "be the agent: what the systemd unit starts", RunVerb.Run),
        new("status", "status [-o json]", "this node: its connection, what it has and what is free, what is wrong", StatusVerb.Run),
        new("slots", "slots [-o json]", "what this node holds and runs", SlotsVerb.Run),
        new("logs", "logs WORKLOAD[/INDEX] [-f] [-n LINES]", "what a workload wrote here", LogsVerb.Run, WordsMax: 1),
        new("why", "why WORKLOAD [-o json]", "why it runs here, or does not", WhyVerb.Run, WordsMax: 1),
        new("reload", "reload", "have the running agent read its configuration anew: what systemctl reload calls", ReloadVerb.Run),
        new("doctor", "doctor", "checks configuration, keys, store, runtime and broker, and says what to do", DoctorVerb.Run),
        new("version", "version", "the version", VersionVerb.Run),
    ];

    public static int Run(string[] args)
    {
        if (args.Length == 0 || args[0] is "--help" or "-h" or "help")
        {
            WriteHelp(args.Length == 0 ? Console.Error : Console.Out);
            return args.Length == 0 ? Usage : 0;
        }

        if (args is [FetchWorker.Verb])
        {
            return FetchWorker.Run(Console.In, Console.Out);
        }

        if (Table.FirstOrDefault(v => v.Name == args[0] || (args[0] == "--version" && v.Name == "version")) is not { } verb)
        {
            Console.Error.WriteLine($"edgeagent: '{args[0]}' is no verb; edgeagent --help lists them");
            return Usage;
        }

        if (Arguments.Parse(args[1..], out var arguments) is { } fault)
        {
            Console.Error.WriteLine($"edgeagent {verb.Name}: {fault}\nusage: edgeagent {verb.Usage}");
            return Usage;
        }

        if (arguments.Words.Count > verb.WordsMax && !arguments.WantsHelp)
        {
            Console.Error.WriteLine($"edgeagent {verb.Name}: '{arguments.Words[verb.WordsMax]}' is too much\nusage: edgeagent {verb.Usage}");
            return Usage;
        }

        if (arguments.WantsHelp)
        {
            Console.WriteLine($"usage: edgeagent {verb.Usage}\n\n{char.ToUpperInvariant(verb.About[0])}{verb.About[1..]}.\n\n  --config FILE   the configuration; {ConfigurationReader.DefaultFile} unless given");
            return 0;
        }

        return Run(verb, arguments);
    }

    private static int Run(Verb verb, Arguments arguments)
    {
        try
        {
            return verb.Run(arguments);
        }
        catch (ConfigurationException e)
        {
            foreach (var one in e.Faults)
            {
                Console.Error.WriteLine($"edgeagent: {one}");
            }

            Console.Error.WriteLine("edgeagent: docs/spec/configuration.md lists every option");
            return ConfigurationWrong;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"edgeagent: {SystemWords.Of(e)}");
            return 1;
        }
    }

    private static void WriteHelp(TextWriter writer)
    {
        writer.WriteLine("edgeagent makes this machine a node of a fleet that places its own work.\n");
        var width = Table.Max(v => v.Usage.Length) + 2;
        foreach (var verb in Table)
        {
            writer.WriteLine($"  {verb.Usage.PadRight(width)}{verb.About}");
        }

        writer.WriteLine($"\nThe configuration is {ConfigurationReader.DefaultFile}, drop-ins beside it in agent.conf.d/, and --config FILE names another.");
        writer.WriteLine("The fleet is commanded with edgectl.");
    }
}
