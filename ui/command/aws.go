package command

import (
	"context"
	"io"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// AWS is what the commands need from below. The main package wires it, so that nothing here knows AWS.
type AWS struct {
	// Open gives an engine over a connection. It makes no AWS call. What the flags say wrongly is a Usage error.
	Open func(ctx context.Context, c Connection) (*steps.Engine, error)
	// Serve serves the embedded AWS on a loopback address until ctx ends.
	Serve func(ctx context.Context, s Service) (Served, error)
	// Breaks lists the ways in which the embedded AWS can be broken.
	Breaks func() []Break
	// Reset forgets the embedded AWS that is kept in a state file.
	Reset func(file string) error
	// Profiles are those that can be picked: of the AWS configuration, or of the embedded AWS.
	Profiles func(embedded bool) steps.Profiles
}

// Connection says how to reach AWS.
type Connection struct {
	Profile  string
	Unnamed  bool // no profile, whatever the environment names
	Region   string
	Version  string // of the program, for the user agent
	Embedded *World // the embedded AWS; nil: the real one, or the endpoint of the environment
	CallLog  io.Writer
	MFACode  func(ctx context.Context, serial string) (string, error) // nil: nobody can be asked
	// Lapsed tells a person that credentials have expired and that fresh ones are waited for, at most for LoginWait; 0: as long as it takes.
	Lapsed    func(ctx context.Context, l steps.Lapse)
	LoginWait time.Duration
	Held      func(why string) // tells why a reading waits, and "" when it goes on
}

// World is the embedded AWS.
type World struct {
	File   string        // where its state is kept
	RTT    time.Duration // added to every call
	Skew   time.Duration // how far its clock is ahead of this machine's
	Faults []string      // SERVICE:Operation[#N]=KIND
}

// Service says how the embedded AWS is served.
type Service struct {
	World  World
	Addr   string   // loopback HOST:PORT
	Dir    string   // for the configuration of AWS clients
	Breaks []string // ids of Breaks
}

// Served is an embedded AWS that is being served.
type Served struct {
	URL         string
	Environment []string // KEY=VALUE that lead an AWS client to it
	Wait        func() error
}

// Break is a way in which the embedded AWS can be broken.
type Break struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}
