namespace EdgeAgent.Protocol.Codec;

/// <summary>Why bytes from the network were refused. Each is a counter and an event's reason.</summary>
public enum DecodeFault
{
    None,

    /// <summary>Longer than <see cref="ProtocolLimits.PayloadBytesMax"/>.</summary>
    TooLarge,

    /// <summary>Not the message that this topic carries.</summary>
    Malformed,

    /// <summary>A major version that this agent does not know.</summary>
    UnknownVersion,

    /// <summary>It decodes, but says something impossible.</summary>
    Invalid,

    /// <summary>Not a COSE_Sign1 message, or one in another algorithm.</summary>
    Unsigned,

    /// <summary>Signed by a key that isn't trusted here, or changed, or moved from another topic.</summary>
    BadSignature,

    /// <summary>Signed rightly, too late.</summary>
    Expired,

    /// <summary>Sound, but more than an agent keeps of its kind.</summary>
    TooMany,

    /// <summary>This agent has no trusted key: it applies nothing.</summary>
    NoTrustedKey,
}

/// <summary>A refusal, with what to tell a person.</summary>
public readonly record struct DecodeError(DecodeFault Fault, string Message)
{
    public static readonly DecodeError None = new(DecodeFault.None, "");

    public bool IsError => Fault != DecodeFault.None;
}
