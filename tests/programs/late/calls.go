// SPDX-License-Identifier: MIT

// Multiplexed calls that a Go program makes itself, through each of Go's stubs for any system call; and calls that the
// net package makes.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

const (
	socketcall = 102
	socketpair = 8
)

func say(what string, result uintptr, err syscall.Errno) {
	fmt.Println(what, int32(result), err)
}

func main() {
	var ends [2]int32
	block := [4]uintptr{syscall.AF_UNIX, syscall.SOCK_STREAM, 0, uintptr(unsafe.Pointer(&ends))}
	words := uintptr(unsafe.Pointer(&block))
	r, _, err := syscall.Syscall(socketcall, socketpair, words, 0)
	say("Syscall", r, err)
	r, _, err = syscall.RawSyscall(socketcall, socketpair, words, 0)
	say("RawSyscall", r, err)
	r, _, err = syscall.Syscall6(socketcall, socketpair, words, 0, 1, 2, 3)
	say("Syscall6", r, err)
	r, _, err = syscall.RawSyscall6(socketcall, socketpair, words, 0, 1, 2, 3)
	say("RawSyscall6", r, err)
	r, _, err = syscall.Syscall(socketcall, 99, words, 0)
	say("no call", r, err)
	r, _, err = syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0)
	fmt.Println("another call", int(r) == os.Getpid(), err)
	// mmap2 has six arguments.
	flags := uintptr(syscall.MAP_PRIVATE | syscall.MAP_ANON)
	r, _, err = syscall.Syscall6(192, 0, 4096, syscall.PROT_READ, flags, ^uintptr(0), 0)
	fmt.Println("a call of six words", r != 0 && r%4096 == 0, err)
	listener, problem := net.Listen("tcp", "127.0.0.1:0")
	if problem != nil {
		fmt.Println(problem)
		os.Exit(1)
	}
	go func() {
		connection, problem := listener.Accept()
		if problem == nil {
			connection.Write([]byte("hello"))
			connection.Close()
		}
	}()
	connection, problem := net.Dial("tcp", listener.Addr().String())
	if problem != nil {
		fmt.Println(problem)
		os.Exit(1)
	}
	bytes, problem := io.ReadAll(connection)
	fmt.Println(string(bytes), problem)
}
