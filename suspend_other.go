//go:build !unix

package main

// refuseSuspend does nothing: there is no suspending here.
func refuseSuspend(func()) (allow func()) { return func() {} }
