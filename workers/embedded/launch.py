"""Becomes the command it is given; run by path, as `python -I -S launch.py PARENT SIGNAL WHO COMMAND...`.

Before that it asks Linux to send SIGNAL when the parent dies, so that a supervisor that is killed -9 leaves nothing
running, and, where WHO is `nobody` and it runs as root, gives root up: PostgreSQL refuses to run as root. Of root's
rights it keeps one, to read and to pass through folders, so that a data folder below a closed home folder works.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2  # without it access(2), which initdb asks, takes no right of a user's into account
CAPABILITY_VERSION_3 = 0x20080522
DAC_READ_SEARCH = 2

libc = ctypes.CDLL(None, use_errno=True)


def give_up_root() -> None:
    """Become `nobody`; where we have it ourselves and the kernel allows it, with root's way through folders."""
    nobody = pwd.getpwnam("nobody")
    kept = rights() & (1 << DAC_READ_SEARCH)
    if libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0):  # a container without SETPCAP
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    if libc.capset(ctypes.byref(_header()), ctypes.byref((ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0))):
        sys.exit(f"Root's rights cannot be given up here ({os.strerror(ctypes.get_errno())}): run as an ordinary user.")
    if kept:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, DAC_READ_SEARCH, 0, 0)


def rights() -> int:
    """Which of the first 32 rights of root this process has; a container may have taken some."""
    found = (ctypes.c_uint32 * 6)()
    return 0 if libc.capget(ctypes.byref(_header()), ctypes.byref(found)) else found[0]


def closed(command: list[str]) -> str:
    """The first of the command and its data folder that this process cannot reach; "" if it reaches both."""
    folder = command[command.index("-D") + 1] if "-D" in command else command[0]
    return next((path for path in (command[0], folder) if not os.access(path, os.X_OK)), "")


def main() -> None:
    """Prepare, then become the command."""
    parent, on_parents_death, who, *command = sys.argv[1:]
    if who == "nobody" and os.geteuid() == 0:
        give_up_root()
        if path := closed(command):
            sys.exit(
                f"{path} is closed to the user `nobody`, whom PostgreSQL runs as where root starts it: let others pass "
                "(`chmod 711` on each folder above it), name another folder with --data, or run as an ordinary user."
            )
    # After the change of user: that clears it.
    libc.prctl(PR_SET_PDEATHSIG, int(on_parents_death), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The supervisor died before its part began.")
    os.execv(command[0], command)  # noqa: S606 - becoming the command is what this file is for


def _header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)


if __name__ == "__main__":
    main()
