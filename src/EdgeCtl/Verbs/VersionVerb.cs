using System.CommandLine;
using System.Reflection;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl version</c>.</summary>
public static class VersionVerb
{
    public static string Version => typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static Command Create()
    {
        var command = new Command("version", "this program's version");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine($"edgectl {Version}"));
        return command;
    }
}
