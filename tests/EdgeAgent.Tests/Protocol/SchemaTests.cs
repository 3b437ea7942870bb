using System.Diagnostics;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Wire;
using EdgeAgent.Tests.Repository;
using ProtoBuf.Meta;
using Xunit;

namespace EdgeAgent.Tests.Protocol;

/// <summary>What other programs read the wire by: docs/spec/edge.proto, and the bytes of docs/spec/protocol-wire.md.</summary>
public sealed class SchemaTests
{
    private const string SchemaFile = "docs/spec/edge.proto";
    private const string WireFile = "docs/spec/protocol-wire.md";
    private const string Package = "edge.v1";

    private const string Head = """
        // The payloads of a fleet's topics (protocol-wire.md says which stands where). Made from src/EdgeAgent.Protocol/Wire, and
        // compared with it by SchemaTests: edit there, then follow what the failing test says.

        """;

    public static TheoryData<string> Names => [.. GoldenWords.All.Select(g => g.Name)];

    [Fact]
    public void The_schema_in_the_documents_is_the_one_of_the_code()
    {
        var schema = Head + RuntimeTypeModel.Create().GetSchema(Options()).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var committed = File.Exists(RepositoryTree.Absolute(SchemaFile)) ? RepositoryTree.Read(SchemaFile) : "";
        if (schema != committed)
        {
            var wanted = Path.Combine(Path.GetTempPath(), "edge.proto");
            File.WriteAllText(wanted, schema);
            Assert.Fail($"the contracts have changed. If that is wanted and old readers can live with it: cp {wanted} {SchemaFile}");
        }
    }

    [Fact]
    public void The_bytes_in_the_documents_are_those_of_the_code()
    {
        var document = RepositoryTree.Read(WireFile);
        var missing = GoldenWords.All.Where(g => !document.Contains(Line(g), StringComparison.Ordinal)).Select(Line).ToList();
        Assert.True(missing.Count == 0, $"{WireFile} lacks these lines; where one replaces another, old readers read it differently:\n{string.Join('\n', missing)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_reference_implementation_reads_and_writes_the_same_bytes(string name)
    {
        Assert.SkipUnless(IsInstalled("protoc"), "protoc isn't installed: ./build.sh setup");
        var golden = GoldenWords.All.Single(g => g.Name == name);
        var text = Protoc($"--decode={Package}.{name}", golden.Bytes);
        var lines = System.Text.Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);

        // protoc prints a field that the schema doesn't have by its number.
        Assert.DoesNotContain(lines, line => char.IsAsciiDigit(line.TrimStart()[0]));
        Assert.Equal(Convert.ToHexStringLower(golden.Bytes), Convert.ToHexStringLower(Protoc($"--encode={Package}.{name}", text)));
    }

    private static string Line(GoldenWord golden) => $"| `{golden.Name}` | `{Convert.ToHexStringLower(golden.Bytes)}` |";

    private static SchemaGenerationOptions Options()
    {
        var options = new SchemaGenerationOptions { Syntax = ProtoSyntax.Proto3, Package = Package };
        options.Types.AddRange([typeof(NodeWord), typeof(WireIntent), typeof(WireCommand), typeof(WirePresence), typeof(WireStatus), typeof(WireClaim), typeof(WireReply), typeof(WireEvent), typeof(WireLease), typeof(WireCall), typeof(WireWish), typeof(WireVote), typeof(WireGrant), typeof(WireRetirement), typeof(WireMarks)]);
        return options;
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static byte[] Protoc(string verb, byte[] input)
    {
        var start = new ProcessStartInfo("protoc", [verb, $"--proto_path={RepositoryTree.Absolute("docs/spec")}", "edge.proto"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var protoc = Process.Start(start)!;
        protoc.StandardInput.BaseStream.Write(input);
        protoc.StandardInput.Close();
        using var output = new MemoryStream();
        protoc.StandardOutput.BaseStream.CopyTo(output);
        var errors = protoc.StandardError.ReadToEnd();
        protoc.WaitForExit();
        Assert.True(protoc.ExitCode == 0, errors);
        return output.ToArray();
    }
}
