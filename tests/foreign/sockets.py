# SPDX-License-Identifier: MIT
# A script whose socket calls are recorded (README.md). Debian's Python, which runs it, was compiled with structures of
# its own, and asks for memory and addresses in its own ways. The script makes only calls that every kernel answers
# alike. It runs as process 1 in PID and network namespaces of its own, with the loopback alone, so its ports are never
# in use. Only socket calls are recorded and made again, so it waits in no other call: it doesn't use settimeout(), with
# which Python waits in poll().
import array
import os
import socket
import struct
from socket import *

HOST = "127.0.0.1"
OWN = b"\0recorded by python"


def fails(error, function, *words):
    """Makes a call that must raise an error of this class."""
    try:
        function(*words)
    except error:
        return
    raise SystemExit(f"{function.__name__}{words}: no {error.__name__}")


def attempt(function, *words):
    """Makes a call that raises an error if qemu-user doesn't know the option."""
    try:
        function(*words)
    except OSError:
        pass


def close_all(*sockets):
    for one in sockets:
        one.close()


def close_received(control):
    """Closes the descriptors of SCM_RIGHTS messages."""
    for level, kind, data in control:
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
            got = array.array("i")
            got.frombytes(data[: len(data) - len(data) % got.itemsize])
            for fd in got:
                os.close(fd)


# ---- UNIX ------------------------------------------------------------------------------------------------------------


def pairs():
    one, other = socketpair()
    one.sendall(b"through a stream")
    other.recv(7)
    other.recv(100, MSG_PEEK)
    there = bytearray(16)
    other.recv_into(there, 5)
    other.recvfrom(100)
    other.setblocking(False)
    fails(BlockingIOError, other.recv, 8)
    one.sendmsg([b"several", b"", b" parts"], [], MSG_NOSIGNAL)
    other.recvmsg_into([bytearray(3), bytearray(0), bytearray(50)], 0, MSG_DONTWAIT)
    one.getsockname()
    one.getpeername()
    one.shutdown(SHUT_WR)
    other.recv(4)
    fails(BrokenPipeError, one.send, b"shut", MSG_NOSIGNAL)
    close_all(one, other)
    for kind in SOCK_SEQPACKET, SOCK_DGRAM | SOCK_NONBLOCK:
        one, other = socketpair(AF_UNIX, kind)
        one.send(b"a packet")
        one.send(b"")
        other.recvmsg(3)
        other.recvmsg(3)
        one.close()
        fails((BrokenPipeError, ConnectionError), other.send, b"gone", MSG_NOSIGNAL)
        other.close()
    fails(OSError, socketpair, AF_INET, SOCK_STREAM)


