namespace EdgeAgent.Linux.AppArmor;

/// <summary>A profile and its mode, as the kernel writes them of a process: <c>edge-web-0123456789abcdef (enforce)</c>.</summary>
public readonly record struct ProfileLabel(string Name, bool IsComplaining)
{
    private const string Enforcing = " (enforce)";
    private const string Complaining = " (complain)";

    public static bool TryParse(string? text, out ProfileLabel label)
    {
        label = text switch
        {
            not null when text.EndsWith(Enforcing, StringComparison.Ordinal) => new(text[..^Enforcing.Length], IsComplaining: false),
            not null when text.EndsWith(Complaining, StringComparison.Ordinal) => new(text[..^Complaining.Length], IsComplaining: true),
            _ => default,
        };
        return label.Name is { Length: > 0 };
    }

    /// <summary>Whether what the kernel writes of a process is this, or a profile within it: where it complains, a program that it doesn't allow has one of its own.</summary>
    public bool Holds(string held) => TryParse(held, out var label) && label.IsComplaining == IsComplaining && IsOrIsWithin(label.Name);

    public bool IsOrIsWithin(string profile) => profile == Name || profile.StartsWith($"{Name}//", StringComparison.Ordinal);

    public override string ToString() => $"{Name}{(IsComplaining ? Complaining : Enforcing)}";
}
