// Flowgrant sets up AWS log delivery to S3, grants a third party read access to it, and proves that it works.
//
// This package is wiring: it gives the commands of ui/command the AWS of awsops, or the embedded one.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/flowgrant/flowgrant/awsops"
	"github.com/flowgrant/flowgrant/awsops/sandbox"
	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/command"
	"github.com/flowgrant/flowgrant/ui/quietterm"
)

var version = "" // set by the linker for a release

func init() { quietterm.Restore() }

func main() {
	os.Exit(command.Run(os.Args[1:], version, command.AWS{Open: open, Serve: serve, Breaks: breaks, Reset: sandbox.Reset, Profiles: profiles}))
}

// open gives an engine over AWS or the embedded one.
func open(ctx context.Context, c command.Connection) (*steps.Engine, error) {
	config := awsops.Config{Profile: c.Profile, Unnamed: c.Unnamed, Region: c.Region, Version: c.Version, CallLog: c.CallLog, MFACode: c.MFACode,
		Lapsed: c.Lapsed, LoginWait: c.LoginWait, Held: c.Held}
	if c.Embedded != nil {
		world, err := embedded(*c.Embedded)
		if err != nil {
			return nil, err
		}
		config.Embedded = world
		config.EmbeddedKey, config.EmbeddedSecret = world.Credentials()
		config.EmbeddedProfiles = world.Profiles()
	}
	cloud, err := awsops.Open(ctx, config)
	var told *awsops.Error
	if errors.As(err, &told) {
		return nil, &steps.StepError{Step: steps.StepIdentity, Cause: told.Error(), Fix: told.Fix, Err: err}
	}
	if err != nil {
		return nil, err
	}
	return steps.NewEngine(cloud), nil
}

// profiles are those that can be picked.
func profiles(embedded bool) steps.Profiles {
	if embedded {
		return steps.Profiles{Names: sandbox.ProfileNames()}
	}
	return steps.SharedProfiles()
}

// embedded opens the embedded AWS.
func embedded(w command.World) (*sandbox.Sandbox, error) {
	faults := make([]sandbox.Fault, 0, len(w.Faults))
	for _, text := range w.Faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return nil, command.Usage("--sandbox-fault: %w", err)
		}
		faults = append(faults, f)
	}
	return sandbox.Open(sandbox.Options{State: w.File, RTT: w.RTT, Skew: w.Skew, Faults: faults})
}

// serve serves the embedded AWS to other programs.
func serve(ctx context.Context, s command.Service) (command.Served, error) {
	world, err := embedded(s.World)
	if err != nil {
		return command.Served{}, err
	}
	for _, id := range s.Breaks {
		if err := world.Break(id); err != nil {
			return command.Served{}, command.Usage("--break: %w; --break list names them", err)
		}
	}
	server, err := sandbox.Serve(ctx, world, s.Addr)
	if err != nil {
		return command.Served{}, command.Usage("%w", err)
	}
	environment, err := world.Environment(s.Dir, server.URL)
	if err != nil {
		return command.Served{}, err
	}
	return command.Served{URL: server.URL, Environment: environment, Wait: server.Wait}, nil
}

func breaks() []command.Break {
	var list []command.Break
	for _, b := range sandbox.Breaks() {
		list = append(list, command.Break{ID: b.ID, Title: b.Title})
	}
	return list
}