def rights():
    one, other = socketpair(AF_UNIX, SOCK_DGRAM)
    fds = [0, one.fileno(), other.fileno()]
    send_fds(one, [b"three", b"descriptors"], fds)
    for fd in recv_fds(other, 64, 8)[1]:
        os.close(fd)
    for room in 0, 1, CMSG_LEN(0), CMSG_LEN(4), CMSG_SPACE(4), CMSG_LEN(8), CMSG_LEN(12), CMSG_SPACE(16):
        one.sendmsg([b"x"], [(SOL_SOCKET, SCM_RIGHTS, array.array("i", fds))])
        close_received(other.recvmsg(4, room)[1])
    fails(OSError, one.sendmsg, [b"x"], [(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", 77))])
    fails(OSError, one.sendmsg, [b"x"], [(SOL_SOCKET, 77, b"unknown")])
    close_all(one, other)


def credentials():
    one, other = socketpair(AF_UNIX, SOCK_STREAM)
    other.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    attempt(other.getsockopt, SOL_SOCKET, SO_PASSCRED)
    attempt(one.getsockopt, SOL_SOCKET, SO_PEERCRED, struct.calcsize("3i"))
    one.send(b"mine")
    other.recvmsg(64, CMSG_SPACE(12))
    own = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
    both = [(SOL_SOCKET, SCM_CREDENTIALS, own), (SOL_SOCKET, SCM_RIGHTS, array.array("i", [2]))]
    for room in 256, CMSG_SPACE(12) + CMSG_SPACE(4), CMSG_SPACE(12), CMSG_LEN(12) - 1:
        one.sendmsg([b"said"], both)
        close_received(other.recvmsg(64, room, MSG_CMSG_CLOEXEC)[1])
    fails(OSError, one.sendmsg, [b"x"], [(SOL_SOCKET, SCM_CREDENTIALS, own[:-1])])
    close_all(one, other)


def names():
    server, client = socket(AF_UNIX, SOCK_STREAM), socket(AF_UNIX, SOCK_STREAM)
    fails(ConnectionRefusedError, client.connect, OWN)
    fails(FileNotFoundError, client.connect, "/nonexistent/socket")
    fails(FileNotFoundError, server.bind, "/nonexistent/socket")
    server.bind(OWN)
    fails(OSError, server.bind, b"\0another")
    fails(OSError, client.bind, OWN)
    fails(OSError, server.accept)
    server.listen()
    server.getsockname()
    client.bind(b"\0the client")
    client.connect(OWN)
    fails(OSError, client.connect, OWN)
    taken, _ = server.accept()
    taken.getpeername()
    fails(ValueError, lambda: socket(fileno=-1))
    again = socket(fileno=taken.detach())  # asks for the family, the type and the protocol
    again.sendall(b"line one\nline two\n")
    with client.makefile("rb") as file:
        file.readline()
        file.readline()
    close_all(again, server)
    client.recv(1)
    client.close()


# ---- INET ------------------------------------------------------------------------------------------------------------


def datagrams(family, host, level, options):
    one, other = socket(family, SOCK_DGRAM), socket(family, SOCK_DGRAM)
    one.bind((host, 4001))
    other.bind((host, 4002))
    fails(OSError, one.bind, (host, 4002))
    fails(OSError, one.send, b"to nobody")
    fails(OSError, one.getpeername)
    one.sendto(b"datagram", (host, 4002))
    other.recvfrom(64)
    one.sendto(b"", (host, 4002))
    there = bytearray(32)
    other.recvfrom_into(there)
    for option in options:
        other.setsockopt(level, option, 1)
        attempt(other.getsockopt, level, option)
    for room in 256, CMSG_SPACE(12), CMSG_SPACE(20), CMSG_SPACE(20) + 3, 0:
        one.sendmsg([b"in ", b"parts"], [], 0, (host, 4002))
        other.recvmsg(5, room)
    one.connect((host, 4002))
    one.getpeername()
    one.send(b"connected")
    other.recv(64, MSG_TRUNC)
    one.connect((host, 4009))
    one.send(b"nobody")
    fails(ConnectionRefusedError, one.recv, 64)
    close_all(one, other)


def connections(family, host):
    server, client = socket(family, SOCK_STREAM), socket(family, SOCK_STREAM)
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    fails(ConnectionRefusedError, client.connect, (host, 4009))
    client.close()
    server.bind((host, 4003))
    server.listen(2)
    attempt(server.getsockopt, SOL_SOCKET, SO_ACCEPTCONN)
    client = socket(family, SOCK_STREAM)
    client.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    client.bind((host, 4004 if family == AF_INET else 4005))
    fails(OSError, client.recv, 8)
    client.connect((host, 4003))
    taken, _ = server.accept()
    taken.getsockname()
    client.getpeername()
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    attempt(client.getsockopt, IPPROTO_TCP, TCP_NODELAY)
    client.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 77)
    attempt(client.getsockopt, IPPROTO_TCP, TCP_KEEPIDLE)
    fails(OSError, client.setsockopt, IPPROTO_TCP, TCP_CONGESTION, b"nonexistent")
    client.sendall(b"a request\r\n")
    taken.recv(11, MSG_WAITALL)
    taken.sendmsg([b"an answer", b" in parts"])
    client.recvmsg(17, 64, MSG_WAITALL)
    taken.sendall(b"the last line\n")
    taken.shutdown(SHUT_WR)
    with client.makefile("r") as file:
        file.read()
    client.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    attempt(client.getsockopt, SOL_SOCKET, SO_LINGER, 8)
    client.close()
    fails(ConnectionResetError, taken.recv, 8)
    close_all(taken, server)


# ---- Options and errors ----------------------------------------------------------------------------------------------


def options():
    one = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
    for option in SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_BROADCAST, SO_KEEPALIVE, SO_RCVLOWAT:
        attempt(one.getsockopt, SOL_SOCKET, option)
        attempt(one.getsockopt, SOL_SOCKET, option, 2)
    time = struct.pack("@ll", 3, 500000)
    for option in SO_RCVTIMEO, SO_SNDTIMEO:
        one.setsockopt(SOL_SOCKET, option, time)
        attempt(one.getsockopt, SOL_SOCKET, option, len(time))
        attempt(one.getsockopt, SOL_SOCKET, option, 64)
        fails(OSError, one.setsockopt, SOL_SOCKET, option, time[:-1])
        fails(OSError, one.setsockopt, SOL_SOCKET, option, struct.pack("@ll", 0, 1000000))
        one.setsockopt(SOL_SOCKET, option, bytes(len(time)))
    one.setsockopt(SOL_SOCKET, SO_RCVTIMEO, struct.pack("@ll", 0, 20000))
    one.bind((HOST, 4006))
    fails(BlockingIOError, one.recv, 8)  # waits for 20 ms
    for option in SO_RCVBUF, SO_SNDBUF:
        one.setsockopt(SOL_SOCKET, option, 8192)
        attempt(one.getsockopt, SOL_SOCKET, option)
    one.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")
    attempt(one.getsockopt, SOL_SOCKET, SO_BINDTODEVICE, 16)
    fails(OSError, one.setsockopt, SOL_SOCKET, SO_BINDTODEVICE, b"nodevice")
    one.setsockopt(IPPROTO_IP, IP_TTL, 9)
    attempt(one.getsockopt, IPPROTO_IP, IP_TTL)
    fails(OSError, one.setsockopt, IPPROTO_IP, IP_TTL, 300)
    group = inet_aton("224.0.0.9") + inet_aton(HOST)
    one.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, group)
    fails(OSError, one.setsockopt, IPPROTO_IP, IP_ADD_MEMBERSHIP, group)
    one.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, group)
    attempt(one.setsockopt, IPPROTO_IP, IP_MULTICAST_IF, inet_aton(HOST))
    attempt(one.getsockopt, IPPROTO_IP, IP_MULTICAST_IF, 4)
    fails(OSError, one.setsockopt, SOL_SOCKET, SO_KEEPALIVE, None, 4)
    fails(OSError, one.getsockopt, SOL_SOCKET, 0x7FF0)
    fails(OSError, one.getsockopt, 12345, 1, 16)
    fails(OSError, one.listen)
    one.close()


