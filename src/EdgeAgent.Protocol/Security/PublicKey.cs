using System.Security.Cryptography;

namespace EdgeAgent.Protocol.Security;

/// <summary>An operator's public key, as an agent trusts it.</summary>
public sealed class PublicKey : IDisposable
{
    private const int KeyIdBytes = 8;

    private PublicKey(ECDsa key)
    {
        Key = key;
        KeyId = Identify(key);
    }

    public byte[] KeyId { get; }

    internal ECDsa Key { get; }

    /// <summary>Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> for what is no such key.</summary>
    public static PublicKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.KeySize == 256 ? new(key) : throw new CryptographicException($"the key has {key.KeySize} bits, P-256 is wanted");
    }

    public void Dispose() => Key.Dispose();

    internal static byte[] Identify(ECDsa key) => SHA256.HashData(key.ExportSubjectPublicKeyInfo())[..KeyIdBytes];
}
