namespace EdgeAgent.Protocol.Codec;

/// <summary>Milliseconds since 1970, UTC; what no calendar holds becomes its nearest end.</summary>
internal static class Time
{
    private static readonly long Min = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Max = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static DateTimeOffset FromMs(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, Min, Max));
}
