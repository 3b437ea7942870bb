using Xunit;

namespace EdgeAgent.Tests.Repository;

/// <summary>Fails with every finding, a line each: an ordinary assertion shows the first words of the first five.</summary>
internal static class Findings
{
    public static void None(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        if (all.Count > 0)
        {
            Assert.Fail(string.Join('\n', all.Prepend($"{all.Count} findings:")));
        }
    }
}
