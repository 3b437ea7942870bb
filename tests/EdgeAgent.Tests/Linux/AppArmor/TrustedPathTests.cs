using EdgeAgent.Linux.AppArmor;
using Xunit;

namespace EdgeAgent.Tests.Linux.AppArmor;

/// <summary>Which links a profile follows. Root's own, in a folder that only root changes; as anybody else, none here is root's.</summary>
public sealed class TrustedPathTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_path_without_links_is_itself_and_what_is_not_there_is_where_it_would_be()
    {
        Assert.Equal("/usr/share", TrustedPath.Resolve("/usr/share/"));
        Assert.Equal("/nowhere/at all", TrustedPath.Resolve("/nowhere/at all"));
        Assert.Null(TrustedPath.Resolve("/"));
    }

    [Fact]
    public void Root_s_links_are_followed_also_relative_ones_and_into_what_is_not_there_yet()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: the links have to be root's");
        var there = Folder("there", Own);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), there);
        File.CreateSymbolicLink(Path.Combine(there, "back"), "../there/./in");
        Assert.Equal($"{there}/file", TrustedPath.Resolve($"{_folder.Path}/link/file"));
        Assert.Equal($"{there}/in/deep", TrustedPath.Resolve($"{_folder.Path}/link/back/deep"));
    }

    [Fact]
    public void A_link_that_others_could_have_made_is_not_followed()
    {
        var open = Folder("open", Own | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        File.CreateSymbolicLink(Path.Combine(open, "plugin"), "/etc");
        Assert.Null(TrustedPath.Resolve($"{open}/plugin"));
        Assert.Null(TrustedPath.Resolve($"{open}/plugin/shadow"));
        Assert.Equal($"{open}/file", TrustedPath.Resolve($"{open}/file"));
    }

    [Fact]
    public void A_name_that_is_no_plain_path_and_a_loop_are_left_out()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: the links have to be root's");
        var there = Folder("rules", Own);
        File.CreateSymbolicLink(Path.Combine(there, "plugin"), $"{there}/a\" r,\n/** rwlkix,\n#");
        File.CreateSymbolicLink(Path.Combine(there, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(there, "all"), "/");
        Assert.Null(TrustedPath.Resolve($"{there}/plugin"));
        Assert.Null(TrustedPath.Resolve($"{there}/loop"));
        Assert.Null(TrustedPath.Resolve($"{there}/all"));
    }

    private string Folder(string name, UnixFileMode mode)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
