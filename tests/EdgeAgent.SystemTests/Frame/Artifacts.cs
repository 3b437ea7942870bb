using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>The published binaries under test: <c>./build.sh test system</c> names their folder.</summary>
internal static class Artifacts
{
    private const string Variable = "EDGEAGENT_ARTIFACTS";

    public static string EdgeCtl => Program("edgectl");

    public static string EdgeAgent => Program("edgeagent");

    public static string RepositoryFile(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeAgent.sln")))
            {
                return Path.Combine(folder.FullName, relative);
            }
        }

        throw new InvalidOperationException($"no repository above {AppContext.BaseDirectory}");
    }

    private static string Program(string name)
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{Variable} names no folder of published binaries: run ./build.sh test system");
        var path = Path.Combine(folder!, name);
        Assert.True(File.Exists(path), $"{path} is missing: run ./build.sh publish");
        return path;
    }
}
