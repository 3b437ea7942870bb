using System.Buffers.Binary;

namespace EdgeAgent.Tests.Linux.SocketFilters;

/// <summary>
/// Runs a program as the kernel does (kernel.org, "BPF Instruction Set Architecture"), as far as those of <see cref="EdgeAgent.Linux.SocketFilters.SocketPrograms"/> go, and takes no more than its verifier: each instruction
/// has to be reachable, nothing is read that wasn't written, and jumps go ahead. What the real one says to them, <c>NetworkTests</c> of the virtual machine shows.
/// </summary>
internal sealed class BpfMachine
{
    private const ulong Context = 1UL << 40;
    private const ulong Socket = 2UL << 40;
    private const ulong Stack = 3UL << 40;
    private const ulong Map = 4UL << 40;
    private const int StackSize = 512;
    private const int InstructionSize = 8;
    private const int SkbLoadBytes = 26;
    private const int RingOutput = 130;

    private readonly byte[] _code;
    private readonly byte[] _context;
    private readonly byte[] _socket;
    private readonly byte[] _packet;
    private readonly byte[] _stack = new byte[StackSize];
    private readonly bool[] _written = new bool[StackSize];
    private readonly ulong[] _registers = new ulong[11];
    private readonly bool[] _set = new bool[11];

    /// <param name="code">The program.</param>
    /// <param name="context">What it is about.</param>
    /// <param name="socket">What a pointer in the context leads to.</param>
    /// <param name="packet">Of a program of packets.</param>
    public BpfMachine(byte[] code, byte[] context, byte[]? socket = null, byte[]? packet = null)
    {
        (_code, _context, _socket, _packet) = (code, context, socket ?? [], packet ?? []);
        RequireReachable();
    }

    /// <summary>What it wrote into the ring.</summary>
    public byte[]? Record { get; private set; }

    public bool Run()
    {
        (_registers[1], _registers[10], _set[1], _set[10]) = (Context, Stack + StackSize, true, true);
        for (var at = 0; ;)
        {
            var (op, to, from, offset, number) = Decode(at++);
            RequireSet(op, to, from);
            ref var target = ref _registers[to];
            var source = _registers[from];
            switch (op)
            {
                case 0x95:
                    return _registers[0] != 0;
                case 0x05:
                    at += offset;
                    break;
                case 0x85:
                    Call(number);
                    break;
                case 0x18:
                    target = from == 1 ? Map : (uint)number | ((ulong)(uint)Decode(at).Number << 32);
                    at++;
                    break;
                case 0xb7:
                    target = (ulong)(long)number;
                    break;
                case 0xbf:
                    target = source;
                    break;
                case 0xbc:
                    target = (uint)source;
                    break;
                case 0x07:
                    target += (ulong)(long)number;
                    break;
                case 0x54:
                    target = (uint)target & (uint)number;
                    break;
                case 0x64:
                    target = (uint)target << number;
                    break;
                case 0xdc:
                    target = number == 16 ? BinaryPrimitives.ReverseEndianness((ushort)target) : BinaryPrimitives.ReverseEndianness((uint)target);
                    break;
                case 0x61 or 0x69 or 0x71 or 0x79:
                    target = Read(source + (ulong)(long)offset, Size(op));
                    break;
                case 0x63 or 0x7b:
                    Write(target + (ulong)(long)offset, Size(op), source);
                    break;
                case 0x62:
                    Write(target + (ulong)(long)offset, Size(op), (uint)number);
                    break;
                case 0x16 or 0x26 or 0x56 or 0xa6:
                    at += Holds(op, (uint)target, (uint)number) ? offset : 0;
                    break;
                default:
                    throw new InvalidOperationException($"no instruction {op:x2} at {at - 1}");
            }
        }
    }

