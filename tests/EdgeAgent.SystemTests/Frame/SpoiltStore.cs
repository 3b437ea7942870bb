namespace EdgeAgent.SystemTests.Frame;

/// <summary>An agent's database as a worn flash leaves it: nonsense, and no write-ahead log that could mend it.</summary>
internal static class SpoiltStore
{
    private const int Length = 8192;

    public static void Spoil(string file)
    {
        File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)'x', Length)]);
        File.Delete($"{file}-wal");
    }
}
