using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.AppArmor;

/// <summary>What a workload's profile says, and what is made of the parser's words (docs/spec/security.md).</summary>
public sealed class ProfileTests
{
    private static readonly SystemdRuntimeOptions Options = new(FleetId.Parse("default"), NodeId.Parse("n1"), "store");

    [Fact]
    public void What_is_declared_is_allowed_under_the_names_that_the_kernel_knows()
    {
        var text = Of(new FileRules { Read = ["/etc/ssl/"], Write = ["/srv/my data"], Execute = ["/bin/cat"] }).Text;
        Assert.Contains("\"/bin/sh\" rmix,", text, StringComparison.Ordinal);
        Assert.Contains("\"/usr/bin/sh\" rmix,", text, StringComparison.Ordinal);
        Assert.Contains("\"/usr/bin/cat\" rmix,", text, StringComparison.Ordinal);
        Assert.Contains("\"/etc/ssl\" r,\n  \"/etc/ssl/\" r,\n  \"/etc/ssl/**\" r,", text, StringComparison.Ordinal);
        Assert.Contains("\"/srv/my data/**\" rwkl,", text, StringComparison.Ordinal);
        Assert.Contains("/var/lib/{,private/}edge-work/web.*.0000000000000000000000000000002a/{,**} rwkl,", text, StringComparison.Ordinal);
        Assert.Contains("\"/dev/i2c-1\" rw,", text, StringComparison.Ordinal);
        Assert.DoesNotContain("capability", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_work_comes_in_it_may_read_and_run_where_it_finds_it()
    {
        const string Rule = "/run/edge-artifact/{,**} rmix,";
        Assert.DoesNotContain(Rule, Of(new FileRules()).Text, StringComparison.Ordinal);
        Assert.Contains(Rule, Of(new FileRules(), artifact: "/var/lib/edge-artifacts/0").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_without_a_sandbox_has_no_tmp_of_its_own_and_is_allowed_none() =>
        Assert.DoesNotContain("/tmp", Of(new FileRules(), sandbox: SandboxLevel.None).Text, StringComparison.Ordinal);

    [Fact]
    public void Replicas_share_a_name_and_another_declaration_has_another()
    {
        var first = Of(new FileRules { Read = ["/a"] });
        Assert.Equal((first.Label, first.Text), (Of(new FileRules { Read = ["/a"] }, index: 1).Label, Of(new FileRules { Read = ["/a"] }, index: 1).Text));
        Assert.NotEqual(first.Label, Of(new FileRules { Read = ["/b"] }).Label);
        Assert.NotEqual(first.Label.Name, Of(new FileRules { Read = ["/a"] }, new AppArmorRule { IsComplaining = true }).Label.Name);
        Assert.StartsWith("edge-web-", first.Label.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_path_leads_to_is_left_out_where_it_can_t_be_trusted()
    {
        var text = Of(new FileRules { Execute = ["/opt/app"] }, resolve: p => p == "/opt/app" ? null : p).Text;
        Assert.Contains("\"/opt/app\" rmix,", text, StringComparison.Ordinal);
        Assert.Empty(Of(new FileRules { Write = ["/srv/x"] }, resolve: _ => null).Writable);
        Assert.Equal(["/data/x"], Of(new FileRules { Write = ["/srv/x"] }, resolve: _ => "/data/x").Writable);
    }

    [Fact]
    public void What_holds_a_unit_is_read_back_from_its_mark()
    {
        var held = new LoadedProfile(new ProfileLabel("edge-web-1", IsComplaining: false), ["/srv/a b", "/data/"]);
        var read = LoadedProfile.Read(held.Mark)!;
        Assert.Equal((held.Label, "/srv/a b|/data/"), (read.Label, string.Join('|', read.Writable)));
        Assert.Empty(LoadedProfile.Read("edge-web-1 (complain)")!.Writable);
        Assert.Null(LoadedProfile.Read("unconfined"));
        Assert.Null(LoadedProfile.Read(null));
    }

    [Fact]
    public void A_label_is_read_back_as_it_is_written()
    {
        foreach (var label in new[] { new ProfileLabel("edge-web-1", IsComplaining: false), new ProfileLabel("edge-web-1", IsComplaining: true) })
        {
            Assert.True(ProfileLabel.TryParse(label.ToString(), out var read));
            Assert.Equal(label, read);
        }

        Assert.False(ProfileLabel.TryParse("unconfined", out _));
        Assert.False(ProfileLabel.TryParse(" (enforce)", out _));
        Assert.False(ProfileLabel.TryParse(null, out _));
    }

    [Theory]
    [InlineData("edge-web-1 (complain)", true)]
    [InlineData("edge-web-1//null-/usr/bin/id (complain)", true)]
    [InlineData("edge-web-1 (enforce)", false)]
    [InlineData("edge-web-11 (complain)", false)]
    [InlineData("unconfined", false)]
    public void Who_is_held_by_another_profile_or_in_another_mode_is_not_held(string held, bool isHeld) => Assert.Equal(isHeld, new ProfileLabel("edge-web-1", IsComplaining: true).Holds(held));

    [Theory]
    [InlineData(4, "line 1: syntax error, unexpected TOK_MODE (the line is: /etc/a r,)")]
    [InlineData(5, "line 2: syntax error, unexpected TOK_MODE (the line is: /etc/b rq)")]
    [InlineData(6, "line 2: syntax error, unexpected TOK_MODE (the line is: /etc/b rq)")]
    public void A_fault_in_rules_of_one_s_own_is_told_with_their_line(int line, string told)
    {
        var profile = Of(null, new AppArmorRule { Profile = "/etc/a r,\n/etc/b rq\n" });
        Assert.Equal($"AppArmor's parser refuses spec.security.apparmor.profile, {told}", ParserWords.Explain(profile, 1, $"Warning: cache\nAppArmor parser error for /run/x in profile /run/x at line {line}: syntax error, unexpected TOK_MODE\n"));
    }

    [Fact]
    public void A_fault_elsewhere_is_told_as_the_parser_says_it()
    {
        Assert.Equal("AppArmor's parser refuses its profile: AppArmor parser error: Could not open 'abstractions/base'", ParserWords.Explain(Of(new FileRules()), 1, "AppArmor parser error: Could not open 'abstractions/base'\n"));
        Assert.Equal("AppArmor's parser refuses its profile: exit code 7", ParserWords.Explain(Of(new FileRules()), 7, ""));
    }

    private static Profile Of(FileRules? files, AppArmorRule? rule = null, SandboxLevel sandbox = SandboxLevel.Default, int index = 0, Func<string, string?>? resolve = null, string? artifact = null) => Profile.Of(
        new UnitSpec(new UnitTag(new SlotId(WorkloadName.Parse("web"), index), new Incarnation(42), 1, new Epoch(1)), new ExecRun(["/bin/sh"]), new Dictionary<string, string>())
        {
            Sandbox = sandbox,
            KeepsState = true,
            Artifact = artifact,
            DeviceNodes = ["/dev/i2c-1"],
        },
        new ProfileRules(rule ?? new AppArmorRule(), files ?? new FileRules(), ["/bin/sh"]),
        Options,
        resolve ?? (p => p.StartsWith("/bin/", StringComparison.Ordinal) ? $"/usr{p}" : p),
        hasAbi: true);
}
