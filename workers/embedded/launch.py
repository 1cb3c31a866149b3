"""Runs a command in its own place (exec): `python -I -S launch.py PARENT SIGNAL WHO COMMAND...`.

First it asks Linux to send SIGNAL when the parent dies, so that a supervisor killed with -9 leaves nothing running. If
WHO is `nobody` and it runs as root, it then changes to the user `nobody`, because PostgreSQL refuses to run as root. It
keeps one capability, CAP_DAC_READ_SEARCH, so that it can reach a data folder below a closed home folder.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2  # without it access(2), which initdb uses, ignores capabilities
CAPABILITY_VERSION_3 = 0x20080522
DAC_READ_SEARCH = 2

libc = ctypes.CDLL(None, use_errno=True)


def give_up_root() -> None:
    """Change to the user `nobody`; keep CAP_DAC_READ_SEARCH if we have it and the kernel allows it."""
    nobody = pwd.getpwnam("nobody")
    kept = rights() & (1 << DAC_READ_SEARCH)
    if libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0):  # a container without SETPCAP
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    if libc.capset(ctypes.byref(_header()), ctypes.byref((ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0))):
        sys.exit(f"Root's rights cannot be given up ({os.strerror(ctypes.get_errno())}): run as an ordinary user.")
    if kept:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, DAC_READ_SEARCH, 0, 0)


def rights() -> int:
    """The first 32 capabilities of this process as a bit mask; a container may lack some."""
    sets = (ctypes.c_uint32 * 6)()
    return 0 if libc.capget(ctypes.byref(_header()), ctypes.byref(sets)) else sets[0]


def closed(command: list[str]) -> str:
    """The command or its data folder, if this process cannot reach it; "" if it reaches both."""
    folder = command[command.index("-D") + 1] if "-D" in command else command[0]
    return next((path for path in (command[0], folder) if not os.access(path, os.X_OK)), "")


def main() -> None:
    """Prepare, then exec the command."""
    parent, on_parents_death, who, *command = sys.argv[1:]
    if who == "nobody" and os.geteuid() == 0:
        give_up_root()
        if path := closed(command):
            sys.exit(
                f"{path} is closed to the user `nobody`. PostgreSQL runs as it if root starts it: let others pass "
                "(`chmod 711` on each folder above it), name another folder with --data, or run as an ordinary user."
            )
    # After the change of user, which would clear it.
    libc.prctl(PR_SET_PDEATHSIG, int(on_parents_death), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The supervisor died before this process began.")
    os.execv(command[0], command)  # noqa: S606 - becoming the command is what this file is for


def _header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)


if __name__ == "__main__":
    main()
