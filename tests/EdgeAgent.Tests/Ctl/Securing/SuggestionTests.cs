using System.Text;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Manifests;
using EdgeCtl.Securing;
using EdgeCtl.Verbs;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Securing;

/// <summary>What is made of denials for whoever writes the manifest.</summary>
public sealed class SuggestionTests
{
    private static readonly Attempt[] Denied =
    [
        new("read", "/srv/b", "cat on n1"),
        new("read", "/etc/ssl/known", "cat on n1"),
        new("read", "/etc/ssl/known/deeper", "cat on n1"),
        new("read", "/srv/b", "cat on n2"),
        new("write", "/data/log", "sh on n1"),
        new("execute", "/usr/bin/id", "sh on n1"),
        new("capability", "net_raw", "ping on n1"),
        new("read", "/odd/a*b", "cat on n1"),
        .. Enumerable.Range(0, 5).Select(i => new Attempt("read", $"/usr/share/zones/{i}", "date on n1")),
    ];

    [Fact]
    public void Fields_are_offered_with_who_wanted_them_and_those_that_are_there() => Assert.Equal(
        """
        # take what it is meant to do
        spec:
          files:
            read:
            - "/etc/ssl/known"
            - "/srv/b"  # cat on n1, cat on n2
            - "/usr/share/zones"  # date on n1
            write:
            - "/data/log"  # sh on n1
            exec:
            - "/usr/bin/id"  # sh on n1
        # no field gives this: capability net_raw  (ping on n1)
        # no field gives this: read /odd/a*b  (cat on n1)
        """,
        string.Join('\n', Suggestion.Of(new WorkloadSpec { Run = new ExecRun(["/bin/true"]), Files = new FileRules { Read = ["/etc/ssl/known"] } }, Denied)));

    [Fact]
    public void What_is_offered_is_a_manifest_s_part()
    {
        var lines = Suggestion.Of(new WorkloadSpec { Run = new ExecRun(["/bin/true"]), AppArmor = new AppArmorRule() }, Denied);
        var manifest = $"apiVersion: edge/v1\nkind: Workload\nmetadata: {{name: web}}\n{string.Join('\n', lines)}\n  run: {{exec: {{command: [/bin/true]}}}}\n";
        var errors = new List<ManifestError>();
        var read = ManifestReader.Read("m.yaml", Encoding.UTF8.GetBytes(manifest), errors);
        Assert.Empty(errors);
        Assert.Equal(["/data/log"], read[0].Spec.Files!.Write);
    }

    [Fact]
    public void What_it_wanted_to_reach_and_be_reached_at_is_offered_beside_what_it_may() => Assert.Equal(
        """
        # take what it is meant to do
        spec:
          files:
            read:
            - "/srv/b"  # cat on n1
          network:
            connect:
            - "10.0.0.0/8:5432/tcp"
            - "[2001:db8::1]:443/tcp"  # web/0 on n1
            - "any:53/udp"  # web/1 on n2, web/0 on n1
            listen:
            - "8081/tcp"  # web/0 on n1
        # no field gives this: network inet raw  (web/0 on n1)
        """,
        string.Join('\n', Suggestion.Of(
            new WorkloadSpec { Run = new ExecRun(["/bin/true"]), Files = new FileRules(), Network = new NetworkRules { Connect = ["10.0.0.0/8:5432/tcp"] } },
            [
                new("connect", "10.9.9.9:5432/tcp", "web/0 on n1"), new("connect", "[2001:db8::1]:443/tcp", "web/0 on n1"), new("connect", "0.0.0.0:8080/udp", "web/0 on n1"), new("connect", "[::]:8080/udp", "web/0 on n1"), new("listen", "8081/tcp", "web/0 on n1"), new("network", "inet raw", "web/0 on n1"),
                new("read", "/srv/b", "cat on n1"), .. Enumerable.Range(1, 4).Select(i => new Attempt("connect", $"192.0.2.{i}:53/udp", $"web/{i % 2} on n{2 - ((i + 1) % 2)}")),
            ])));

    /// <summary>A process chooses its name and what it tries, and both stand behind a comment's sign.</summary>
    [Fact]
    public void What_a_process_chose_stays_in_its_line() => Assert.Equal("a·····- /etc", EventsVerb.Clean("a\u2028\u2029\n\u0085\u001b- /etc"));

    [Fact]
    public void To_rules_of_one_s_own_rules_are_offered() => Assert.Equal(
        ["# for spec.security.apparmor.profile; take what it is meant to do", "\"/data/log\" rwkl,  # sh on n1", "\"/usr/bin/id\" rmix,  # sh on n1"],
        Suggestion.Of(new WorkloadSpec { Run = new ExecRun(["/bin/true"]), AppArmor = new AppArmorRule { Profile = "/etc/** r,\n" } }, [.. Denied.Where(d => d.Act is "write" or "execute")]));
}
