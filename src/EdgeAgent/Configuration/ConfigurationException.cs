namespace EdgeAgent.Daemon.Configuration;

/// <summary>The configuration is wrong: every fault with its place and what to do. The agent exits with 78 (EX_CONFIG).</summary>
public sealed class ConfigurationException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults => faults;
}
