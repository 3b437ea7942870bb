using System.Text;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>Of what a program writes, the last line with something in it; of a long one its begin.</summary>
internal sealed class LastLine
{
    private const int BytesMax = 256;

    private readonly byte[] _line = new byte[BytesMax];
    private byte[] _last = [];
    private int _have;

    public string Text => Encoding.UTF8.GetString(_have > 0 ? _line.AsSpan(0, _have) : _last);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var each in bytes)
        {
            if (each == '\n' && _have > 0)
            {
                (_last, _have) = (_line[.._have], 0);
            }
            else if (each >= ' ' && _have < BytesMax)
            {
                _line[_have++] = each;
            }
        }
    }
}
