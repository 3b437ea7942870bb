namespace EdgeAgent.Core.Workloads;

/// <summary>An archive that a node fetches and unpacks before the program in it is started (docs/spec/artifacts.md).</summary>
/// <param name="Url">Where it is: https, or http where the node allows that.</param>
/// <param name="Sha256">Of the archive's bytes: 64 digits of base 16, in small letters. Whatever another server sends is refused.</param>
public sealed record Artifact(string Url, string Sha256)
{
    /// <summary>What a node must be able to do for it.</summary>
    public const string Feature = "run.artifact/1";

    public const int UrlLengthMax = 2048;
    public const int DigestLength = 64;

    /// <summary>A path within it, such as <c>./bin/infer</c>.</summary>
    public static bool IsWithin(string path) => path.StartsWith("./", StringComparison.Ordinal) && path.Length > 2 && !path.Split('/').Contains("..");

    public static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Empty: it is one; else what is expected.</summary>
    public static string FaultOf(string url) =>
        url.Length > UrlLengthMax ? $"has {url.Length} characters, and may have {UrlLengthMax}"
        : !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.Host.Length == 0 || url.Any(c => char.IsControl(c) || c is ' ' or '"' or '\\') ? "is no address: expected one such as https://artifacts.example/infer.tar.zst"
        : uri.UserInfo.Length > 0 ? "has a user or a password in it, which everybody could read: keys of object stores stand in the nodes' agent.conf ([Artifacts] S3)"
        : uri.Fragment.Length > 0 ? "has a part behind #, which no server is told"
        : "";
}
