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
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Program = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Also what could not be written down, on a disk that is full or read-only: so what is there can be used.</summary>
    private readonly Dictionary<SlotId, HashSet<string>> _used = [];

    private string Sizes => Path.Combine(options.Folder, "sizes");

    private string Uses => Path.Combine(options.Folder, "uses");

    public string PathOf(Artifact artifact) => Path.Combine(options.Folder, artifact.Sha256);

    /// <summary>A size that is empty was being written when the power went.</summary>
    public bool Has(Artifact artifact) => new FileInfo(Path.Combine(Sizes, artifact.Sha256)) is { Exists: true, Length: > 0 } && Directory.Exists(PathOf(artifact));

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

    /// <summary>Throws where that can't be written down, and the artifact isn't there.</summary>
    public void Use(SlotId slot, Artifact artifact)
    {
        _used.TryAdd(slot, []);
        _used[slot].Add(artifact.Sha256);
        try
        {
            Note(slot, artifact);
        }
        catch (Exception e) when (Has(artifact) && e is (IOException or UnauthorizedAccessException))
        {
            // It can be used all the same.
        }
    }

    private void Note(SlotId slot, Artifact artifact)
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

    /// <summary>Whether it used something that is there.</summary>
    public bool Release(SlotId slot)
    {
        _used.Remove(slot);
        var file = Path.Combine(Uses, NameOf(slot));
        if (!File.Exists(file))
        {
            return false;
        }

        var isRoom = File.ReadAllLines(file).Any(d => File.Exists(Path.Combine(Sizes, d)));
        File.Delete(file);
        return isRoom;
    }

    /// <summary>What one that is fetched now may have: all but what is used.</summary>
    public long Left()
    {
        var used = Used();
        return options.DiskMax - Known().Where(k => used.Contains(k.Digest)).Sum(k => k.Bytes);
    }

    /// <summary>Removes what nobody uses, the longest unused first, until all takes no more than this; whether there was anything.</summary>
    public bool Trim(long most)
    {
        var (used, known, removed) = (Used(), Known(), 0);
        var all = known.Sum(k => k.Bytes);
        foreach (var one in known.Where(k => !used.Contains(k.Digest)).OrderBy(k => k.UsedAt))
        {
            if (all <= most)
            {
                break;
            }

            all -= one.Bytes;
            removed++;
            Remove(one.Digest);
        }

        return removed > 0;
    }

    /// <summary>
    /// What the fetcher has left becomes the agent's: its owner, and its place. The fetcher has ended, and nobody else may write there, so that what is looked at here stays as it is. Throws <see cref="IOException"/>, and
    /// <see cref="ArtifactRefusedException"/> for what a fetcher leaves that has been taken over.
    /// </summary>
    public void Adopt(Artifact artifact, long bytes)
    {
        var tree = Path.Combine(options.Incoming, $"{artifact.Sha256}.tree");
        if (!Libc.TryReadNode(tree, follow: false, out var root) || !root.IsFolder)
        {
            throw new ArtifactRefusedException("was unpacked to what is no folder");
        }

        TakeOver(new DirectoryInfo(tree));
        Trim(Math.Max(0, options.DiskMax - bytes));
        var path = PathOf(artifact);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.Move(tree, path);
        using (var folder = Descriptor.OfFile(path) ?? throw new IOException($"{path} can't be opened"))
        {
            // All of it is on the disk before anything says so, and that is too before anybody rests on it.
            Sync(folder);
            var size = Path.Combine(Sizes, artifact.Sha256);
            File.WriteAllText(size + ".new", bytes.ToString(CultureInfo.InvariantCulture));
            File.Move(size + ".new", size, overwrite: true);
            Sync(folder);
        }
    }

    /// <summary>Why what is fetched can't be moved to its place; empty: it can.</summary>
    public string Hindrance()
    {
        Make();
        var incoming = options.Service is null ? options.Incoming : Path.GetDirectoryName(Path.GetDirectoryName(options.Incoming))!;
        return Libc.TryReadNode(incoming, follow: true, out var from) && Libc.TryReadNode(options.Folder, follow: true, out var to) && from.Device != to.Device
            ? $"can't be kept: {options.Folder} and {incoming}, where it is fetched to, have to be on one file system"
            : "";
    }

    private static void Sync(Descriptor folder)
    {
        if (Libc.SyncFileSystem(folder.Fd) != 0)
        {
            throw new IOException("the file system can't write it");
        }
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
            if (!Libc.TryReadNode(entry.FullName, follow: false, out var node) || node.IsSpecial || !((node.IsFile && node.Links == 1) || node.IsFolder || node.IsLink))
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
                if (node.IsFile)
                {
                    File.SetUnixFileMode(entry.FullName, node.IsProgram ? Program : Plain);
                }
            }
        }

        BecomeOwner(folder.FullName);
        File.SetUnixFileMode(folder.FullName, Program);
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

    private HashSet<string> Used() => FilesIn(Uses).SelectMany(File.ReadAllLines).Concat(_used.Values.SelectMany(u => u)).ToHashSet(StringComparer.Ordinal);

    private List<(string Digest, long Bytes, DateTime UsedAt)> Known() =>
        [.. FilesIn(Sizes).Where(f => Artifact.IsDigest(Path.GetFileName(f))).Select(f => (Path.GetFileName(f), long.TryParse(File.ReadAllText(f), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0, File.GetLastWriteTimeUtc(f)))];

    private static string[] FilesIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    private static string NameOf(SlotId slot) => string.Create(CultureInfo.InvariantCulture, $"{slot.Workload}.{slot.Index}");
}
