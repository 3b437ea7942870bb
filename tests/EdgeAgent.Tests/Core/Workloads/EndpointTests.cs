using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Core.Workloads;

/// <summary>What <c>spec.network</c> may say.</summary>
public sealed class EndpointTests
{
    [Theory]
    [InlineData("10.1.0.0/16:5432", "10.1.0.0/16", 5432, 5432, Transport.Any)]
    [InlineData("192.0.2.7:53/udp", "192.0.2.7/32", 53, 53, Transport.Udp)]
    [InlineData("192.0.2.7", "192.0.2.7/32", 0, 65535, Transport.Any)]
    [InlineData("192.0.2.0/24/tcp", "192.0.2.0/24", 0, 65535, Transport.Tcp)]
    [InlineData("[2001:db8::]/33:8000-8010/tcp", "2001:db8::/33", 8000, 8010, Transport.Tcp)]
    [InlineData("[2001:db8::1]:443", "2001:db8::1/128", 443, 443, Transport.Any)]
    [InlineData("fd00::/8", "fd00::/8", 0, 65535, Transport.Any)]
    [InlineData("any:443", "0.0.0.0/0 ::/0", 443, 443, Transport.Any)]
    [InlineData("localhost:1-65535", "127.0.0.0/8 ::1/128", 1, 65535, Transport.Any)]
    public void Addresses_and_ports_are_understood(string text, string networks, int first, int last, Transport transport)
    {
        Assert.True(Endpoint.TryParse(text, out var endpoint));
        Assert.Equal(networks, string.Join(' ', endpoint.Networks));
        Assert.Equal(new PortRange(first, last, transport), endpoint.Ports);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/udp")]
    [InlineData(":443")]
    [InlineData("db.example:5432")]
    [InlineData("10.1.2.3/16:5432")]
    [InlineData("10.1.0.0/33")]
    [InlineData("10.1:443")]
    [InlineData("010.1.0.1:443")]
    [InlineData("167772161:443")]
    [InlineData("10.1.0.0/16:0")]
    [InlineData("10.1.0.0/16:65536")]
    [InlineData("10.1.0.0/16:90-80")]
    [InlineData("10.1.0.0/16:80-90-100")]
    [InlineData("10.1.0.0/16:")]
    [InlineData("10.1.0.0/16: 80")]
    [InlineData("10.1.0.0/16:80/sctp")]
    [InlineData("::ffff:10.1.0.1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[fd00::1")]
    public void What_is_no_address_with_ports_is_refused(string text) => Assert.False(Endpoint.TryParse(text, out _));

    [Theory]
    [InlineData("8080", 8080, 8080, Transport.Tcp)]
    [InlineData("53/udp", 53, 53, Transport.Udp)]
    [InlineData("1-65535/tcp", 1, 65535, Transport.Tcp)]
    public void Ports_are_understood(string text, int first, int last, Transport transport)
    {
        Assert.True(PortRange.TryParse(text, out var ports));
        Assert.Equal(new PortRange(first, last, transport), ports);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/tcp")]
    [InlineData("0")]
    [InlineData("http")]
    [InlineData("80,81")]
    [InlineData("-80")]
    [InlineData("127.0.0.1:80")]
    public void What_is_no_port_is_refused(string text) => Assert.False(PortRange.TryParse(text, out _));
}
