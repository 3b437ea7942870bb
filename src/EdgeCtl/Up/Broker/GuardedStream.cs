namespace EdgeCtl.Up.Broker;

/// <summary>
/// A client's socket, read through a small buffer. It follows the framing of MQTT (3.1.1 and 5, section 2.1: a byte of type, one to four bytes of
/// length, as many of content), so that a packet longer than the limit ends the connection before anybody makes room for it.
/// </summary>
public sealed class GuardedStream(Stream socket, int packetBytesMax) : Stream
{
    private const int BufferBytes = 8 * 1024;
    private const int LengthBytesMax = 4;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _inLength;
    private int _lengthBytes;
    private int _length;
    private int _contentLeft;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Throws <see cref="InvalidDataException"/> at a packet that is longer than the limit or whose length is none.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        int count;
        if (_start == _end && buffer.Length >= BufferBytes)
        {
            count = await socket.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await socket.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            }

            count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
            _start += count;
        }

        Follow(buffer.Span[..count]);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => socket.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => socket.FlushAsync(cancellationToken);

    public override void Flush() => socket.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length;)
        {
            if (_contentLeft > 0)
            {
                var inside = Math.Min(_contentLeft, bytes.Length - i);
                _contentLeft -= inside;
                i += inside;
            }
            else if (_inLength)
            {
                TakeLengthByte(bytes[i++]);
            }
            else
            {
                _inLength = true;
                _lengthBytes = 0;
                _length = 0;
                i++;
            }
        }
    }

    private void TakeLengthByte(byte value)
    {
        if (_lengthBytes == LengthBytesMax)
        {
            throw new InvalidDataException("a packet's length has more than four bytes");
        }

        _length |= (value & 0x7F) << (7 * _lengthBytes++);
        if (_length > packetBytesMax)
        {
            throw new InvalidDataException($"a packet of {_length} bytes or more, at most {packetBytesMax} are taken");
        }

        if ((value & 0x80) == 0)
        {
            _inLength = false;
            _contentLeft = _length;
        }
    }
}
