// SPDX-License-Identifier: MIT

// A Go program of i386 that makes a thread for each of its sockets: Go calls set_thread_area for each thread. It ends
// when standard input does, with 1 if anything failed, and says how many threads it made.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
)

const workers = 4

var made, failed int64

// The thread ends with the goroutine, since that doesn't unlock it.
func thread(done chan<- bool) {
	runtime.LockOSThread()
	atomic.AddInt64(&made, 1)
	if pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); err != nil {
		atomic.AddInt64(&failed, 1)
		fmt.Fprintln(os.Stderr, "socketpair:", err)
	} else {
		syscall.Close(pair[0])
		syscall.Close(pair[1])
	}
	done <- true
}

func main() {
	var stop int32
	ended := make(chan bool)

	for i := 0; i < workers; i++ {
		go func() {
			done := make(chan bool)
			for atomic.LoadInt32(&stop) == 0 {
				go thread(done)
				<-done
			}
			ended <- true
		}()
	}
	os.Stdin.Read(make([]byte, 1))
	atomic.StoreInt32(&stop, 1)
	for i := 0; i < workers; i++ {
		<-ended
	}
	fmt.Println(made, "threads")
	if failed > 0 {
		os.Exit(1)
	}
}
