using System.Security.Cryptography;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Contexts;

namespace EdgeCtl.Connection;

/// <summary>One cell of a fleet: where its broker is, what its topics are, and as whom one speaks to it.</summary>
internal sealed record FleetTarget(StoredContext Context, BrokerAddress Address, TopicSpace Topics)
{
    private const int PemCharactersMax = 16 * 1024;

    /// <summary>The key that signs, and by which what was signed is known. Throws <see cref="CtlException"/> where there is none.</summary>
    public OperatorKey Key()
    {
        if (Context.KeyFile is not { Length: > 0 } file)
        {
            throw new CtlException(ExitCode.Failed, $"no operator's key is known for {Address}: give --key FILE, or name a context that has one (edgectl context list)");
        }

        try
        {
            return new FileInfo(file) is { Exists: true, Length: <= PemCharactersMax }
                ? OperatorKey.FromPem(File.ReadAllText(file))
                : throw new CtlException(ExitCode.Failed, $"{file}: there is no operator's key here: give the right one with --key FILE");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CtlException(ExitCode.Failed, $"{file}: not an operator's key (PEM, P-256) that can be read: {e.Message}");
        }
    }

    /// <summary>Opens what <paramref name="key"/> signed.</summary>
    public static Envelope EnvelopeOf(OperatorKey key) => new([PublicKey.FromPem(key.PublicPem())]);
}
