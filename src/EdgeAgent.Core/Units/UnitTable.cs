namespace EdgeAgent.Core.Units;

/// <summary>
/// The units this project knows, by their UCUM symbol (case-sensitive; https://ucum.org/ucum), and the factor to the
/// dimension's base unit. docs/spec/expressions.md repeats the table; a test compares the two.
/// </summary>
public static class UnitTable
{
    private const decimal Kibi = 1024m;
    private const decimal Mebi = Kibi * 1024m;
    private const decimal Gibi = Mebi * 1024m;
    private const decimal Tebi = Gibi * 1024m;

    private static readonly Dictionary<string, (Dimension Dimension, decimal Factor)> Units =
        new(StringComparer.Ordinal)
        {
            ["%"] = (Dimension.None, 0.01m),
            ["ns"] = (Dimension.Time, 1e-9m),
            ["us"] = (Dimension.Time, 1e-6m),
            ["ms"] = (Dimension.Time, 1e-3m),
            ["s"] = (Dimension.Time, 1m),
            ["min"] = (Dimension.Time, 60m),
            ["h"] = (Dimension.Time, 3600m),
            ["d"] = (Dimension.Time, 86400m),
            ["By"] = (Dimension.Data, 1m),
            ["kBy"] = (Dimension.Data, 1e3m),
            ["MBy"] = (Dimension.Data, 1e6m),
            ["GBy"] = (Dimension.Data, 1e9m),
            ["TBy"] = (Dimension.Data, 1e12m),
            ["KiBy"] = (Dimension.Data, Kibi),
            ["MiBy"] = (Dimension.Data, Mebi),
            ["GiBy"] = (Dimension.Data, Gibi),
            ["TiBy"] = (Dimension.Data, Tebi),
            ["bit/s"] = (Dimension.DataRate, 0.125m),
            ["kbit/s"] = (Dimension.DataRate, 125m),
            ["Mbit/s"] = (Dimension.DataRate, 125e3m),
            ["Gbit/s"] = (Dimension.DataRate, 125e6m),
            ["By/s"] = (Dimension.DataRate, 1m),
            ["kBy/s"] = (Dimension.DataRate, 1e3m),
            ["MBy/s"] = (Dimension.DataRate, 1e6m),
            ["KiBy/s"] = (Dimension.DataRate, Kibi),
            ["MiBy/s"] = (Dimension.DataRate, Mebi),
            ["Cel"] = (Dimension.Celsius, 1m),
            ["K"] = (Dimension.Kelvin, 1m),
            ["Hz"] = (Dimension.Frequency, 1m),
            ["kHz"] = (Dimension.Frequency, 1e3m),
            ["MHz"] = (Dimension.Frequency, 1e6m),
            ["GHz"] = (Dimension.Frequency, 1e9m),
            ["uV"] = (Dimension.Voltage, 1e-6m),
            ["mV"] = (Dimension.Voltage, 1e-3m),
            ["V"] = (Dimension.Voltage, 1m),
            ["kV"] = (Dimension.Voltage, 1e3m),
            ["uA"] = (Dimension.Current, 1e-6m),
            ["mA"] = (Dimension.Current, 1e-3m),
            ["A"] = (Dimension.Current, 1m),
            ["Ohm"] = (Dimension.Resistance, 1m),
            ["kOhm"] = (Dimension.Resistance, 1e3m),
            ["uW"] = (Dimension.Power, 1e-6m),
            ["mW"] = (Dimension.Power, 1e-3m),
            ["W"] = (Dimension.Power, 1m),
            ["kW"] = (Dimension.Power, 1e3m),
            ["J"] = (Dimension.Energy, 1m),
            ["kJ"] = (Dimension.Energy, 1e3m),
            ["W.h"] = (Dimension.Energy, 3600m),
            ["kW.h"] = (Dimension.Energy, 3600e3m),
            ["mA.h"] = (Dimension.Charge, 3.6m),
            ["A.h"] = (Dimension.Charge, 3600m),
            ["Pa"] = (Dimension.Pressure, 1m),
            ["hPa"] = (Dimension.Pressure, 100m),
            ["kPa"] = (Dimension.Pressure, 1e3m),
            ["mbar"] = (Dimension.Pressure, 100m),
            ["bar"] = (Dimension.Pressure, 1e5m),
            ["um"] = (Dimension.Length, 1e-6m),
            ["mm"] = (Dimension.Length, 1e-3m),
            ["cm"] = (Dimension.Length, 1e-2m),
            ["m"] = (Dimension.Length, 1m),
            ["km"] = (Dimension.Length, 1e3m),
            ["mm/s"] = (Dimension.Speed, 1e-3m),
            ["m/s"] = (Dimension.Speed, 1m),
            ["m/s2"] = (Dimension.Acceleration, 1m),
            ["g"] = (Dimension.Mass, 1m),
            ["kg"] = (Dimension.Mass, 1e3m),
            ["mL"] = (Dimension.Volume, 1e-3m),
            ["L"] = (Dimension.Volume, 1m),
            ["m3"] = (Dimension.Volume, 1e3m),
            ["L/s"] = (Dimension.Flow, 60m),
            ["L/min"] = (Dimension.Flow, 1m),
            ["deg"] = (Dimension.Angle, 1m),
            ["lx"] = (Dimension.Illuminance, 1m),
            ["uT"] = (Dimension.MagneticFlux, 1e-6m),
            ["mT"] = (Dimension.MagneticFlux, 1e-3m),
        };

    /// <summary>Every symbol, for documentation, completion and hints.</summary>
    public static IReadOnlyCollection<string> Symbols => Units.Keys;

    public static bool TryGet(string symbol, out Dimension dimension, out decimal factor)
    {
        var known = Units.TryGetValue(symbol, out var entry);
        (dimension, factor) = entry;
        return known;
    }
}
