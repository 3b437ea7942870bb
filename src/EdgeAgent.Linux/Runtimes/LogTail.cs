using System.Globalization;
using System.Text;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>A log file that somebody else appends to and may put aside. A line counts when its line feed is there: a write may be seen in part.</summary>
internal sealed class LogTail : IDisposable
{
    private const int StampLengthMax = 20;

    private readonly FileStream _file;
    private readonly string _name;
    private readonly byte[] _chunk = new byte[4096];
    private readonly List<byte> _rest = [];
    private long _begin;

    private LogTail(FileStream file, string name) => (_file, _name) = (file, name);

    /// <summary>Whether this file has another name by now (its folder hasn't). What was written before that is read all the same.</summary>
    public bool IsPutAside =>
        File.ResolveLinkTarget($"/proc/self/fd/{_file.SafeFileHandle.DangerousGetHandle()}", returnFinalTarget: false) is { } target && target.Name != _name;

    /// <summary>The time with which the file begins, by which it is known under any name; 0: nothing is in it yet.</summary>
    public long Begin
    {
        get
        {
            Span<byte> head = stackalloc byte[StampLengthMax];
            if (_begin == 0 && RandomAccess.Read(_file.SafeFileHandle, head, 0) is var got && head[..got].IndexOf((byte)' ') is > 0 and var length)
            {
                _ = long.TryParse(head[..length], NumberStyles.None, CultureInfo.InvariantCulture, out _begin);
            }

            return _begin;
        }
    }

    /// <summary>Behind the line that was read last.</summary>
    public long Position { get; private set; }

    public long Length => _file.Length;

    /// <summary>Null where there is none.</summary>
    public static LogTail? TryOpen(string path)
    {
        try
        {
            return new LogTail(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0), Path.GetFileName(path));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whole lines that came since the last call, without their line feeds.</summary>
    public IEnumerable<string> ReadLines()
    {
        int got;
        while ((got = _file.Read(_chunk)) > 0)
        {
            for (var i = 0; i < got; i++)
            {
                if (_chunk[i] != '\n')
                {
                    _rest.Add(_chunk[i]);
                    continue;
                }

                var line = Encoding.UTF8.GetString([.. _rest]);
                Position += _rest.Count + 1;
                _rest.Clear();
                yield return line;
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
