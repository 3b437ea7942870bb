using System.Globalization;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>
/// What readings of the memory mean (docs/adr/0034). Work that stalls at its own limit makes pressure, too: the node is short of memory only where little of it is left besides, and where
/// hardly any is left few stalls are enough. The level rises at once, and falls when nothing like it was measured for a minute.
/// </summary>
/// <param name="mayEvict">Whether work is to go.</param>
public sealed class MemoryGauge(bool mayEvict)
{
    private const double Stalled = 10;
    private const double Scarce = 15;
    private const double StalledWhereHardlyAny = 2;
    private const double HardlyAny = 5;

    /// <summary>Of the machine's memory: what work has of it must be so much, or its going would help nobody.</summary>
    private const double WorthIt = 5;

    // Where the kernel tells of no stalls.
    private const double LowAlone = 8;
    private const double LeastAlone = 4;

    private static readonly TimeSpan FallsAfter = TimeSpan.FromMinutes(1);

    /// <summary>Every other look.</summary>
    private static readonly TimeSpan BetweenEvictions = TimeSpan.FromSeconds(8);

    private PressureLevel _level;
    private bool _isFull;
    private TimeSpan? _fullAt;
    private TimeSpan? _someAt;
    private TimeSpan? _evictedAt;

    /// <summary>What the loop is to be told; null: nothing.</summary>
    public MemoryPressed? Take(MemoryReading reading, TimeSpan now)
    {
        var (measured, before, wasFull) = (Measure(reading), _level, _isFull);
        _isFull = measured == PressureLevel.Full;
        _fullAt = _isFull ? now : _fullAt;
        _someAt = measured >= PressureLevel.Some ? now : _someAt;
        _level = now - _fullAt < FallsAfter ? PressureLevel.Full : now - _someAt < FallsAfter ? PressureLevel.Some : PressureLevel.None;
        var isToEvict = mayEvict && _isFull && !(100.0 * reading.OfWork / reading.Total < WorthIt) && !(now - _evictedAt < BetweenEvictions);
        _evictedAt = isToEvict ? now : _evictedAt;
        return _level != before || isToEvict || (wasFull && !_isFull) ? new MemoryPressed(_level, isToEvict, Text(reading)) : null;
    }

    private static PressureLevel Measure(MemoryReading reading)
    {
        var left = reading.AvailablePercent;
        if (reading is not { Some: { } some, Full: { } full })
        {
            return left <= LeastAlone ? PressureLevel.Full : left <= LowAlone ? PressureLevel.Some : PressureLevel.None;
        }

        var stalled = left <= HardlyAny ? StalledWhereHardlyAny : Stalled;
        return left > Scarce ? PressureLevel.None : full >= stalled ? PressureLevel.Full : some >= stalled ? PressureLevel.Some : PressureLevel.None;
    }

    private static string Text(MemoryReading reading)
    {
        var left = $"{Percent(reading.AvailablePercent)} of its memory is available";
        return reading is { Some: { } some, Full: { } full }
            ? $"{left}, and of the last ten seconds some work waited for memory in {Percent(some)} and all of it in {Percent(full)}"
            : $"{left} (this kernel doesn't tell who waits for it: boot it with psi=1)";
    }

    private static string Percent(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0} %");
}
