using System.Globalization;
using System.Text;

namespace EdgeCtl.Up;

/// <summary>Says that a fleet's folder is in use, and by whom. It ends with the process that holds it, however that ends.</summary>
internal sealed class UpLock : IDisposable
{
    private readonly FleetFolder _folder;
    private readonly FileStream _stream;

    private UpLock(FleetFolder folder, FileStream stream)
    {
        _folder = folder;
        _stream = stream;
    }

    /// <summary>Throws <see cref="UpException"/> where another <c>up</c> has it.</summary>
    public static UpLock Take(FleetFolder folder)
    {
        try
        {
            // FileShare.None is flock(2) on Linux.
            var stream = new FileStream(folder.Lock, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = DurableFile.OwnerOnly,
            });
            var pid = Environment.ProcessId;
            DurableFile.Replace(folder.Pid, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{pid}\n{ProcFile.StartTime(pid)}\n")), DurableFile.EverybodyReads);
            return new(folder, stream);
        }
        catch (IOException) when (Holder(folder) is { } holder)
        {
            using (holder)
            {
                throw new UpException($"a fleet already runs in {folder.Root} (pid {holder.Pid}): end it with edgectl down --dir {folder.Root}, or name another folder with --dir");
            }
        }
    }

    /// <summary>The <c>up</c> that runs in this folder; null where none does.</summary>
    public static LiveProcess? Holder(FleetFolder folder)
    {
        try
        {
            var lines = File.ReadAllLines(folder.Pid);
            return lines.Length == 2
                && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var startTime)
                ? LiveProcess.Find(pid, p => ProcFile.StartTime(p) == startTime && ProcFile.Arguments(p).Contains("up"))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        File.Delete(_folder.Pid);
        _stream.Dispose();
    }
}
