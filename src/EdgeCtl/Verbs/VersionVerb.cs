using System.CommandLine;
using System.Reflection;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl version</c>: which build this is.</summary>
public static class VersionVerb
{
    public static Command Create() => new Command("version", "the version of this program").Does(async (parsed, _) =>
        await parsed.InvocationConfiguration.Output.WriteLineAsync($"edgectl {Text}").ConfigureAwait(false));

    private static string Text =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
