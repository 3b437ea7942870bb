namespace EdgeCtl.Manifest;

/// <summary>What is wrong with a manifest, where: <c>file.yaml:12:5: spec.replicas: expected …</c>. The path is empty where the text is no YAML.</summary>
public sealed record ManifestError(string Source, TextPlace At, string Path, string Message)
{
    public override string ToString() => $"{Source}:{At.Line}:{At.Column}: {(Path.Length == 0 ? "" : Path + ": ")}{Message}";
}

/// <summary>All that is wrong; nothing was sent.</summary>
public sealed class ManifestException(IReadOnlyList<ManifestError> errors) : Exception(string.Join('\n', errors))
{
    public IReadOnlyList<ManifestError> Errors => errors;
}
