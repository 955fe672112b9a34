// SPDX-License-Identifier: MIT

// A Go library for C programs (-buildmode=c-shared), which connects to itself over TCP.
package main

import "C"
import (
	"io"
	"net"
)

//export Talk
func Talk() *C.char {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return C.CString(err.Error())
	}
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			connection.Write([]byte("hello"))
			connection.Close()
		}
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return C.CString(err.Error())
	}
	bytes, err := io.ReadAll(connection)
	if err != nil {
		return C.CString(err.Error())
	}
	return C.CString(string(bytes))
}

func main() {}
