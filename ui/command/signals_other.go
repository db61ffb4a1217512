//go:build !unix

package command

import (
	"os"
	"syscall"
)

// refuseSuspend does nothing: there is no suspending here.
func refuseSuspend(func()) (allow func()) { return func() {} }

// interrupts are the signals that ask the program to stop.
func interrupts() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// writeErrors are the signals that a write sends besides failing; once they are asked for, it only fails.
func writeErrors() []os.Signal { return []os.Signal{syscall.SIGPIPE} }
