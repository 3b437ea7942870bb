using System.CommandLine;

namespace EdgeCtl.Verbs;

/// <summary>Every verb, in the order of the help.</summary>
public static class VerbTable
{
    public static RootCommand Root()
    {
        var root = new RootCommand("EdgeAgent's command line: say what should run on a fleet, and see what does")
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
            EventsVerb.Create(),
            CompletionVerb.Create(),
            VersionVerb.Create(),
        };
        GlobalOptions.AddTo(root);
        return root;
    }
}
