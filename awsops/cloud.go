// Package awsops is AWS in this project's words: accounts, and what can be read and changed in them.
// It is the only importer of the AWS SDK; every error it returns is an *Error or a *PartialError.
package awsops

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// fallbackRegion is where calls go when nobody named a region.
const fallbackRegion = "us-east-1"

// Config says where the starting credentials come from and where calls go.
type Config struct {
	Profile string // --profile; empty: the default chain
	Unnamed bool   // no profile, whatever AWS_PROFILE names: its name is taken out of this process's environment
	Region  string // --region; empty: the default chain, then us-east-1

	Embedded         http.RoundTripper // the embedded AWS; nil: the network
	EmbeddedKey      string            // access key ID of the embedded AWS's starting credentials
	EmbeddedSecret   string            // secret access key that belongs to it
	EmbeddedProfiles map[string]string // the embedded AWS's profiles: name to the ARN of the role it assumes

	CallLog io.Writer // one JSON line per AWS call; nil: none
	Version string    // goes into the user agent's application id

	// Lapsed tells a person that credentials have expired in the middle of the work and that fresh ones are waited for. It is called in a
	// goroutine of its own, again when what was found cannot serve; ctx ends when what it was told is over. nil: nobody is told.
	Lapsed func(ctx context.Context, l Lapse)
	// LoginWait bounds the wait for fresh credentials; 0: it lasts until the calls end.
	LoginWait time.Duration
	// Held tells that calls which nobody watches (WithWatch) wait for the network, and "" when they go on; nil: nobody is told.
	Held func(why string)

	// MFACode asks for the current code of an MFA device; nil: what wants a code fails and says so.
	MFACode func(ctx context.Context, serial string) (string, error)
}

// Cloud is AWS as seen from the starting credentials. It is safe for concurrent use.
type Cloud struct {
	config Config
	mfa    context.Context // ends questions for MFA codes
	log    *callLog        // nil: none
	slots  chan struct{}   // one is held by each call in flight
	start  *source

	network network
	clock   clock

	mu       sync.Mutex
	sources  map[string]*source // by profile name
	accounts map[accountKey]*once[*Account]
	waiting  int // calls that nobody watches and that wait for the network

	portal portalProbe
}

type accountKey struct {
	id string
	by Credentials
}

// Open loads the configuration and makes no AWS call. ctx also ends questions for MFA codes that are asked later.
func Open(ctx context.Context, c Config) (*Cloud, error) {
	cloud := &Cloud{
		config:   c,
		mfa:      ctx,
		slots:    make(chan struct{}, maxInFlight),
		sources:  map[string]*source{},
		accounts: map[accountKey]*once[*Account]{},
	}
	if c.CallLog != nil {
		cloud.log = &callLog{w: c.CallLog}
	}
	if c.Unnamed && c.Embedded == nil {
		for _, name := range profileVariables { // the SDK has no option for it
			_ = os.Unsetenv(name) // fails only for an empty name
		}
	}
	start, err := cloud.source(ctx, c.Profile)
	if err != nil {
		return nil, err
	}
	cloud.start = start
	return cloud, nil
}

// Start asks AWS once who the starting credentials are and remembers the answer.
func (c *Cloud) Start(ctx context.Context) (Identity, error) {
	return c.identity(ctx, c.start)
}

// Region is the region that calls go to unless they name one.
func (c *Cloud) Region() string { return c.start.config.Region }

// Endpoint is the URL that calls go to; empty where that is AWS's own. embedded: it stands in no network, only inside this program.
func (c *Cloud) Endpoint() (url string, embedded bool) {
	base := aws.ToString(newS3(c.start.config).Options().BaseEndpoint)
	if base == "" {
		base = aws.ToString(sts.NewFromConfig(c.start.config).Options().BaseEndpoint)
	}
	return base, c.config.Embedded != nil
}

