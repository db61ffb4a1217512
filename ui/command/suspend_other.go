//go:build !unix

package command

// refuseSuspend does nothing: there is no suspending here.
func refuseSuspend(func()) (allow func()) { return func() {} }
