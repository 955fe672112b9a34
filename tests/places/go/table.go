// SPDX-License-Identifier: MIT
// The table's program in Go: a server and clients over the loopback, and a descriptor that travels. See ../program.c
// for how it ends.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

func right(err error, what string) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func overTCP() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	right(err, "listen")
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(connection, connection)
				connection.Close()
			}()
		}
	}()
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func(text string) {
			defer group.Done()
			connection, err := net.Dial("tcp", listener.Addr().String())
			right(err, "dial")
			_, err = io.WriteString(connection, text)
			right(err, "write")
			right(connection.(*net.TCPConn).CloseWrite(), "shutdown")
			answer, err := io.ReadAll(connection)
			right(err, "read")
			if string(answer) != text {
				right(fmt.Errorf("%q", answer), "the answer")
			}
			connection.Close()
		}(fmt.Sprintf("number %d", i))
	}
	group.Wait()
	listener.Close()
}

func overUnix() {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	right(err, "socketpair")
	reader, writer, err := os.Pipe()
	right(err, "pipe")
	right(syscall.Sendmsg(ends[0], []byte("x"), syscall.UnixRights(int(writer.Fd())), nil, 0), "sendmsg")
	data, control := make([]byte, 1), make([]byte, 64)
	_, n, _, _, err := syscall.Recvmsg(ends[1], data, control, 0)
	right(err, "recvmsg")
	messages, err := syscall.ParseSocketControlMessage(control[:n])
	right(err, "the control message")
	passed, err := syscall.ParseUnixRights(&messages[0])
	right(err, "the passed descriptor")
	_, err = syscall.Write(passed[0], []byte("y"))
	right(err, "write to the passed descriptor")
	_, err = io.ReadFull(reader, data)
	right(err, "what came by the passed descriptor")
}

func main() {
	time.AfterFunc(60*time.Second, func() {
		syscall.Kill(os.Getpid(), syscall.SIGALRM)
	})
	overTCP()
	overUnix()
	fmt.Println("right")
}
