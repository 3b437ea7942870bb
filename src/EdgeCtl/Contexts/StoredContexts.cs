using System.Text.Json.Serialization;

namespace EdgeCtl.Contexts;

/// <summary>The contexts' file as it is written. Paths are absolute; an empty field is left out.</summary>
public sealed record StoredContexts
{
    /// <summary>The name of the context that is used where none is named.</summary>
    public string? Current { get; init; }

    public IReadOnlyList<StoredContext> Contexts { get; init; } = [];
}

/// <summary>How to reach one cell, and as whom. It names files with secrets and holds none itself.</summary>
public sealed record StoredContext
{
    public required string Name { get; init; }

    public required string Broker { get; init; }

    public string? Fleet { get; init; }

    public string? Cell { get; init; }

    public string? Root { get; init; }

    /// <summary>The operator's private key, PEM.</summary>
    public string? KeyFile { get; init; }

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? ClientKeyFile { get; init; }

    public string? UserName { get; init; }

    public string? PasswordFile { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(StoredContexts))]
internal sealed partial class ContextJson : JsonSerializerContext;
