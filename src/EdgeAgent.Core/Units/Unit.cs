namespace EdgeAgent.Core.Units;

/// <summary>The unit of a fact: a UCUM symbol. One that the table doesn't know is kept, as another version may know it.</summary>
public readonly record struct Unit
{
    /// <summary>Of a symbol from outside.</summary>
    public const int SymbolLengthMax = 32;

    /// <summary>A plain number; the same as <c>default</c>, and as UCUM's <c>1</c>.</summary>
    public static readonly Unit None;
    public static readonly Unit Percent = new("%");
    public static readonly Unit Seconds = new("s");
    public static readonly Unit Bytes = new("By");
    public static readonly Unit Celsius = new("Cel");

    private readonly string? _symbol;

    private Unit(string symbol) => _symbol = symbol;

    /// <summary>Empty of <see cref="None"/>.</summary>
    public string Symbol => _symbol ?? "";

    public Dimension Dimension => Lookup().Dimension;

    /// <summary>How many of the dimension's base unit one of this is.</summary>
    public decimal Factor => Lookup().Factor;

    /// <summary>False when it isn't 1 to 32 printable ASCII characters without a space.</summary>
    public static bool TryParse(string? symbol, out Unit unit)
    {
        unit = None;
        if (string.IsNullOrEmpty(symbol) || symbol.Length > SymbolLengthMax || symbol.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }

        unit = symbol == "1" ? None : new Unit(symbol);
        return true;
    }

    public override string ToString() => Symbol;

    private (Dimension Dimension, decimal Factor) Lookup()
    {
        if (Symbol.Length == 0)
        {
            return (Dimension.None, 1m);
        }

        return UnitTable.TryGet(Symbol, out var dimension, out var factor) ? (dimension, factor) : (Dimension.Other, 1m);
    }
}
