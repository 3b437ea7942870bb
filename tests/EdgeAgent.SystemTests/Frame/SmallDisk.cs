using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>A file system of few bytes under an agent's state, so that a disk can really be full. The agent must not run when it is mounted.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Fleet _fleet;
    private readonly string _node;

    private SmallDisk(Fleet fleet, string node) => (_fleet, _node) = (fleet, node);

    private string Folder => _fleet.StateOf(_node);

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>The agent finds an empty one, as on a new device. Skips the test where this machine doesn't let it mount.</summary>
    public static async Task<SmallDisk> MountAsync(Fleet fleet, string node, int bytes)
    {
        var disk = new SmallDisk(fleet, node);
        var mount = await fleet.RunAsync(node, "/bin/mount", "-t", "tmpfs", "-o", $"size={bytes},mode=0700", "tmpfs", disk.Folder);
        Assert.SkipUnless(mount.ExitCode == 0, $"a tmpfs can't be mounted here: {mount.Errors.Trim()}");
        return disk;
    }

    public async Task FillAsync()
    {
        var full = await _fleet.RunAsync(_node, "/bin/dd", "if=/dev/zero", $"of={Filler}", "bs=4096");
        Assert.Contains("No space left on device", full.Errors, StringComparison.Ordinal);
    }

    public async Task MakeRoomAsync() => (await _fleet.RunAsync(_node, "/bin/rm", Filler)).Succeeded();

    public async ValueTask DisposeAsync() => await _fleet.RunAsync(_node, "/bin/umount", "--lazy", Folder);
}
