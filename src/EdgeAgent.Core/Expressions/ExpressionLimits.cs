namespace EdgeAgent.Core.Expressions;

/// <summary>What bounds the work and the stack that a text from outside can take.</summary>
public static class ExpressionLimits
{
    /// <summary>Characters of an expression.</summary>
    public const int LengthMax = 1024;

    /// <summary>Parentheses and <c>!</c> inside one another.</summary>
    public const int DepthMax = 32;

    /// <summary>Values of one list behind <c>in</c>.</summary>
    public const int ListMax = 64;

    /// <summary>Characters of a fact's name.</summary>
    public const int FactNameLengthMax = 128;

    /// <summary>Reasons of one verdict; the number of further ones is said.</summary>
    public const int ReasonsMax = 8;

    /// <summary>Characters of a fact's text, and of a bad fact's reason, that a verdict quotes.</summary>
    public const int QuotedLengthMax = 64;
}
