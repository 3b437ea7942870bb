using System.Runtime.CompilerServices;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Lines of a stream, each at most so long: a writer of endless lines costs no memory.</summary>
internal static class BoundedLines
{
    /// <summary>
    /// In the journal's JSON a line of output, which journald cuts at 48 KiB, has at most six characters a byte; what is
    /// longer comes from elsewhere and is left out.
    /// </summary>
    public const int BytesMax = 512 * 1024;

    /// <summary>Each valid until the next is asked for; without its line feed.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Read(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        var (filled, isTooLong) = (0, false);
        int got;
        while ((got = await stream.ReadAsync(buffer.AsMemory(filled), cancel).ConfigureAwait(false)) > 0)
        {
            var start = 0;
            var searched = filled;
            filled += got;
            int end;
            while ((end = buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n')) >= 0)
            {
                if (!isTooLong)
                {
                    yield return buffer.AsMemory(start, searched + end - start);
                }

                isTooLong = false;
                start = searched += end + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length && filled < BytesMax)
            {
                Array.Resize(ref buffer, Math.Min(filled * 2, BytesMax));
            }
            else if (filled == buffer.Length)
            {
                (filled, isTooLong) = (0, true);
            }
        }
    }
}
