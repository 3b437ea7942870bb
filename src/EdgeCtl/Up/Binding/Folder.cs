using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeCtl.Up.Binding;

/// <summary>.NET opens no folders, and a renamed file is only on disk when its folder is (fsync(2)).</summary>
internal static class Folder
{
    /// <summary>Throws <see cref="IOException"/> where the folder can't be opened or written.</summary>
    public static void Synchronise(string path)
    {
        var fd = Libc.Open(path, Libc.OpenDirectory | Libc.OpenCloseOnExec, 0);
        if (fd < 0)
        {
            throw Failure(path);
        }

        try
        {
            if (Libc.FSync(fd) != 0)
            {
                throw Failure(path);
            }
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    private static IOException Failure(string path)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{path} can't be synchronised: {error.Message}", error);
    }
}
