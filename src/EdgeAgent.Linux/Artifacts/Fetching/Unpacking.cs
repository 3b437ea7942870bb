using System.Formats.Tar;
using System.Globalization;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Artifacts.Fetching;

/// <summary>
/// A tar to a folder, entry by entry as it is read. What an artifact has no use for is refused and not left out: who packed it would not know. Files come to be the fetcher's, readable by all and writable by it alone;
/// of their modes only that they can be executed is taken.
/// </summary>
internal sealed class Unpacking(FetchRequest request, string folder, Action<string> tell)
{
    private const int Block = 4096;
    private const int BufferBytes = 128 * 1024;

    /// <summary>The free space is looked at after so many bytes.</summary>
    private const long LookEvery = 4L << 20;

    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _lookAt;

    /// <summary>As they lie on the disk, in whole blocks.</summary>
    public long Bytes { get; private set; }

    public int Entries { get; private set; }

    /// <summary>Throws <see cref="ArtifactRefusedException"/>, or <see cref="FetchFailedException"/> where the disk is what lacks.</summary>
    public void Run(Stream tar)
    {
        Directory.CreateDirectory(folder, Read | Execute | UnixFileMode.UserWrite);
        try
        {
            using var reader = new TarReader(tar, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                Take(entry);
            }

            Drain(tar);
        }
        catch (EndOfStreamException)
        {
            throw new ArtifactRefusedException($"ends in the middle, after {Entries} entries");
        }
        catch (NotSupportedException)
        {
            throw new ArtifactRefusedException($"has something in it that is no file, folder or link, after {Entries} entries");
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or ArgumentException or OverflowException)
        {
            // The framework's own words are left out of the agent's program.
            throw new ArtifactRefusedException($"is no sound tar: what stands after {Entries} entries is none");
        }
        catch (OutOfMemoryException)
        {
            throw new ArtifactRefusedException($"has an entry whose head alone is larger than the memory that unpacking may take, after {Entries} entries");
        }

        if (Entries == 0)
        {
            throw new ArtifactRefusedException("is empty");
        }
    }

    private void Take(TarEntry entry)
    {
        if (++Entries > request.EntriesMax)
        {
            throw new ArtifactRefusedException($"has more than {request.EntriesMax} entries");
        }

        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return;
        }

        if (entry is PaxTarEntry pax && pax.ExtendedAttributes.Keys.Any(k => k.StartsWith("GNU.sparse", StringComparison.Ordinal)))
        {
            throw new ArtifactRefusedException($"has a sparse file in it: {EntryPath.Show(entry.Name)}; pack it without --sparse");
        }

        var parts = EntryPath.Split(entry.Name);
        if ((entry.Mode & Special) != 0 && entry.EntryType != TarEntryType.Directory)
        {
            throw new ArtifactRefusedException($"has a file in it that would run as another user (setuid, setgid): {EntryPath.Show(entry.Name)}");
        }

        if (parts.Length == 0 && entry.EntryType != TarEntryType.Directory)
        {
            throw new ArtifactRefusedException("has an entry in it without a name");
        }

        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Folder(parts);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Count(entry.Length);
                Write(Place(parts), entry.DataStream, (entry.Mode & Execute) != 0);
                break;
            case TarEntryType.SymbolicLink:
                Link(parts, entry.LinkName);
                break;
            case TarEntryType.HardLink:
                Copy(parts, entry.LinkName);
                break;
            default:
                throw new ArtifactRefusedException($"has something in it that is no file, folder or link ({entry.EntryType}): {EntryPath.Show(entry.Name)}");
        }

        if (Entries % 256 == 0)
        {
            tell(string.Create(CultureInfo.InvariantCulture, $"unpacking: {Entries} entries, {FetchWord.Size(Bytes)}"));
        }
    }

    private void Link(string[] parts, string target)
    {
        if (!EntryPath.IsWithin(parts.Length - 1, target))
        {
            throw new ArtifactRefusedException($"has a link in it that leads out of it: {EntryPath.Show(string.Join('/', parts))} -> {EntryPath.Show(target)}");
        }

        Count(0);
        var path = Place(parts);
        MustBeFree(path);
        File.CreateSymbolicLink(path, target);
    }

    /// <summary>A second name is a second file: so nothing is ever reached by two.</summary>
    private void Copy(string[] parts, string target)
    {
        var source = Place(EntryPath.Split(target));
        if (!Libc.TryReadNode(source, follow: false, out var node) || !node.IsFile)
        {
            throw new ArtifactRefusedException($"has a hard link in it to what is no file before it: {EntryPath.Show(string.Join('/', parts))} -> {EntryPath.Show(target)}");
        }

        using var from = File.OpenRead(source);
        Count(from.Length);
        Write(Place(parts), from, (File.GetUnixFileMode(from.SafeFileHandle) & Execute) != 0);
    }

    private void Write(string path, Stream? data, bool isProgram)
    {
        MustBeFree(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Read | UnixFileMode.UserWrite | (isProgram ? Execute : 0) };
        using var file = new FileStream(path, options);
        for (int count; data is not null && (count = data.Read(_buffer)) > 0;)
        {
            file.Write(_buffer, 0, count);
            LookAtDisk(count);
        }
    }

    /// <summary>The path of a name whose folders are there, and are folders.</summary>
    private string Place(string[] parts) => Path.Combine(Folder(parts[..^1]), parts[^1]);

    private string Folder(string[] parts)
    {
        var path = folder;
        foreach (var part in parts)
        {
            path = Path.Combine(path, part);
            if (!Libc.TryReadNode(path, follow: false, out var node))
            {
                Count(0);
                Directory.CreateDirectory(path, Read | Execute | UnixFileMode.UserWrite);
            }
            else if (!node.IsFolder)
            {
                throw new ArtifactRefusedException($"has a path in it through what is no folder: {EntryPath.Show(string.Join('/', parts))}");
            }
        }

        return path;
    }

    private void MustBeFree(string path)
    {
        if (Libc.TryReadNode(path, follow: false, out _))
        {
            throw new ArtifactRefusedException($"has two entries of one name: {EntryPath.Show(Path.GetRelativePath(folder, path))}");
        }
    }

    private void Count(long bytes)
    {
        // Before it is rounded: the greatest number that a tar can say has no next block.
        if (bytes < 0 || bytes > request.UnpackedMax - Bytes)
        {
            throw new ArtifactRefusedException($"is larger unpacked than what is left for artifacts here ({FetchWord.Size(request.UnpackedMax)} of [Artifacts] Disk)") { IsTooLarge = true };
        }

        Bytes += Math.Max(Block, (bytes + Block - 1) / Block * Block);
        LookAtDisk(Block);
    }

    private void LookAtDisk(long bytes)
    {
        _lookAt -= bytes;
        if (_lookAt > 0)
        {
            return;
        }

        _lookAt = LookEvery;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < request.Reserve)
        {
            throw NoRoom(free, request);
        }
    }

    internal static FetchFailedException NoRoom(long free, FetchRequest request) =>
        new($"has no room on the device: {FetchWord.Size(free)} are free, and {FetchWord.Size(request.Reserve)} stay so") { IsNoRoom = true };

    /// <summary>What stands behind the last entry is read, for its packer counts it; zeros without end are a bomb too.</summary>
    private void Drain(Stream tar)
    {
        var rest = 0L;
        for (int count; (count = tar.Read(_buffer)) > 0;)
        {
            rest += count;
            if (rest > request.UnpackedMax)
            {
                throw new ArtifactRefusedException("goes on for longer than it may behind its last entry");
            }
        }
    }
}
