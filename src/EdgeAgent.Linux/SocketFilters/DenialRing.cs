using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.SocketFilters;

/// <summary>
/// Hears what programs refuse, out of the ring that they write to (kernel.org, "BPF ring buffer"). On a thread of its own, which begins with the first program, and which looks a few times a second at most: what
/// doesn't fit into the ring meanwhile is refused all the same, and not told.
/// </summary>
internal sealed unsafe class DenialRing : IDisposable
{
    /// <summary>A power of two, and whole pages also where those are large: some thousand records.</summary>
    public const int Bytes = 64 * 1024;

    private const int PauseMs = 250;
    private const uint IsBusy = 1u << 31;
    private const uint IsDiscarded = 1u << 30;
    private const int HeaderSize = 8;
    private const int InMinuteMax = 64;
    private const int TagsMax = 256;

    /// <summary>By tag: who tries much hides nobody else's.</summary>
    private readonly Dictionary<ulong, OnceAMinute<Denial>> _passed = [];
    private readonly Action<SocketDenial> _hear;
    private readonly Descriptor _ring;
    private readonly Descriptor _end = Descriptor.OfEvents();
    private readonly Thread _thread;
    private readonly byte* _consumer;
    private readonly byte* _producer;
    private readonly byte* _data;

    /// <summary>The ring becomes its own. Throws <see cref="IOException"/>.</summary>
    public DenialRing(Descriptor ring, Action<SocketDenial> hear)
    {
        (_ring, _hear) = (ring, hear);

        // The reader's place, on a page that it may write; the writer's, and then the records twice, so that each is in one piece.
        var page = Environment.SystemPageSize;
        _consumer = (byte*)Libc.Map(ring, page, offset: 0, isWritable: true);
        _producer = (byte*)Libc.Map(ring, page + (2 * Bytes), page, isWritable: false);
        _data = _producer + page;
        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "network-denials" };
        _thread.Start();
    }

    public void Dispose()
    {
        _end.Raise();
        _thread.Join();
        _end.Dispose();
        Libc.Unmap(_consumer, Environment.SystemPageSize);
        Libc.Unmap(_producer, Environment.SystemPageSize + (2 * Bytes));
        _ring.Dispose();
    }

    private void Work()
    {
        var both = stackalloc PollFd[2];
        while (true)
        {
            both[0] = new PollFd { Fd = _end.Fd, Events = Libc.PollIn };
            both[1] = new PollFd { Fd = _ring.Fd, Events = Libc.PollIn };
            _ = Libc.Poll(both, 2, -1);
            Read();
            if (Libc.Poll(both, 1, PauseMs) > 0)
            {
                return;
            }
        }
    }

    private void Read()
    {
        var at = *(ulong*)_consumer;
        while (at < Volatile.Read(ref *(ulong*)_producer))
        {
            var record = _data + (at & (Bytes - 1));
            var header = Volatile.Read(ref *(uint*)record);
            if ((header & IsBusy) != 0)
            {
                return;
            }

            var length = (int)(header & ~IsDiscarded);
            if ((header & IsDiscarded) == 0 && SocketDenial.TryRead(new ReadOnlySpan<byte>(record + HeaderSize, length), out var denial) && IsNew(denial))
            {
                _hear(denial);
            }

            at += (ulong)((length + HeaderSize + 7) & ~7);
            Volatile.Write(ref *(ulong*)_consumer, at);
        }
    }

    private bool IsNew(SocketDenial denial)
    {
        if (!_passed.TryGetValue(denial.Tag, out var passed))
        {
            if (_passed.Count >= TagsMax)
            {
                _passed.Clear();
            }

            _passed[denial.Tag] = passed = new OnceAMinute<Denial>(InMinuteMax);
        }

        return passed.IsNew(denial.Denial);
    }
}
