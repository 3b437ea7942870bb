using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Text;

namespace EdgeAgent.Protocol.Security;

/// <summary>The key that signs intents and commands: ECDSA on P-256 (ES256 of RFC 9053). PEM on disk, PKCS#8.</summary>
public sealed class OperatorKey : IDisposable
{
    private readonly ECDsa _key;

    private OperatorKey(ECDsa key)
    {
        _key = key;
        KeyId = PublicKey.Identify(key);
    }

    /// <summary>The first eight bytes of SHA-256 of the public key's SubjectPublicKeyInfo: the <c>kid</c> of RFC 9052.</summary>
    public byte[] KeyId { get; }

    /// <summary>A key that signs in its own way, such as one in a token; it is the new object's to dispose of.</summary>
    public static OperatorKey Of(ECDsa key) => new(key);

    public static OperatorKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> for what is no such key.</summary>
    public static OperatorKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.KeySize == 256 ? new(key) : throw new CryptographicException($"the key has {key.KeySize} bits, P-256 is wanted");
    }

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    public string PublicPem() => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>COSE_Sign1 (RFC 9052) of <paramref name="payload"/>, bound to the topic by the external data.</summary>
    public byte[] Sign(ReadOnlySpan<byte> payload, string logicalTopic)
    {
        var unprotectedHeaders = new CoseHeaderMap { { CoseHeaderLabel.KeyIdentifier, CoseHeaderValue.FromBytes(KeyId) } };
        var signer = new CoseSigner(_key, HashAlgorithmName.SHA256, null, unprotectedHeaders);
        return CoseSign1Message.SignEmbedded(payload, signer, Encoding.UTF8.GetBytes(logicalTopic));
    }

    public void Dispose() => _key.Dispose();
}
