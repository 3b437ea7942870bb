namespace EdgeAgent.Linux.Artifacts.Fetching;

/// <summary>What an archive is by its first bytes, and the program of the device that makes a tar of it: each is another process, and the fetcher's own code sees nothing that is packed.</summary>
/// <param name="Name">For a person.</param>
/// <param name="Program">Its name; empty: it is a tar.</param>
/// <param name="Arguments">Before the file's.</param>
internal sealed record ArchiveFormat(string Name, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>A tar says what it is behind the first entry's name, mode, owner, size and time.</summary>
    private const int TarMarkAt = 257;

    private const int HeadBytes = 512;

    private static readonly ArchiveFormat Tar = new("tar", "", []);
    private static readonly ArchiveFormat Gzip = new("tar.gz", "gzip", ["-dc", "--"]);

    /// <summary>A window of 128 MiB is the most that zstd makes by itself.</summary>
    private static readonly ArchiveFormat Zstandard = new("tar.zst", "zstd", ["-dcq", "--memory=128MiB", "--"]);

    private static readonly ArchiveFormat Squashfs = new("squashfs", "sqfs2tar", ["--no-xattr", "--"]);

    public static IReadOnlyList<ArchiveFormat> All => [Zstandard, Gzip, Squashfs, Tar];

    private static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/local/bin"];

    public static string? Find(string program) => Folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    /// <summary>Throws <see cref="ArtifactRefusedException"/>.</summary>
    public static ArchiveFormat Of(string file)
    {
        var head = new byte[HeadBytes];
        using var stream = File.OpenRead(file);
        var length = stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        var bytes = head.AsSpan(0, length);
        return bytes.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? Zstandard
            : bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? Gzip
            : bytes.StartsWith("hsqs"u8) ? Squashfs
            : length == HeadBytes && bytes[TarMarkAt..].StartsWith("ustar"u8) ? Tar
            : throw new ArtifactRefusedException("is no archive that is known here: expected a tar.zst, tar.gz, tar or squashfs");
    }
}
