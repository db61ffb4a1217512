//go:build unix

package command

import (
	"os"
	"os/signal"
	"syscall"
)

// refuseSuspend keeps Ctrl-Z from suspending the program, and says so each time, until allow is called.
func refuseSuspend(say func()) (allow func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGTSTP)
	go func() {
		for range caught {
			say()
		}
	}()
	return func() {
		signal.Stop(caught)
		close(caught)
	}
}

// interrupts are the signals that ask the program to stop. Ctrl-\ is one: the stack dump that it would end with helps nobody, and leaves a run without its end.
func interrupts() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT} }

// writeErrors are the signals that a write sends besides failing; once they are asked for, it only fails.
func writeErrors() []os.Signal { return []os.Signal{syscall.SIGPIPE, syscall.SIGXFSZ} }
