namespace EdgeCtl.Showing;

/// <summary>The forms of <c>-o</c>.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
}
