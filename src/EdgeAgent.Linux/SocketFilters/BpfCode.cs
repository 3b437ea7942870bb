using System.Buffers.Binary;

namespace EdgeAgent.Linux.SocketFilters;

/// <summary>A register of the kernel's BPF machine.</summary>
internal enum Register
{
    /// <summary>What a call has answered, and what the program answers.</summary>
    R0,
    R1,
    R2,
    R3,
    R4,

    /// <summary>From here on they are kept over calls.</summary>
    R6 = 6,
    R7,
    R8,
    R9,

    /// <summary>The end of the program's stack.</summary>
    Frame,
}

/// <summary>Of a load or store.</summary>
internal enum Width
{
    Word = 0x00,
    Half = 0x08,
    Byte = 0x10,
    Double = 0x18,
}

/// <summary>Jumps compare the lower 32 bits, without signs.</summary>
internal enum Compare
{
    Equal = 0x10,
    Greater = 0x20,
    NotEqual = 0x50,
    Less = 0xa0,
}

/// <summary>A place in a program to jump to, ahead: the kernel takes no loops that it doesn't see the end of.</summary>
internal sealed class BpfLabel
{
    internal List<int> Jumps { get; } = [];
}

/// <summary>Instructions of the kernel's BPF machine (kernel.org, "BPF Instruction Set Architecture"), as a little-endian one has them.</summary>
internal sealed class BpfCode
{
    private const int InstructionSize = 8;

    // The classes and modes that are used here.
    private const int LoadMemory = 0x61;
    private const int StoreMemory = 0x63;
    private const int StoreNumber = 0x62;
    private const int Move32 = 0xb4;
    private const int Move64 = 0xb7;
    private const int Copy64 = 0xbf;
    private const int Add64 = 0x07;
    private const int And32 = 0x54;
    private const int ShiftLeft32 = 0x64;
    private const int ToBigEndian = 0xdc;
    private const int Jump32 = 0x06;
    private const int JumpAlways = 0x05;
    private const int CallHelper = 0x85;
    private const int Leave = 0x95;
    private const int LoadNumber64 = 0x18;

    /// <summary>As the source of a number of 64 bits: it is a map's descriptor.</summary>
    private const int OfMap = 1;

    private readonly List<ulong> _code = [];

    public void Copy(Register to, Register from) => Add(Copy64, to, from, 0, 0);

    public void Set(Register to, int number) => Add(Move64, to, 0, 0, number);

    public void Set(Register to, ulong number) => Wide(to, 0, number);

    public void SetMap(Register to, int descriptor) => Wide(to, OfMap, (uint)descriptor);

    /// <summary>The lower 32 bits, the upper become zero.</summary>
    public void Set32(Register to, Register from) => Add(Move32 | 0x08, to, from, 0, 0);

    public void Plus(Register to, int number) => Add(Add64, to, 0, 0, number);

    public void And(Register to, uint mask) => Add(And32, to, 0, 0, (int)mask);

    public void ShiftLeft(Register to, int bits) => Add(ShiftLeft32, to, 0, 0, bits);

    /// <summary>Of the network's order to the machine's.</summary>
    public void ToHost(Register register, int bits) => Add(ToBigEndian, register, 0, 0, bits);

    public void Load(Width width, Register to, Register from, int offset) => Add(LoadMemory | (int)width, to, from, offset, 0);

    public void Store(Width width, Register to, int offset, Register from) => Add(StoreMemory | (int)width, to, from, offset, 0);

    public void Store(Width width, Register to, int offset, int number) => Add(StoreNumber | (int)width, to, 0, offset, number);

    public void JumpIf(Register register, Compare compare, uint number, BpfLabel to)
    {
        to.Jumps.Add(_code.Count);
        Add(Jump32 | (int)compare, register, 0, 0, (int)number);
    }

    public void Jump(BpfLabel to)
    {
        to.Jumps.Add(_code.Count);
        Add(JumpAlways, 0, 0, 0, 0);
    }

    public void Call(int helper) => Add(CallHelper, 0, 0, 0, helper);

    public void Exit() => Add(Leave, 0, 0, 0, 0);

    /// <summary>Jumps to it go on with what follows.</summary>
    public void Here(BpfLabel label)
    {
        foreach (var jump in label.Jumps)
        {
            _code[jump] |= (ulong)checked((ushort)(_code.Count - jump - 1)) << 16;
        }

        label.Jumps.Clear();
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[_code.Count * InstructionSize];
        for (var i = 0; i < _code.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * InstructionSize), _code[i]);
        }

        return bytes;
    }

    private void Wide(Register to, int source, ulong number)
    {
        Add(LoadNumber64, to, (Register)source, 0, (int)(uint)number);
        Add(0, 0, 0, 0, (int)(uint)(number >> 32));
    }

    private void Add(int code, Register to, Register from, int offset, int number) =>
        _code.Add((uint)code | ((ulong)to << 8) | ((ulong)from << 12) | ((ulong)(ushort)checked((short)offset) << 16) | ((ulong)(uint)number << 32));
}