def errors():
    for words in (AF_INET, 77), (77, SOCK_STREAM), (AF_INET, SOCK_STREAM, 77), (AF_INET, SOCK_DGRAM, IPPROTO_TCP):
        fails(OSError, socket, *words)
    fails(OSError, lambda: socket(fileno=0))
    one = socket(AF_INET, SOCK_STREAM)
    fails(OSError, one.bind, ("192.0.2.1", 4007))
    fails(OSError, one.sendmsg, [b"x"] * 2, [], MSG_NOSIGNAL)
    fails(OSError, one.recvmsg, 8, 8, MSG_OOB)
    one.close()
    one = socket(AF_PACKET, SOCK_DGRAM, 0)
    one.bind(("lo", 0x800))
    one.getsockname()
    one.close()
    one = socket(AF_NETLINK, SOCK_RAW, 15)  # 15: NETLINK_KOBJECT_UEVENT
    one.bind((77, 1))
    one.getsockname()
    one.close()


pairs()
rights()
credentials()
names()
datagrams(AF_INET, HOST, IPPROTO_IP, (IP_RECVTOS, 8, 12))  # 8: IP_PKTINFO, 12: IP_RECVTTL
datagrams(AF_INET6, "::1", IPPROTO_IPV6, (IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS))
connections(AF_INET, HOST)
connections(AF_INET6, "::1")
options()
errors()
