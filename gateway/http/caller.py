"""Who calls on the control socket: the kernel says it, not the caller."""

import asyncio
import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid: `struct ucred` in unix(7)


@dataclass(frozen=True, slots=True)
class Caller:
    """The account at the other end of the socket."""

    uid: int
    name: str
    gid: int

    @property
    def is_operator(self) -> bool:
        """Whether it is root or our own account, who can change the node's files anyway."""
        return self.uid in {0, os.geteuid()}

    def may_enter(self, group: str | None) -> bool:
        """Tell whether this account may use the socket: root, our own account, or the group.

        The file system has decided this already; a folder whose mode somebody changed has not.
        """
        if self.is_operator:
            return True
        try:
            return group is not None and grp.getgrnam(group).gr_gid in self.groups()
        except KeyError:
            return False

    def groups(self) -> frozenset[int]:
        """Return the account's groups as they are now.

        Those of a process may be older than those of its account, or chosen by it.
        """
        try:
            account = pwd.getpwuid(self.uid)
        except KeyError:
            # An account of a container or a directory that is away.
            return frozenset({self.gid})
        return frozenset(os.getgrouplist(account.pw_name, account.pw_gid))


def caller_of(transport: asyncio.BaseTransport) -> Caller:
    """Return the account that opened this connection."""
    unix = transport.get_extra_info("socket")
    raw = unix.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, gid = _CREDENTIALS.unpack(raw)
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    return Caller(uid, name, gid)
