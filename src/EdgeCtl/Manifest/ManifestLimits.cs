namespace EdgeCtl.Manifest;

/// <summary>How large what <c>-f</c> is given may be; docs/spec/manifest.md repeats them.</summary>
public static class ManifestLimits
{
    /// <summary>Of one file or of standard input.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>Of the files of one command, folders read through.</summary>
    public const int FilesMax = 1000;

    public const int DocumentsMax = 1000;

    public const int DepthMax = 32;

    /// <summary>Of one file, with each alias counted as all that it stands for.</summary>
    public const int NodesMax = 100_000;

    public const int ErrorsShownMax = 20;
}
