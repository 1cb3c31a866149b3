"""Becomes the command it is given; run by path, as `python -I -S launch.py PARENT SIGNAL WHO COMMAND...`.

Before that it asks Linux to send SIGNAL when the parent dies, so that a supervisor that is killed -9 leaves nothing
running, and, where WHO is `nobody` and it runs as root, gives root up: PostgreSQL refuses to run as root. It keeps
root's right to pass through folders, so that a data folder below a closed home folder works.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAPABILITY_VERSION_3 = 0x20080522
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2

libc = ctypes.CDLL(None, use_errno=True)


def give_up_root() -> None:
    """Become `nobody`; where the kernel allows, with root's way through folders."""
    nobody = pwd.getpwnam("nobody")
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    rights = (1 << DAC_OVERRIDE) | (1 << DAC_READ_SEARCH)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(rights, rights, rights, 0, 0, 0)
    libc.capset(ctypes.byref(header), ctypes.byref(sets))
    for right in (DAC_OVERRIDE, DAC_READ_SEARCH):
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, right, 0, 0)


def main() -> None:
    """Prepare, then become the command."""
    parent, on_parents_death, who, *command = sys.argv[1:]
    if who == "nobody" and os.geteuid() == 0:
        give_up_root()
    # After the change of user: that clears it.
    libc.prctl(PR_SET_PDEATHSIG, int(on_parents_death), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("The supervisor died before its part began.")
    os.execv(command[0], command)  # noqa: S606 - becoming the command is what this file is for


if __name__ == "__main__":
    main()
