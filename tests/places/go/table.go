// SPDX-License-Identifier: MIT
// The table's program in Go: a server and clients over the loopback interface, and a descriptor that is passed over
// AF_UNIX. ../program.c says how it ends.
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

func check(err error, what string) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func overTCP() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err, "listen")
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
			check(err, "dial")
			_, err = io.WriteString(connection, text)
			check(err, "write")
			check(connection.(*net.TCPConn).CloseWrite(), "shutdown")
			answer, err := io.ReadAll(connection)
			check(err, "read")
			if string(answer) != text {
				check(fmt.Errorf("%q", answer), "the answer")
			}
			connection.Close()
		}(fmt.Sprintf("number %d", i))
	}
	group.Wait()
	listener.Close()
}

func overUnix() {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err, "socketpair")
	reader, writer, err := os.Pipe()
	check(err, "pipe")
	check(syscall.Sendmsg(ends[0], []byte("x"), syscall.UnixRights(int(writer.Fd())), nil, 0), "sendmsg")
	data, control := make([]byte, 1), make([]byte, 64)
	_, n, _, _, err := syscall.Recvmsg(ends[1], data, control, 0)
	check(err, "recvmsg")
	messages, err := syscall.ParseSocketControlMessage(control[:n])
	check(err, "the control message")
	passed, err := syscall.ParseUnixRights(&messages[0])
	check(err, "the passed descriptor")
	_, err = syscall.Write(passed[0], []byte("y"))
	check(err, "write to the passed descriptor")
	_, err = io.ReadFull(reader, data)
	check(err, "what came by the passed descriptor")
}

func main() {
	time.AfterFunc(60*time.Second, func() {
		syscall.Kill(os.Getpid(), syscall.SIGALRM)
	})
	overTCP()
	overUnix()
	fmt.Println("right")
}
