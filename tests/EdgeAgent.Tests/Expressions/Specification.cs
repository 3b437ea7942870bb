namespace EdgeAgent.Tests.Expressions;

internal static class Specification
{
    public static IReadOnlyList<string> Lines { get; } = File.ReadAllLines(Path.Combine(Root(), "docs", "spec", "expressions.md"));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "EdgeAgent.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("EdgeAgent.sln is in no folder above the tests");
        }

        return folder;
    }
}
