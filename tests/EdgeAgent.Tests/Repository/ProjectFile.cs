using System.Xml.Linq;

namespace EdgeAgent.Tests.Repository;

/// <summary>One project and what its own file says it uses: projects by name, packages by id.</summary>
internal sealed record ProjectFile(string Name, string Path, IReadOnlySet<string> Projects, IReadOnlySet<string> Packages)
{
    public static IReadOnlyList<ProjectFile> ReadAll() =>
        [.. RepositoryTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Read)];

    public static ProjectFile Parse(string path, string xml)
    {
        var document = XDocument.Parse(xml);
        return new ProjectFile(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            Includes(document, "ProjectReference").Select(NameOf).ToHashSet(StringComparer.Ordinal),
            Includes(document, "PackageReference").ToHashSet(StringComparer.OrdinalIgnoreCase));
    }

    private static ProjectFile Read(string path) => Parse(path, RepositoryTree.Read(path));

    // By local name: an item with a namespace, a condition or in a Choose is a reference all the same.
    private static IEnumerable<string> Includes(XDocument document, string item) =>
        from element in document.Descendants()
        where element.Name.LocalName == item
        from include in ((string?)element.Attribute("Include") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        select include;

    private static string NameOf(string reference) =>
        System.IO.Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'));
}
