using EdgeCtl.Contexts;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Contexts;

public sealed class ContextStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-contexts").FullName;

    private string FilePath => Path.Combine(_folder, "edgectl", "contexts.json");

    private ContextStore Store => new(new ContextFile(FilePath));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mqtt://localhost", "mqtt://127.0.0.1:1883")]
    [InlineData("mqtt://127.0.0.1:1883/", "mqtt://127.0.0.1:1883")]
    [InlineData("MQTT://LocalHost:1883", "mqtt://127.0.0.1:1883")]
    [InlineData("mqtt://[::1]:1883", "mqtt://127.0.0.1:1883")]
    [InlineData("mqtts://Broker.Example", "mqtts://broker.example:8883")]
    [InlineData("mqtt://[fe80::1]:7", "mqtt://[fe80::1]:7")]
    public void Two_spellings_of_one_broker_are_one_address(string text, string normal)
    {
        Assert.True(BrokerAddress.TryParse(text, out var address, out var error), error);
        Assert.Equal(normal, address.ToString());
    }

    [Theory]
    [InlineData("", "mqtt://host:1883")]
    [InlineData("127.0.0.1:1883", "mqtt://")]
    [InlineData("http://host", "mqtt://")]
    [InlineData("mqtt://host/edge", "--root")]
    [InlineData("mqtt://user:secret@host", "context")]
    [InlineData("mqtt://host:99999", "mqtt://host:1883")]
    public void What_is_no_brokers_url_is_refused_with_what_would_be(string text, string advice)
    {
        Assert.False(BrokerAddress.TryParse(text, out _, out var error));
        Assert.Contains(advice, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_brokers_url_alone_finds_the_key_of_its_context()
    {
        Store.Add(new() { Name = "up-1883", Broker = "mqtt://127.0.0.1:1883", KeyFile = "/d/operator.key" }, makeCurrent: true);
        Store.Add(new() { Name = "site", Broker = "mqtts://site.example", KeyFile = "/site.key" }, makeCurrent: false);

        Assert.Equal("/d/operator.key", Store.Resolve("mqtt://localhost/", null, null).KeyFile);
        Assert.Equal("/site.key", Store.Resolve("mqtts://site.example:8883", null, null).KeyFile);
        Assert.Null(Store.Resolve("mqtt://elsewhere", null, null).KeyFile);
        Assert.Equal("/mine.key", Store.Resolve("mqtt://localhost", null, "/mine.key").KeyFile);
    }

    [Fact]
    public void The_current_context_is_used_where_none_is_named()
    {
        Store.Add(new() { Name = "a", Broker = "mqtt://a" }, makeCurrent: true);
        Store.Add(new() { Name = "b", Broker = "mqtt://b" }, makeCurrent: false);
        Assert.Equal("mqtt://a:1883", Store.Resolve(null, null, null).Broker);

        Store.Use("b");
        Assert.Equal("mqtt://b:1883", Store.Resolve(null, null, null).Broker);
        Assert.Equal("mqtt://a:1883", Store.Resolve(null, "a", null).Broker);
    }

    [Fact]
    public void Where_nothing_names_a_broker_the_error_says_how_to_name_one()
    {
        var error = Assert.Throws<ContextException>(() => Store.Resolve(null, null, null));
        Assert.Contains("edgectl up", error.Message, StringComparison.Ordinal);
        Assert.Contains("--broker", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_context_is_answered_with_the_known_ones()
    {
        Store.Add(new() { Name = "site", Broker = "mqtt://a" }, makeCurrent: false);
        Assert.Contains("site", Assert.Throws<ContextException>(() => Store.Use("sight")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Down_removes_the_context_of_its_own_key_and_no_other()
    {
        Store.Add(new() { Name = "up-1", Broker = "mqtt://localhost:1", KeyFile = "/one/operator.key" }, makeCurrent: false);
        Store.Add(new() { Name = "up-2", Broker = "mqtt://localhost:2", KeyFile = "/two/operator.key" }, makeCurrent: true);

        Assert.Equal(1, Store.RemoveWithKey("/two/operator.key"));
        Assert.Equal(0, Store.RemoveWithKey("/two/operator.key"));
        Assert.Equal("up-1", Assert.Single(Store.List().Contexts).Name);
        Assert.Null(Store.List().Current);
    }

    [Fact]
    public void Only_the_owner_can_read_the_file()
    {
        Store.Add(new() { Name = "a", Broker = "mqtt://a" }, makeCurrent: true);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void A_file_that_is_broken_is_named_with_its_line_and_left_as_it_is()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, "{\n  \"contexts\": [ nonsense\n");
        var error = Assert.Throws<ContextException>(() => Store.Add(new() { Name = "a", Broker = "mqtt://a" }, makeCurrent: true));
        Assert.StartsWith(FilePath + ":2", error.Message, StringComparison.Ordinal);
        Assert.Contains("nonsense", File.ReadAllText(FilePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_lose_no_change()
    {
        const int Writers = 8;
        var store = Store;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(i =>
            Task.Run(() => store.Add(new() { Name = $"c{i}", Broker = $"mqtt://h{i}" }, makeCurrent: false), TestContext.Current.CancellationToken)));
        Assert.Equal(Writers, store.List().Contexts.Count);
    }
}
