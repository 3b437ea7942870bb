using System.Numerics;
using System.Security.Cryptography;
using EdgeAgent.Protocol.Security;

namespace EdgeAgent.Simulation;

/// <summary>
/// A P-256 key whose signatures are the same each time (RFC 6979): the digest of a signed intent decides between two of one generation, so a seed is
/// a trace only if the signature is. It is the same in all worlds, and no secret.
/// </summary>
internal sealed class SimKey : ECDsa
{
    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    private readonly byte[] _secret;
    private readonly ECDsa _key;

    private SimKey(byte[] secret)
    {
        (_secret, _key) = (secret, Create(Private(secret)));
        KeySizeValue = 256;
    }

    public static new OperatorKey Create() => OperatorKey.Of(new SimKey(SHA256.HashData("the simulator's operator"u8)));

    /// <summary>One that nobody trusts.</summary>
    public static OperatorKey Stranger() => OperatorKey.Of(new SimKey(SHA256.HashData("a stranger"u8)));

    /// <summary>r is the x of k·G, which is the public key of the private key k; s by FIPS 186-5, 6.4.1.</summary>
    public override byte[] SignHash(byte[] hash)
    {
        var k = Nonce(hash);
        using var ephemeral = Create(Private(k));
        var r = Number(ephemeral.ExportParameters(false).Q.X!) % Order;
        var s = Inverse(Number(k)) * (Number(hash) + (r * Number(_secret))) % Order;
        return [.. Bytes(r), .. Bytes(s)];
    }

    public override bool VerifyHash(byte[] hash, byte[] signature) => _key.VerifyHash(hash, signature);

    public override ECParameters ExportParameters(bool includePrivateParameters) => _key.ExportParameters(includePrivateParameters);

    protected override byte[] HashData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm) => SHA256.HashData(data.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>By the extended algorithm of Euclid: as a power of the order it took some 5 % of a series of runs.</summary>
    private static BigInteger Inverse(BigInteger number)
    {
        var (a, b, x, y) = (Order, number, BigInteger.Zero, BigInteger.One);
        while (b > BigInteger.One)
        {
            var (quotient, rest) = BigInteger.DivRem(a, b);
            (a, b, x, y) = (b, rest, y, x - (quotient * y));
        }

        return y < 0 ? y + Order : y;
    }

    /// <summary>RFC 6979, 3.2: the number is drawn from an HMAC of the key and the hash.</summary>
    private byte[] Nonce(byte[] hash)
    {
        var reduced = Bytes(Number(hash) % Order);
        var v = new byte[32];
        v.AsSpan().Fill(1);
        var key = new byte[32];
        key = HMACSHA256.HashData(key, (byte[])[.. v, 0, .. _secret, .. reduced]);
        v = HMACSHA256.HashData(key, v);
        key = HMACSHA256.HashData(key, (byte[])[.. v, 1, .. _secret, .. reduced]);
        v = HMACSHA256.HashData(key, v);
        while (true)
        {
            v = HMACSHA256.HashData(key, v);
            if (Number(v) is var k && k > 0 && k < Order)
            {
                return v;
            }

            key = HMACSHA256.HashData(key, (byte[])[.. v, 0]);
            v = HMACSHA256.HashData(key, v);
        }
    }

    private static ECParameters Private(byte[] d) => new() { Curve = ECCurve.NamedCurves.nistP256, D = d };

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[32];
        var written = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        written.CopyTo(bytes, bytes.Length - written.Length);
        return bytes;
    }
}
