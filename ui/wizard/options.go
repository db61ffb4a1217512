// Package wizard is the full-screen program: it leads from "who am I" over questions and a review to the run and its proof.
//
// One Bubble Tea model holds the journey; each screen is a plain struct in its own file with its update, view and keys. Nothing in an
// update waits: what takes time is a command, and the run lives outside with a context of its own.
package wizard

import (
	"context"
	"os"
	"time"

	"github.com/flowgrant/flowgrant/steps"
)

// Engine is what the wizard needs of *steps.Engine.
type Engine interface {
	Who(ctx context.Context) (steps.Identity, error)
	Regions(ctx context.Context, account steps.AccountAnswers) ([]string, error)
	Buckets(ctx context.Context, account steps.AccountAnswers) ([]steps.BucketChoice, error)
	Keys(ctx context.Context, account steps.AccountAnswers, region string) ([]steps.KeyChoice, error)
	BucketDetails(ctx context.Context, account steps.AccountAnswers, arn string) (steps.BucketDetails, error)
	Roles(ctx context.Context, account steps.AccountAnswers, readerAccount string) ([]steps.RoleChoice, error)
	VPCs(ctx context.Context, account steps.LoggedAccount, bucketARN string) ([]steps.VPCRow, error)
	Accounts(ctx context.Context) ([]steps.OrganizationAccount, error)
	Plan(ctx context.Context, setup steps.Setup) (*steps.Plan, error)
	PlanRevoke(ctx context.Context, setup steps.Setup, o steps.RevokeOptions) (*steps.Plan, error)
	PlanRestore(ctx context.Context, setup steps.Setup, b steps.Backup) (*steps.Plan, error)
	Run(ctx context.Context, plan *steps.Plan, o steps.RunOptions) steps.Result
	Verify(ctx context.Context, setup steps.Setup) (steps.Report, error)
	ProveRevoked(ctx context.Context, setup steps.Setup, o steps.RevokeOptions) (steps.Report, error)
	Diagnose(ctx context.Context, setup steps.Setup) (steps.Report, error)
	RepairPlan(setup steps.Setup, found steps.Report) *steps.Plan
}

// portalHinter is an engine that can tell what the reader's portal shows: one to practise on.
type portalHinter interface {
	PortalHint(ctx context.Context) (account, externalID string, ok bool)
}

// Connect says with which credentials and against what to work.
type Connect struct {
	Profile string // empty: the default chain
	Unnamed bool   // no profile, whatever the environment names
	Region  string // empty: that of the profile or the environment
	Sandbox bool   // the embedded AWS
	// MFACode asks the person for the code of an MFA device, on the screen. The wizard sets it; whoever opens the engine must use it, since
	// nothing else can ask while the screen is taken.
	MFACode func(ctx context.Context, serial string) (string, error)
	// Lapsed tells the person on the screen that credentials have expired and that fresh ones are waited for; Held, why a reading waits, and
	// "" when it goes on. The wizard sets both.
	Lapsed func(ctx context.Context, l steps.Lapse)
	Held   func(why string)
}

// Options are what the wizard starts from.
type Options struct {
	Open     func(ctx context.Context, c Connect) (Engine, error) // called again when the person picks other credentials
	Connect  Connect
	Profiles func(sandbox bool) steps.Profiles // those that can be picked; nil: none
	Store    *steps.Store                      // where set-ups are remembered; may be nil
	Stores   func(Connect) *steps.Store        // gives the store of a connection, so that practice and the real thing are kept apart; may be nil
	Wait     time.Duration                     // bound of the wait for the first logs; below 0: the engine's default
	In       *os.File
	Out      *os.File
	Version  string
	Kill     context.Context          // ended: calls in flight end too; nil: never
	Resume   string                   // the set-up to go on with, by its name; empty: the person chooses
	Dir      string                   // for saved files; empty: the working directory
	Getenv   func(name string) string // nil: os.Getenv

	now func() time.Time
}
