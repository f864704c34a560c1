// The agent's side of a smux session on stdin and stdout, by the library that the official agent uses. The first line
// of each stream says what to do with it:
//
//	echo     send back what comes, until it is closed
//	sum N    read N bytes, and answer with their SHA-256 in hexadecimal
//	send N   send N known bytes: SHA-256("0"), SHA-256("1"), … put together
//	count    answer with the number of streams that are open
//
// With an argument, keepalives are sent at this interval, and a session in which nothing comes for twice as long dies.
package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/xtaci/smux"
)

type stdio struct{}

func (stdio) Read(into []byte) (int, error)  { return os.Stdin.Read(into) }
func (stdio) Write(from []byte) (int, error) { return os.Stdout.Write(from) }
func (stdio) Close() error                   { return os.Stdin.Close() }

func main() {
	config := smux.DefaultConfig()
	config.KeepAliveDisabled = len(os.Args) < 2
	if !config.KeepAliveDisabled {
		interval, err := time.ParseDuration(os.Args[1])
		exitOn(err)
		config.KeepAliveInterval, config.KeepAliveTimeout = interval, 2*interval
	}
	session, err := smux.Server(stdio{}, config)
	exitOn(err)
	for {
		stream, err := session.AcceptStream()
		exitOn(err)
		go serve(session, stream)
	}
}

func serve(session *smux.Session, stream *smux.Stream) {
	defer stream.Close()
	reader := bufio.NewReader(stream)
	line, err := reader.ReadString('\n')
	if err != nil {
		return
	}
	var what string
	var count int
	fmt.Sscan(line, &what, &count)
	switch what {
	case "echo":
		io.Copy(stream, reader)
	case "sum":
		sum := sha256.New()
		if _, err := io.CopyN(sum, reader, int64(count)); err != nil {
			return
		}
		// Long enough that an end of the asker would have come before the answer.
		time.Sleep(50 * time.Millisecond)
		fmt.Fprintf(stream, "%x", sum.Sum(nil))
	case "send":
		// As the agent does it: whoever is closed over there is not written to any more.
		go func() {
			io.Copy(io.Discard, reader)
			stream.Close()
		}()
		writer := bufio.NewWriterSize(stream, 64*1024)
		for n := 0; count > 0; n++ {
			known := sha256.Sum256([]byte(strconv.Itoa(n)))
			written, err := writer.Write(known[:min(count, len(known))])
			if err != nil {
				return
			}
			count -= written
		}
		writer.Flush()
	case "count":
		fmt.Fprint(stream, session.NumStreams())
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func exitOn(err error) {
	if err == nil {
		return
	}
	if err == io.EOF {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
