using Xunit;

namespace EdgeAgent.Tests.Repository;

/// <summary>The layers use each other in one direction only, and each foreign library is known in one place.</summary>
public sealed class WallTests
{
    [Fact]
    public void Every_project_uses_only_what_lies_below_it()
    {
        var projects = ProjectFile.ReadAll();

        Assert.NotEmpty(projects);
        Findings.None(Walls.Breaches(projects));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = RepositoryTree.Read("EdgeAgent.sln").Replace('\\', '/');

        Findings.None(
            from project in ProjectFile.ReadAll()
            where !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal)
            select $"{project.Path} is not in EdgeAgent.sln");
    }

    // The wall itself can fail: each of these is a breach that somebody could commit on a busy day.
    [Theory]
    [InlineData("EdgeAgent.Core", "ProjectReference", "../EdgeAgent.Protocol/EdgeAgent.Protocol.csproj")]
    [InlineData("EdgeAgent.Core", "PackageReference", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("EdgeAgent.Protocol", "ProjectReference", @"..\EdgeAgent.Node\EdgeAgent.Node.csproj")]
    [InlineData("EdgeAgent.Node", "ProjectReference", "../EdgeAgent.Linux/EdgeAgent.Linux.csproj")]
    [InlineData("EdgeAgent.Linux", "ProjectReference", "../EdgeAgent/EdgeAgent.csproj")]
    [InlineData("EdgeAgent.Linux", "PackageReference", "protobuf-net.Core")]
    [InlineData("EdgeCtl", "ProjectReference", "../EdgeAgent.Node/EdgeAgent.Node.csproj")]
    [InlineData("EdgeCtl", "PackageReference", "Google.Protobuf")]
    [InlineData("EdgeAgent.Simulation", "ProjectReference", "../../src/EdgeAgent.Linux/EdgeAgent.Linux.csproj")]
    [InlineData("EdgeAgent.Simulation", "PackageReference", "MQTTnet")]
    [InlineData("EdgeAgent.Node", "PackageReference", "mqttnet.server")]
    [InlineData("EdgeAgent.Newcomer", "PackageReference", "xunit.v3")]
    public void A_reference_through_a_wall_is_found(string name, string item, string include)
    {
        var project = ProjectFile.Parse(
            $"src/{name}/{name}.csproj",
            $"""<Project><ItemGroup Condition="'$(X)' == ''"><{item} Include="{include}" /></ItemGroup></Project>""");

        Assert.Single(Walls.Breaches([project]).Take(1));
    }

    [Fact]
    public void MQTT_that_reaches_the_simulator_through_another_project_is_found()
    {
        var simulation = ProjectFile.Parse(
            "tests/EdgeAgent.Simulation/EdgeAgent.Simulation.csproj",
            """<Project><ItemGroup><ProjectReference Include="../../src/EdgeAgent.Node/EdgeAgent.Node.csproj" /></ItemGroup></Project>""");
        var node = ProjectFile.Parse(
            "src/EdgeAgent.Node/EdgeAgent.Node.csproj",
            """<Project><ItemGroup><PackageReference Include="MQTTnet" /></ItemGroup></Project>""");

        Assert.Contains(Walls.Breaches([simulation, node]), breach => breach.Contains("through EdgeAgent.Node", StringComparison.Ordinal));
    }
}
