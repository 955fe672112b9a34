// SPDX-License-Identifier: MIT
//
// A web server and client that use net/http, for tests.
//
// Usage: web serve ADDRESS        answers each request with its method, path and body, until SIGTERM
//
//	web fetch URL [TEXT]     prints the answer to a GET, or to a POST of TEXT; then makes the request sixteen times
//	                         at once, and fails if an answer differs; then runs a child, `web resolve localhost`
//	web resolve NAME         prints the name's addresses
//	web unix PATH            sends a stream and a datagram through UNIX sockets, with deadlines
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func serve(address string) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "%s %s of %d bytes: %.20s\n", r.Method, r.URL.Path, len(body), body)
	}
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(handler)}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		check(server.Shutdown(context.Background()))
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		check(err)
	}
}

func once(url, text string) (string, error) {
	var response *http.Response
	var err error
	if text == "" {
		response, err = http.Get(url)
	} else {
		response, err = http.Post(url, "text/plain", strings.NewReader(text))
	}
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func fetch(url, text string) {
	first, err := once(url, text)
	check(err)
	fmt.Print(first)
	var wait sync.WaitGroup
	for i := 0; i < 16; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			again, err := once(url, text)
			check(err)
			if again != first {
				check(fmt.Errorf("another answer: %s", again))
			}
		}()
	}
	wait.Wait()
	child, err := exec.Command("/proc/self/exe", "resolve", "localhost").CombinedOutput()
	check(err)
	fmt.Printf("a child says %s", child)
}

func resolve(name string) {
	addresses, err := net.LookupHost(name)
	check(err)
	sort.Strings(addresses)
	fmt.Println(strings.Join(addresses, " "))
}

func unix(path string) {
	listener, err := net.Listen("unix", path)
	check(err)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	c, err := net.Dial("unix", path)
	check(err)
	fmt.Fprintf(c, "through a socket")
	buffer := make([]byte, 16)
	_, err = io.ReadFull(c, buffer)
	check(err)
	fmt.Printf("%s\n", buffer)
	check(c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	_, err = c.Read(buffer)
	fmt.Println("nothing more:", os.IsTimeout(err))
	_, err = net.Dial("unix", path+".none")
	fmt.Println("no such socket:", err)
	d, err := net.ListenPacket("unixgram", path+".datagrams")
	check(err)
	sender, err := net.Dial("unixgram", path+".datagrams")
	check(err)
	fmt.Fprintf(sender, "datagram")
	n, _, err := d.ReadFrom(buffer)
	check(err)
	fmt.Printf("%s\n", buffer[:n])
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2])
	case "fetch":
		fetch(os.Args[2], strings.Join(os.Args[3:], " "))
	case "resolve":
		resolve(os.Args[2])
	case "unix":
		unix(os.Args[2])
	}
}