// Account acts in the account with the 12-digit id, reached by cr, whose role is in the partition ("" = that of the
// starting credentials). An empty id takes whatever account the credentials belong to. Roles are assumed here and
// now for 3600 s (the limit of role chaining, sts:AssumeRole), so that a failure is told here and not in a later call.
// Credentials of another account than the wanted one are an *Error that means WrongAccount.
func (c *Cloud) Account(ctx context.Context, id, partition string, cr Credentials) (*Account, error) {
	key := accountKey{id: id, by: cr}
	c.mu.Lock()
	entered := c.accounts[key]
	if entered == nil {
		entered = &once[*Account]{}
		c.accounts[key] = entered
	}
	c.mu.Unlock()
	account, err := entered.get(ctx, func(ctx context.Context) (*Account, error) {
		return c.openAccount(ctx, id, partition, cr)
	})
	if err != nil {
		return nil, explain(err, "sts:AssumeRole", cr.AssumeRole, place{account: id})
	}
	return account, nil
}

func (c *Cloud) openAccount(ctx context.Context, id, partition string, cr Credentials) (*Account, error) {
	from := c.start
	if cr.Profile != "" {
		var err error
		if from, err = c.source(ctx, cr.Profile); err != nil {
			return nil, err
		}
	}
	if cr.AssumeRole != "" {
		return c.assumeRole(ctx, from, id, partition, cr)
	}
	who, err := c.identity(ctx, from)
	if err != nil {
		return nil, err
	}
	if id != "" && who.Account != id {
		return nil, c.wrongAccount(id, who, cr)
	}
	return newAccount(c, from, nil, who.Account, who.ARN, who.Partition, cr), nil
}

// wrongAccount says whose credentials these are and how to name the right ones.
func (c *Cloud) wrongAccount(wanted string, who Identity, cr Credentials) error {
	origin := "the starting credentials"
	if who.Profile != "" {
		origin = "profile " + who.Profile
	}
	fix := fmt.Sprintf("give credentials for account %s: `credentials: {profile: NAME}` with a profile of that account, or "+
		"`credentials: {assume_role: NAME}` with a role in it that %s may assume", wanted, who.ARN)
	if cr == (Credentials{}) {
		fix += ", or start with --profile NAME"
	}
	return &Error{
		Operation: "sts:GetCallerIdentity", Account: wanted, Meaning: WrongAccount, Fix: fix,
		Message: fmt.Sprintf("%s belong to account %s (%s), and account %s was wanted", origin, who.Account, who.ARN, wanted),
	}
}

// source is one set of credentials of the configuration: the starting ones, or a profile's.
type source struct {
	asked   string // the profile that was asked for; empty: the default chain
	profile string // empty: the default chain, no profile
	config  aws.Config
	keys    *renewable // the credentials of config
	roles   *lateConfig
	who     once[Identity]
	worked  atomic.Bool // AWS has accepted its credentials

	mu      sync.Mutex
	fresh   int      // how often its credentials were renewed
	renewal *renewal // under way; nil: none
	gaveUp  error    // no fresh login came: nobody waits for one again
}

// source loads a profile once ("" = the starting credentials).
func (c *Cloud) source(ctx context.Context, profile string) (*source, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start != nil && (profile == "" || profile == c.start.profile) {
		return c.start, nil
	}
	if s := c.sources[profile]; s != nil {
		return s, nil
	}
	s, err := c.load(ctx, profile)
	if err != nil {
		return nil, err
	}
	c.sources[profile] = s
	return s, nil
}

// Profiles are the names of the profiles in the shared configuration, sorted.
func (c *Cloud) Profiles() []string {
	var names []string
	if c.config.Embedded != nil {
		for name := range c.config.EmbeddedProfiles {
			names = append(names, name)
		}
	} else {
		return SharedProfiles().Names
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// partitionOf is the partition in an ARN; "aws" where there is none.
func partitionOf(arn string) string {
	if part := strings.SplitN(arn, ":", 3); len(part) == 3 && part[1] != "" {
		return part[1]
	}
	return "aws"
}
