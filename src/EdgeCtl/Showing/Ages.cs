namespace EdgeCtl.Showing;

/// <summary>How long ago something was, to one or two units, as kubectl has it: <c>45s</c>, <c>12m</c>, <c>3h</c>, <c>2d</c>.</summary>
internal static class Ages
{
    public static string Since(DateTimeOffset at, DateTimeOffset now) => at == default ? "" : (now - at) switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalMinutes: < 2 } age => $"{(int)age.TotalSeconds}s",
        { TotalHours: < 2 } age => $"{(int)age.TotalMinutes}m",
        { TotalDays: < 2 } age => $"{(int)age.TotalHours}h",
        var age => $"{(int)age.TotalDays}d",
    };

    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