    /// <summary>What a call leaves in the registers that are not kept over it isn't to be read either.</summary>
    private void RequireSet(int op, int to, int from)
    {
        var isRead = op switch { 0x18 or 0x05 or 0x85 or 0xb7 => true, 0x95 => _set[0], 0xbf or 0xbc or 0x61 or 0x69 or 0x71 or 0x79 => _set[from], 0x63 or 0x7b => _set[from] && _set[to], _ => _set[to] };
        if (!isRead)
        {
            throw new InvalidOperationException($"R{to} or R{from} is not set for {op:x2}");
        }

        _set[to] |= op is 0x18 or 0xb7 or 0xbf or 0xbc or 0x61 or 0x69 or 0x71 or 0x79;
        if (op == 0x85)
        {
            _set.AsSpan(1, 5).Clear();
            _set[0] = true;
        }
    }

    private static bool Holds(int op, uint left, uint right) => op switch { 0x16 => left == right, 0x26 => left > right, 0x56 => left != right, _ => left < right };

    private static int Size(int op) => (op & 0x18) switch { 0x00 => 4, 0x08 => 2, 0x10 => 1, _ => 8 };

    private (int Op, int To, int From, int Offset, int Number) Decode(int at)
    {
        var word = BinaryPrimitives.ReadUInt64LittleEndian(_code.AsSpan(at * InstructionSize));
        return ((int)(word & 0xFF), (int)(word >> 8) & 0xF, (int)(word >> 12) & 0xF, (short)(word >> 16), (int)(word >> 32));
    }

    private void RequireReachable()
    {
        var count = _code.Length / InstructionSize;
        var reached = new bool[count];
        reached[0] = true;
        for (var i = 0; i < count; i++)
        {
            if (!reached[i])
            {
                throw new InvalidOperationException($"unreachable insn {i}");
            }

            var (op, _, _, offset, _) = Decode(i);
            if (op == 0x18)
            {
                reached[++i] = true;
                reached[i + 1] = true;
            }
            else if (op != 0x95)
            {
                var isJump = op is 0x05 or 0x16 or 0x26 or 0x56 or 0xa6;
                if (isJump)
                {
                    reached[i + 1 + (offset >= 0 ? offset : throw new InvalidOperationException($"back-edge from insn {i}"))] = true;
                }

                reached[i + 1] |= op != 0x05;
            }
        }
    }

    private void Call(int helper)
    {
        switch (helper)
        {
            case SkbLoadBytes:
                var (from, length) = ((int)_registers[2], (int)_registers[4]);
                var fits = from + length <= _packet.Length;
                for (var i = 0; i < length; i++)
                {
                    Write(_registers[3] + (ulong)i, 1, fits ? _packet[from + i] : (byte)0);
                }

                _registers[0] = fits ? 0 : ulong.MaxValue;
                break;
            case RingOutput when _registers[1] == Map:
                Record = [.. Enumerable.Range(0, (int)_registers[3]).Select(i => (byte)Read(_registers[2] + (ulong)i, 1))];
                _registers[0] = 0;
                break;
            default:
                throw new InvalidOperationException($"no helper {helper}");
        }
    }

    private ulong Read(ulong address, int size)
    {
        var (memory, at) = Locate(address, size);
        if (memory == _stack && _written.AsSpan(at, size).Contains(false))
        {
            throw new InvalidOperationException($"invalid read from stack, {at - StackSize}");
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        memory.AsSpan(at, size).CopyTo(bytes);
        return memory == _context && size == sizeof(ulong) ? Socket : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Write(ulong address, int size, ulong value)
    {
        var (memory, at) = Locate(address, size);
        if (memory != _stack)
        {
            throw new InvalidOperationException("cannot write there");
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(memory.AsSpan(at));
        _written.AsSpan(at, size).Fill(true);
    }

    private (byte[] Memory, int At) Locate(ulong address, int size)
    {
        var memory = (address >> 40) switch { 1 => _context, 2 => _socket, 3 => _stack, _ => throw new InvalidOperationException($"no memory at {address:x}") };
        var at = (int)(uint)address;
        return at >= 0 && at + size <= memory.Length && at % size == 0 ? (memory, at) : throw new InvalidOperationException($"invalid access at {at} of {memory.Length}");
    }
}
