using System.Text;
using CsCheck;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Tests.Protocol;
using EdgeCtl.Manifests;
using EdgeCtl.Output;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Manifests;

public sealed class ManifestTextProperties
{
    // Facts must be expressions, and job goes with its mode: the generator knows neither.
    private static readonly Gen<WorkloadSpec> Specs = Protocol.Specs.Valid.Select(s => s with
    {
        Requires = s.Requires with { Facts = ["lsm == apparmor", "sensor.cpu_temp < 80"] },
        Job = s.Mode == WorkloadMode.Job ? s.Job : new JobRule(),
    });

    [Fact]
    public void What_is_printed_is_read_as_it_was() => Specs.Where(s => WorkloadValidation.Validate(s).Count == 0).Sample(
        spec =>
        {
            var text = YamlText.Of([ManifestText.Of(WorkloadName.Parse("a"), spec), ManifestText.Of(WorkloadName.Parse("b"), spec)]);
            var errors = new List<ManifestError>();
            var read = ManifestReader.Read("a.yaml", Encoding.UTF8.GetBytes(text), errors);
            Assert.True(errors.Count == 0, $"{string.Join('\n', errors)}\n{text}");
            Assert.Equal(["a", "b"], read.Select(m => m.Name.Value));
            Assert.All(read, m => Assert.Equal(Bytes(spec), Bytes(m.Spec)));
        },
        iter: 300);

    [Theory]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("true")]
    [InlineData("0x1F")]
    [InlineData("1e3")]
    [InlineData("  around  ")]
    [InlineData("- item")]
    [InlineData("# none")]
    [InlineData("*alias")]
    [InlineData("&anchor")]
    [InlineData("a: b")]
    [InlineData("{a: b}")]
    [InlineData("'quoted'")]
    [InlineData("\"quoted\"")]
    [InlineData("while :; do\n  echo a  \n\n\tsleep 1\ndone\n\n")]
    [InlineData("\r\n")]
    [InlineData("\u0001\u001b[31m\u0085\u2028\ufeff")]
    [InlineData("---")]
    [InlineData("...")]
    [InlineData("%YAML")]
    [InlineData("@at")]
    [InlineData("!tag")]
    public void A_text_that_YAML_would_take_for_something_else_stays_one(string text)
    {
        var spec = new WorkloadSpec { Run = new ExecRun(["/bin/sh", "-c", text]) { Environment = new Dictionary<string, string> { ["A"] = text } } };
        var errors = new List<ManifestError>();
        var read = ManifestReader.Read("a.yaml", Encoding.UTF8.GetBytes(YamlText.Of(ManifestText.Of(WorkloadName.Parse("a"), spec))), errors);
        Assert.Empty(errors);
        var run = Assert.IsType<ExecRun>(Assert.Single(read).Spec.Run);
        Assert.Equal((text, text), (run.Command[2], run.Environment["A"]));
    }

    private static string Bytes(WorkloadSpec spec) => Convert.ToHexString(Proto.Write(SpecCodec.ToWire(spec)));
}
