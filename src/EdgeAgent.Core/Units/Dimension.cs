namespace EdgeAgent.Core.Units;

/// <summary>What a unit measures. Units of one dimension convert into each other; Celsius and Kelvin only to themselves.</summary>
public enum Dimension
{
    /// <summary>A plain number, a ratio, a count.</summary>
    None,
    Time,
    Data,
    DataRate,
    Celsius,
    Kelvin,
    Frequency,
    Voltage,
    Current,
    Resistance,
    Power,
    Energy,
    Charge,
    Pressure,
    Length,
    Speed,
    Acceleration,
    Mass,
    Volume,
    Flow,
    Angle,
    Illuminance,
    MagneticFlux,

    /// <summary>A symbol that is not in the table: it compares with a bare number, and with no unit.</summary>
    Other,
}
