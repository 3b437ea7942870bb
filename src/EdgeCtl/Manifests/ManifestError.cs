namespace EdgeCtl.Manifests;

/// <summary>What is wrong in a manifest, and where; lines and columns count from one.</summary>
public sealed record ManifestError(string File, long Line, long Column, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}
