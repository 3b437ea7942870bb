using System.Numerics;

namespace EdgeAgent.Simulation.Small.State;

/// <summary>128 bits by which two states are told apart: with ten million states the chance of one mistake is below 10^-24.</summary>
internal struct Fingerprint
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xC2B2AE3D27D4EB4F;

    private ulong _a;
    private ulong _b;

    public readonly UInt128 Value => new(_a, _b);

    public void Add(ulong part)
    {
        _a = (_a ^ part) * First;
        _a ^= _a >> 32;
        _b = BitOperations.RotateLeft(_b + (part * Second), 27) * First;
        _b ^= _b >> 29;
    }

    public void Add(UInt128 part)
    {
        Add((ulong)(part >> 64));
        Add((ulong)part);
    }

    public void Add(string text)
    {
        Add((ulong)text.Length);
        foreach (var letter in text)
        {
            Add(letter);
        }
    }

    /// <summary>Of a part of something that has no order: the same whichever part comes first.</summary>
    public void AddUnordered(UInt128 part)
    {
        _a += (ulong)(part >> 64);
        _b += (ulong)part;
    }
}
