namespace EdgeCtl.Up;

/// <summary>Lets through a few lines a minute and counts the others: what strangers cause must not fill a log.</summary>
internal sealed class SparingTeller(Action<string> tell, TimeProvider time)
{
    public const int LinesAMinute = 20;

    private readonly Lock _lock = new();
    private DateTimeOffset _minute;
    private int _lines;
    private int _suppressed;

    public void Tell(string line)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _minute >= TimeSpan.FromMinutes(1))
            {
                if (_suppressed > 0)
                {
                    tell($"{_suppressed} more lines like these were left out");
                }

                (_minute, _lines, _suppressed) = (now, 0, 0);
            }

            if (_lines < LinesAMinute)
            {
                _lines++;
                tell(line);
            }
            else
            {
                _suppressed++;
            }
        }
    }
}
