using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Protocol.Security;

namespace EdgeCtl.Up;

/// <summary>The fleet's own operator: its private key for edgectl, the public part for the agents.</summary>
internal static class OperatorKeyFile
{
    /// <summary>
    /// Makes the key, or takes the one of an earlier fleet in this folder, whose intents may still stand in the broker. Throws
    /// <see cref="UpException"/> where what is there is no key.
    /// </summary>
    public static void Ensure(FleetFolder folder)
    {
        if (File.Exists(folder.Key))
        {
            try
            {
                using var known = OperatorKey.FromPem(File.ReadAllText(folder.Key));
                WritePublic(folder, known);
                return;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw new UpException($"{folder.Key} is no operator's key ({e.Message}): move it away, and a new one is made");
            }
        }

        using var key = OperatorKey.Create();
        DurableFile.Replace(folder.Key, Encoding.ASCII.GetBytes(key.ToPem()), DurableFile.OwnerOnly);
        WritePublic(folder, key);
    }

    private static void WritePublic(FleetFolder folder, OperatorKey key) =>
        DurableFile.Replace(folder.PublicKey, Encoding.ASCII.GetBytes(key.PublicPem()), DurableFile.EverybodyReads);
}
