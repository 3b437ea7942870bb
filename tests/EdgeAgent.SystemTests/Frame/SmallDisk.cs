using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>A tmpfs of few bytes, so that a disk can really be full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Skips the test where this machine doesn't let it mount.</summary>
    public static async Task<SmallDisk> MountAsync(string folder, int bytes)
    {
        Directory.CreateDirectory(folder);
        var mount = await Command.RunAsync("/bin/mount", ["-t", "tmpfs", "-o", $"size={bytes},mode=0700", "tmpfs", folder], new Dictionary<string, string>());
        Assert.SkipUnless(mount.ExitCode == 0, $"a tmpfs can't be mounted here: {mount.Errors.Trim()}");
        return new(folder);
    }

    public void Fill()
    {
        using var stream = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // Full now, which is what was wanted.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync() => await Command.RunAsync("/bin/umount", ["--lazy", _folder], new Dictionary<string, string>());
}
