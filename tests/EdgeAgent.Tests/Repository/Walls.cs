namespace EdgeAgent.Tests.Repository;

/// <summary>
/// Who may use whom (docs/ARCHITECTURE.md). A project that is not listed here has no place in the house yet:
/// that is a finding too, so that nobody adds one past the walls.
/// </summary>
internal static class Walls
{
    private const string Core = "EdgeAgent.Core";
    private const string Protocol = "EdgeAgent.Protocol";
    private const string Node = "EdgeAgent.Node";
    private const string Linux = "EdgeAgent.Linux";
    private const string Daemon = "EdgeAgent";
    private const string Control = "EdgeCtl";
    private const string Tests = "EdgeAgent.Tests";
    private const string Simulation = "EdgeAgent.Simulation";
    private const string SystemTests = "EdgeAgent.SystemTests";
    private const string Benchmarks = "EdgeAgent.Benchmarks";

    private const string Analyzers = "Microsoft.CodeAnalysis.BannedApiAnalyzers";

    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        [Core] = [],
        [Protocol] = [Core],
        [Node] = [Core, Protocol],
        [Linux] = [Core, Protocol, Node],
        [Daemon] = [Core, Protocol, Node, Linux],
        [Control] = [Core, Protocol],
        [Simulation] = [Core, Protocol, Node],
        [Tests] = [Core, Protocol, Node, Linux, Daemon, Control, Simulation],
        [SystemTests] = [Core, Protocol, Linux],
        [Benchmarks] = [Core, Protocol, Node, Linux, Simulation],
    };

    private static readonly string[] MqttUsers = [Daemon, Control, SystemTests, Benchmarks];
    private static readonly string[] ProtobufUsers = [Protocol, Tests];

    /// <summary>Every breach as a sentence, in the order of the projects; empty when the walls stand.</summary>
    public static IEnumerable<string> Breaches(IReadOnlyList<ProjectFile> projects) =>
        projects.SelectMany(Breaches).Concat(LeakedUses(projects));

    private static IEnumerable<string> Breaches(ProjectFile project)
    {
        if (!MayUse.TryGetValue(project.Name, out var allowed))
        {
            yield return $"{project.Path} has no place in the walls: add it to {nameof(Walls)} with what it may use";
            yield break;
        }

        foreach (var used in project.Projects.Except(allowed))
        {
            yield return $"{project.Name} uses {used}, it may use only: {string.Join(", ", allowed)}";
        }

        foreach (var package in project.Packages)
        {
            if (BreachOf(project.Name, package) is { } breach)
            {
                yield return $"{project.Name} references {package}: {breach}";
            }
        }
    }

    private static string? BreachOf(string project, string package) => package switch
    {
        Analyzers => null,
        _ when project == Core => "Core is the rules alone, it has no package but the analyzer",
        _ when package.StartsWith("MQTTnet", StringComparison.OrdinalIgnoreCase) && !MqttUsers.Contains(project)
            => $"MQTT is known only to {string.Join(", ", MqttUsers)}",
        _ when IsProtobuf(package) && !ProtobufUsers.Contains(project)
            => $"protobuf is known only to {string.Join(", ", ProtobufUsers)}",
        _ => null,
    };

    private static bool IsProtobuf(string package) =>
        package.StartsWith("protobuf", StringComparison.OrdinalIgnoreCase)
        || package.StartsWith("Google.Protobuf", StringComparison.OrdinalIgnoreCase);

    // A reference reaches on through the projects it names, so what counts in the end is the whole closure.
    private static IEnumerable<string> LeakedUses(IReadOnlyList<ProjectFile> projects)
    {
        var byName = projects.ToDictionary(project => project.Name, StringComparer.Ordinal);
        return from project in projects
               where project.Name == Simulation
               from reached in Closure(project, byName)
               where reached.Packages.Any(package => package.StartsWith("MQTTnet", StringComparison.OrdinalIgnoreCase))
               select $"{project.Name} reaches MQTTnet through {reached.Name}: the simulator has a broker of its own";
    }

    private static HashSet<ProjectFile> Closure(ProjectFile start, Dictionary<string, ProjectFile> byName)
    {
        var reached = new HashSet<ProjectFile>(ReferenceEqualityComparer.Instance);
        var open = new Stack<ProjectFile>([start]);
        while (open.TryPop(out var project))
        {
            if (reached.Add(project))
            {
                foreach (var used in project.Projects)
                {
                    if (byName.TryGetValue(used, out var next))
                    {
                        open.Push(next);
                    }
                }
            }
        }

        return reached;
    }
}
