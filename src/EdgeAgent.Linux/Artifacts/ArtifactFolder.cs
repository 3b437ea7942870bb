using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>
/// What is unpacked on the disk: a folder for each, named by its digest; <c>sizes/DIGEST</c>, which is written when the folder is whole and on the disk, and whose time is that of its last use; and <c>uses/SLOT</c> with
/// the digests that the slot uses, so that an agent that comes back knows. All by one thread at a time.
/// </summary>
internal sealed class ArtifactFolder(ArtifactOptions options)
{
    private const string GoneSuffix = ".gone";
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string Sizes => Path.Combine(options.Folder, "sizes");

    private string Uses => Path.Combine(options.Folder, "uses");

    public string PathOf(Artifact artifact) => Path.Combine(options.Folder, artifact.Sha256);

    public bool Has(Artifact artifact) => File.Exists(Path.Combine(Sizes, artifact.Sha256)) && Directory.Exists(PathOf(artifact));

    /// <summary>At the agent's start: what isn't whole goes. Where fetchers write only they remove anything: one that was taken over could lead whoever has more rights elsewhere.</summary>
    public void Begin(IReadOnlyList<SlotId> left)
    {
        if (!Directory.Exists(options.Folder))
        {
            return;
        }

        var names = left.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        foreach (var use in FilesIn(Uses).Where(f => !names.Contains(Path.GetFileName(f))))
        {
            File.Delete(use);
        }

        foreach (var folder in Directory.GetDirectories(options.Folder))
        {
            var name = Path.GetFileName(folder);
            if (name.EndsWith(GoneSuffix, StringComparison.Ordinal) || (Artifact.IsDigest(name) && !File.Exists(Path.Combine(Sizes, name))))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    public void Use(SlotId slot, Artifact artifact)
    {
        Make();
        var file = Path.Combine(Uses, NameOf(slot));
        var used = File.Exists(file) ? File.ReadAllLines(file) : [];
        if (!used.Contains(artifact.Sha256))
        {
            File.WriteAllLines(file + ".new", used.Append(artifact.Sha256));
            File.Move(file + ".new", file, overwrite: true);
        }

        if (Has(artifact))
        {
            File.SetLastWriteTimeUtc(Path.Combine(Sizes, artifact.Sha256), DateTime.UtcNow);
        }
    }

    public void Release(SlotId slot)
    {
        if (Directory.Exists(Uses))
        {
            File.Delete(Path.Combine(Uses, NameOf(slot)));
        }
    }

    /// <summary>What one that is fetched now may have: all but what is used.</summary>
    public long Left()
    {
        var used = Used();
        return options.DiskMax - Known().Where(k => used.Contains(k.Digest)).Sum(k => k.Bytes);
    }

    /// <summary>Removes what nobody uses, the longest unused first, until all takes no more than this.</summary>
    public void Trim(long most)
    {
        var (used, known) = (Used(), Known());
        var all = known.Sum(k => k.Bytes);
        foreach (var one in known.Where(k => !used.Contains(k.Digest)).OrderBy(k => k.UsedAt))
        {
            if (all <= most)
            {
                break;
            }

            all -= one.Bytes;
            Remove(one.Digest);
        }
    }

    /// <summary>
    /// What the fetcher has left becomes the agent's: its owner, and its place. The fetcher has ended, and nobody else may write there, so that what is looked at here stays as it is. Throws <see cref="IOException"/>, and
    /// <see cref="ArtifactRefusedException"/> for what a fetcher leaves that has been taken over.
    /// </summary>
    public void Adopt(Artifact artifact, long bytes)
    {
        var tree = Path.Combine(options.Incoming, $"{artifact.Sha256}.tree");
        TakeOver(new DirectoryInfo(tree));
        var path = PathOf(artifact);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.Move(tree, path);
        using (var folder = Descriptor.OfFile(path) ?? throw new IOException($"{path} can't be opened"))
        {
            // All of it is on the disk before anything says so.
            _ = Libc.SyncFileSystem(folder.Fd);
        }

        File.WriteAllText(Path.Combine(Sizes, artifact.Sha256), bytes.ToString(CultureInfo.InvariantCulture));
        Trim(options.DiskMax);
    }

    public void Make()
    {
        foreach (var folder in (string[])[options.Folder, Sizes, Uses, .. options.Service is null ? [options.Incoming] : Array.Empty<string>()])
        {
            Directory.CreateDirectory(folder, Own);
        }
    }

    private void TakeOver(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (!Libc.TryReadNode(entry.FullName, follow: false, out var node) || node.IsSpecial || !(node.IsFile || node.IsFolder || node.IsLink))
            {
                throw new ArtifactRefusedException($"was unpacked to something that it may not have: {entry.Name}");
            }

            if (node.IsFolder)
            {
                TakeOver(new DirectoryInfo(entry.FullName));
            }
            else
            {
                BecomeOwner(entry.FullName);
            }
        }

        BecomeOwner(folder.FullName);
    }

    private void BecomeOwner(string path)
    {
        if (options.Service is not null && Libc.ChangeOwner(path, 0, 0) != 0)
        {
            throw new IOException($"{path} can't be taken over: {new System.ComponentModel.Win32Exception(System.Runtime.InteropServices.Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private void Remove(string digest)
    {
        File.Delete(Path.Combine(Sizes, digest));
        var path = Path.Combine(options.Folder, digest);
        if (Directory.Exists(path))
        {
            // At once under another name: what is half removed is never taken for whole.
            Directory.Move(path, path + GoneSuffix);
            Directory.Delete(path + GoneSuffix, recursive: true);
        }
    }

    private HashSet<string> Used() => FilesIn(Uses).SelectMany(File.ReadAllLines).ToHashSet(StringComparer.Ordinal);

    private List<(string Digest, long Bytes, DateTime UsedAt)> Known() =>
        [.. FilesIn(Sizes).Select(f => (Path.GetFileName(f), long.TryParse(File.ReadAllText(f), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0, File.GetLastWriteTimeUtc(f)))];

    private static string[] FilesIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    private static string NameOf(SlotId slot) => string.Create(CultureInfo.InvariantCulture, $"{slot.Workload}.{slot.Index}");
}
