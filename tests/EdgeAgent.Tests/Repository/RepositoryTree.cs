using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace EdgeAgent.Tests.Repository;

/// <summary>The files of this repository as git sees them: tracked ones, and new ones that nothing ignores.</summary>
internal static class RepositoryTree
{
    /// <summary>Absolute path of the working tree, without a trailing slash.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to <see cref="Root"/>, with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static string Absolute(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(Absolute(relative));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        // Two starting points, because a build may map source paths away, and may put its output outside the tree.
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile) })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "EdgeAgent.sln")))
                {
                    return folder;
                }
            }
        }

        throw new InvalidOperationException("EdgeAgent.sln was found above neither the test binary nor its source.");
    }

    private static List<string> ListFiles()
    {
        // The tree may belong to another user than the one who runs the tests (a container's root), which git distrusts.
        var start = new ProcessStartInfo("git", ["-c", $"safe.directory={Root}", "-C", Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0)
        {
            throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}.");
        }

        // A file that is deleted and not yet committed is still listed.
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(file => File.Exists(Path.Combine(Root, file)))
            .Order(StringComparer.Ordinal)];
    }
}
