# SPDX-License-Identifier: MIT
"""Usage: python3 python.py SUBJECT: uses sockets in the way that SUBJECT names. Its output is the same in every run."""
import array
import asyncio
import errno
import multiprocessing
import multiprocessing.connection
import os
import select
import socket
import struct
import sys
import tempfile
import threading

LIMIT = 90  # seconds; an emulated processor needs ten times as long as a real one
SUBJECTS = {}


def subject(function):
    SUBJECTS[function.__name__] = function
    return function


def receive(sock, length):
    data = b""
    while len(data) < length:
        part = sock.recv(length - len(data))
        if not part:
            break
        data += part
    return data


def echo_once(server):
    peer, address = server.accept()
    with peer:
        while True:
            data = peer.recv(65536)
            if not data:
                return
            peer.sendall(data.upper())


def converse(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen(5)
        server.settimeout(LIMIT)
        thread = threading.Thread(target=echo_once, args=(server,))
        thread.start()
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(LIMIT)
            client.connect(server.getsockname())
            print(client.getpeername() == server.getsockname(), len(client.getsockname()))
            client.sendall(b"words ")
            print(receive(client, 6))
            client.settimeout(None)
            sender = threading.Thread(target=client.sendall, args=(b"x" * 3_000_000,))
            sender.start()
            print(len(receive(client, 3_000_000)))
            sender.join()
            client.shutdown(socket.SHUT_WR)
            print(client.recv(10))
        thread.join()


@subject
def tcp():
    converse(socket.AF_INET, ("127.0.0.1", 0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=LIMIT) as client:
            peer, address = server.accept()
            print(address == client.getsockname(), os.get_inheritable(peer.fileno()))
            with peer.makefile("w") as writer, client.makefile() as reader:
                writer.write("a line\n")
                writer.flush()
                print(reader.readline())
            client.send(b"!", socket.MSG_OOB)
            client.sendall(b"after")
            select.select([], [], [peer], LIMIT)
            print(peer.recv(1, socket.MSG_OOB), receive(peer, 5))
            peer.close()


@subject
def ipv6():
    converse(socket.AF_INET6, ("::1", 0))
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        with socket.create_connection(("127.0.0.1", server.getsockname()[1]), timeout=LIMIT):
            peer, address = server.accept()
            print(address[0])
            peer.close()


@subject
def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        for sock in (a, b):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(LIMIT)
        print(a.sendto(b"to b", b.getsockname()))
        data, address = b.recvfrom(100)
        print(data, address == a.getsockname())
        b.connect(address)
        print(b.send(b"back"), b.send(b""), b.send(b"y" * 60000))
        print(a.recv(2), a.recvfrom(10)[0], len(a.recv(65536)))
        try:
            b.send(b"z" * 70000)
        except OSError as error:
            print(errno.errorcode[error.errno])


@subject
def unix():
    with tempfile.TemporaryDirectory() as folder:
        converse(socket.AF_UNIX, os.path.join(folder, "stream"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
            server.bind(os.path.join(folder, "datagram"))
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
                client.bind("\0socketcall-test")
                client.sendto(b"hello", server.getsockname())
                print(server.recvfrom(100))
    converse(socket.AF_UNIX, "\0socketcall-test-stream")


@subject
def pairs():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        a, b = socket.socketpair(socket.AF_UNIX, kind)
        with a, b:
            print(a.send(b"one"), a.send(b"two"))
            print(b.recv(100, socket.MSG_PEEK), b.recv(100))
            a.close()
            print(b.recv(100) if kind != socket.SOCK_DGRAM else "")


@subject
def fds():
    a, b = socket.socketpair()
    with a, b:
        read_end, write_end = os.pipe()
        socket.send_fds(a, [b"a pipe"], [read_end, write_end])
        message, (got_read, got_write), flags, address = socket.recv_fds(b, 100, 4)
        os.write(got_write, b"through")
        print(message, os.read(read_end, 100), flags, address, got_read != read_end)
        child = os.fork()
        if child == 0:
            inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            inner.bind(("127.0.0.1", 0))
            socket.send_fds(a, [b"a socket"], [inner.fileno()])
            os._exit(0)
        message, (got,), flags, address = socket.recv_fds(b, 100, 1)
        with socket.socket(fileno=got) as inner:
            print(message, inner.family.name, inner.type.name, inner.getsockname()[0])
        print(os.waitpid(child, 0)[1])


@subject
def messages():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with a, b:
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        print(a.sendmsg([b"sc", b"att", b"er"]))
        data, ancillary, flags, address = b.recvmsg(100, socket.CMSG_SPACE(12))
        (level, kind, credentials), = ancillary
        print(data, level, kind, struct.unpack("iii", credentials) == (os.getpid(), os.getuid(), os.getgid()), flags)
        a.send(b"a long datagram")
        buffers = [bytearray(2), bytearray(4)]
        length, ancillary, flags, address = b.recvmsg_into(buffers)
        print(length, buffers, flags & socket.MSG_TRUNC != 0)
        a.sendmsg([b"fd"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
        data, ancillary, flags, address = b.recvmsg(10, socket.CMSG_LEN(4))
        print(data, len(ancillary), flags & socket.MSG_CTRUNC != 0)


@subject
def options():
    def refused(call, *arguments):
        try:
            print(call.__name__, call(*arguments))
        except OSError as error:
            print(call.__name__, errno.errorcode[error.errno])

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
        print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
        print(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
        print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        print(sock.getsockname())
        refused(sock.getpeername)
        refused(sock.accept)
        refused(sock.shutdown, socket.SHUT_RD)
        refused(sock.send, b"x")
        refused(sock.recv, 1)
        refused(sock.connect, ("127.0.0.1", 1))
        refused(sock.bind, ("192.0.2.1", 0))
        refused(sock.setsockopt, socket.SOL_SOCKET, 9999, 1)
        refused(sock.getsockopt, socket.SOL_SOCKET, 9999)
        refused(sock.sendto, b"x", ("127.0.0.1", 1))
        refused(sock.sendmsg, [b"x"])
        refused(sock.listen, 1)
        refused(sock.listen, 1)
    refused(sock.listen, 1)
    refused(socket.socket, 99)
    refused(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 17)
    refused(socket.socketpair, socket.AF_INET)


@subject
def names():
    for host, port in (("127.0.0.1", 80), ("::1", "80"), ("localhost", 443), (None, 22)):
        print(sorted(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    for host in ("not-a-host.invalid", "256.0.0.1"):
        try:
            socket.getaddrinfo(host, 80)
        except socket.gaierror as error:
            print(host, error.errno in (socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_NODATA))
    print(socket.gethostbyname("localhost"), socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICSERV))


@subject
def timeouts():
    a, b = socket.socketpair()
    with a, b, socket.create_server(("127.0.0.1", 0)) as server:
        for sock, call in ((a, lambda: a.recv(1)), (server, server.accept)):
            sock.settimeout(0.05)
            try:
                call()
            except socket.timeout as error:
                print(error)
            sock.setblocking(False)
            try:
                call()
            except BlockingIOError as error:
                print(errno.errorcode[error.errno])
        a.setblocking(True)
        a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50000))
        try:
            a.recv(1)
        except BlockingIOError as error:
            print(errno.errorcode[error.errno])
        with socket.socket() as client:
            client.setblocking(False)
            print(errno.errorcode[client.connect_ex(server.getsockname())])


@subject
def threads():
    def serve(peer):
        with peer:
            while True:
                data = peer.recv(1000)
                if not data:
                    return
                peer.sendall(data[::-1])

    def accept(server, count):
        workers = [threading.Thread(target=serve, args=(server.accept()[0],)) for _ in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def ask(address, number, results):
        with socket.create_connection(address) as client:
            for turn in range(100):
                question = b"%d/%d" % (number, turn)
                client.sendall(question)
                if receive(client, len(question)) != question[::-1]:
                    return
            results[number] = True

    results = {}
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        acceptor = threading.Thread(target=accept, args=(server, 32))
        acceptor.start()
        clients = [threading.Thread(target=ask, args=(server.getsockname(), number, results)) for number in range(32)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        acceptor.join()
    print(len(results))


async def handle(reader, writer):
    while True:
        line = await reader.readline()
        if not line:
            break
        writer.write(line.upper())
        await writer.drain()
    writer.close()


@subject
def streams():
    async def client(number, connect):
        reader, writer = await connect()
        for turn in range(20):
            writer.write(b"client %d turn %d\n" % (number, turn))
            answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    async def main():
        server = await asyncio.start_server(handle, "localhost", 0, family=socket.AF_INET)
        host, port = server.sockets[0].getsockname()
        clients = (client(i, lambda: asyncio.open_connection(host, port)) for i in range(30))
        print(await asyncio.gather(*clients))
        server.close()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "sock")
            server = await asyncio.start_unix_server(handle, path)
            print(await client(99, lambda: asyncio.open_unix_connection(path)))
            server.close()
        try:
            await asyncio.open_connection("127.0.0.1", 1)
        except ConnectionRefusedError as error:
            print(errno.errorcode[error.errno])

    asyncio.run(asyncio.wait_for(main(), LIMIT))


@subject
def datagrams():
    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            self.transport.sendto(data.upper(), address)

    class Ask(asyncio.DatagramProtocol):
        def __init__(self):
            self.answer = asyncio.get_running_loop().create_future()

        def connection_made(self, transport):
            transport.sendto(b"question")

        def datagram_received(self, data, address):
            self.answer.set_result(data)

    async def main():
        loop = asyncio.get_running_loop()
        server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
        for _ in range(10):
            client, protocol = await loop.create_datagram_endpoint(Ask, remote_addr=server.get_extra_info("sockname"))
            print(await protocol.answer)
            client.close()
        server.close()

    asyncio.run(asyncio.wait_for(main(), LIMIT))


@subject
def subprocess():
    async def main():
        code = "import socket, sys; a, b = socket.socketpair(); a.send(sys.stdin.buffer.read()); print(b.recv(100))"
        for turn in range(3):
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            print(await child.communicate(b"turn %d" % turn), child.returncode)
        child = await asyncio.create_subprocess_shell("exit 7")
        print(await child.wait())

    asyncio.run(asyncio.wait_for(main(), LIMIT))


@subject
def pipe():
    def child(connection, address):
        connection.send(connection.recv() * 2)
        with multiprocessing.connection.Client(address, authkey=b"secret") as client:
            client.send({"from": "child"})

    here, there = multiprocessing.Pipe()
    for address in (("127.0.0.1", 0), None):
        with multiprocessing.connection.Listener(address, authkey=b"secret") as listener:
            process = multiprocessing.get_context("fork").Process(target=child, args=(there, listener.address))
            process.start()
            here.send([1, "two"])
            with listener.accept() as peer:
                print(here.recv(), peer.recv())
            process.join()
            print(process.exitcode)


def square(number):
    a, b = socket.socketpair()
    with a, b:
        a.send(b"%d" % number)
        return int(b.recv(10)) ** 2


def count(shared, lock):
    for _ in range(20):
        with lock:
            shared["count"] = shared["count"] + 1


@subject
def workers():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(square, range(10)))
        with context.Manager() as manager:
            shared = manager.dict(count=0)
            lock = manager.Lock()
            processes = [context.Process(target=count, args=(shared, lock)) for _ in range(3)]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            print(shared["count"])


if __name__ == "__main__":
    SUBJECTS[sys.argv[1]]()
