using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>Root file systems of other Debians for the lab's devices, made once by mmdebstrap (tests/lab/fleet.sh root).</summary>
internal static class LabRoot
{
    private const int Lacking = 77;
    private static readonly TimeSpan MadeWithin = TimeSpan.FromMinutes(10);

    /// <summary>Skips the test where it can't be made, with the reason.</summary>
    public static async Task<string> OfAsync(string suite)
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("EDGE_LAB_CACHE") is { Length: > 0 } cache ? cache : "/var/cache/edge-lab", $"root-{suite}");
        if (!Directory.Exists(folder))
        {
            var made = await Command.RunAsync(Artifacts.RepositoryFile("tests/lab/fleet.sh"), ["root", suite, folder], new Dictionary<string, string>(), within: MadeWithin);
            Assert.SkipWhen(made.ExitCode == Lacking, made.Errors.Trim());
            made.Succeeded();
        }

        return folder;
    }
}
