package awsops

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

const (
	maxInFlight = 128 // calls at the same time over a whole Cloud
	maxAttempts = 5

	dialTimeout   = 10 * time.Second
	headerTimeout = 90 * time.Second // CreateFlowLogs for 300 VPCs is the slowest call made
	imdsTimeout   = time.Second

	embeddedEndpoint = "http://sandbox.invalid" // never resolved: the transport answers
)

// load reads one profile's configuration ("" = the default chain) without an AWS call.
func (c *Cloud) load(ctx context.Context, profile string) (*source, error) {
	if c.config.Embedded != nil {
		return c.loadEmbedded(profile)
	}
	late, s := &lateConfig{}, &source{asked: profile}
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(httpClient()),
		config.WithRetryer(c.newRetryer),
		config.WithAppID(c.appID()),
		config.WithLogger(logging.Nop{}), // the SDK's warnings would land in the middle of the screen
		config.WithAPIOptions(c.apiOptions(s, nil, "")),
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired), // S3-compatible endpoints know no other
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
		config.WithEC2RoleCredentialOptions(quickIMDS),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { c.profileRole(o, late) }),
		config.WithCredentialsCacheOptions(beforeExpiry),
		config.WithDefaultRegion(c.defaultRegion()),
	}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if c.config.Region != "" {
		options = append(options, config.WithRegion(c.config.Region))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	named := profile
	if named == "" {
		named = environmentProfile()
	}
	if err != nil {
		return nil, explain(err, "reading the AWS configuration", "", place{profile: named, profiles: c.Profiles})
	}
	// Behind a type of its own the SDK leaves the client as it is, and all services share its connections.
	loaded.HTTPClient = sharedClient{loaded.HTTPClient}
	late.endpoint, late.client = loaded.BaseEndpoint, loaded.HTTPClient
	if profile == "" && os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") != "" {
		named = "" // keys in the environment win over AWS_PROFILE
	}
	s.profile, s.config, s.roles = named, loaded, late
	s.keys = newRenewable(loaded.Credentials)
	s.config.Credentials = s.keys
	return s, nil
}

// defaultRegion is the starting region, once that is known. It runs under c.mu.
func (c *Cloud) defaultRegion() string {
	if c.start != nil {
		return c.start.config.Region
	}
	return fallbackRegion
}

// loadEmbedded points a source at the embedded AWS; neither files, environment nor IMDS are asked.
func (c *Cloud) loadEmbedded(profile string) (*source, error) {
	region := c.config.Region
	if region == "" {
		region = fallbackRegion
	}
	s := &source{asked: profile, roles: &lateConfig{}}
	loaded := aws.Config{
		Region:                     region,
		Credentials:                credentials.NewStaticCredentialsProvider(c.config.EmbeddedKey, c.config.EmbeddedSecret, ""),
		HTTPClient:                 &http.Client{Transport: c.config.Embedded, CheckRedirect: noRedirect},
		Retryer:                    c.newRetryer,
		AppID:                      c.appID(),
		Logger:                     logging.Nop{},
		APIOptions:                 c.apiOptions(s, nil, ""),
		BaseEndpoint:               aws.String(embeddedEndpoint),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if profile == "" || profile == "default" {
		s.keys = newRenewable(loaded.Credentials)
		s.config, s.config.Credentials = loaded, s.keys
		return s, nil
	}
	role := c.config.EmbeddedProfiles[profile]
	if role == "" {
		return nil, &Error{
			Operation: "reading the AWS configuration", Meaning: NotFound,
			Message: fmt.Sprintf("the embedded AWS has no profile %q", profile),
			Fix:     "use one of its profiles: " + strings.Join(c.Profiles(), ", "),
		}
	}
	loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		o.Duration = sessionLength
	}), beforeExpiry)
	s.profile, s.keys = profile, newRenewable(loaded.Credentials)
	s.config, s.config.Credentials = loaded, s.keys
	return s, nil
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// apiOptions are the middlewares of every call made with the credentials of a source, or a role's session got by them; account is where
// they go, where that is known.
func (c *Cloud) apiOptions(s *source, session *aws.CredentialsCache, account string) []func(*middleware.Stack) error {
	options := []func(*middleware.Stack) error{c.limit, c.holds(s, session)}
	if c.log != nil {
		options = append(options, c.log.middleware(account))
	}
	return options
}

// limit holds a slot during each attempt, so that at most maxInFlight calls are in flight. It stands behind retry and
// signing: nobody holds a slot while backing off or fetching credentials.
func (c *Cloud) limit(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("flowgrantInFlight",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			select {
			case c.slots <- struct{}{}:
			case <-ctx.Done():
				return middleware.DeserializeOutput{}, middleware.Metadata{}, ctx.Err()
			}
			defer func() { <-c.slots }()
			noteLeft(ctx)
			sent := time.Now()
			out, metadata, err := next.HandleDeserialize(ctx, in)
			return out, metadata, c.clock.answered(sent, in, out, err)
		}), middleware.Before)
}

// appID is the application id in the user agent; the SDK writes it with at most 50 characters and without slashes.
func (c *Cloud) appID() string {
	id := "flowgrant-" + c.config.Version
	return strings.TrimSuffix(id[:min(len(id), 50)], "-")
}

func (c *Cloud) newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Retryables = append([]retry.IsErrorRetryable{
			retry.IsErrorRetryableFunc(notNested), retry.IsErrorRetryableFunc(c.outlasts),
		}, o.Retryables...)
	})
}

// outlasts leaves calls without an answer to reach, once AWS has answered.
func (c *Cloud) outlasts(err error) aws.Ternary {
	if c.network.hasAnswered() && lost(err) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// notNested keeps a call from repeating what failed in fetching its credentials: whoever fetched them has retried
// already, and instance metadata that times out would be waited for over and over.
func notNested(err error) aws.Ternary {
	var fetching *smithy.OperationError
	if errors.As(err, &fetching) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// sharedClient hides the type of the SDK's client.
type sharedClient struct{ aws.HTTPClient }

// httpClient keeps enough idle connections to one host for everything that may be in flight.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns = 4 * maxInFlight
		t.MaxIdleConnsPerHost = maxInFlight
		t.ResponseHeaderTimeout = headerTimeout
	}).WithDialerOptions(func(d *net.Dialer) {
		d.Timeout = dialTimeout
	})
}

// quickIMDS spares people without credentials the long wait for instance metadata that is not there.
func quickIMDS(o *ec2rolecreds.Options) {
	o.Client = imds.New(imds.Options{
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(imdsTimeout).WithTransportOptions(func(t *http.Transport) {
			t.Proxy = nil // link-local
		}),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 1 }),
	})
}

// profileRole completes how a profile's role is assumed: long enough to work in, and with the MFA code it wants.
func (c *Cloud) profileRole(o *stscreds.AssumeRoleOptions, late *lateConfig) {
	if client, ok := o.Client.(*sts.Client); ok {
		o.Client = lateClient{Client: client, late: late}
	}
	if o.Duration == 0 {
		o.Duration = sessionLength
	}
	if o.RoleSessionName == "" {
		o.RoleSessionName = sessionName
	}
	serial := aws.ToString(o.SerialNumber)
	o.TokenProvider = func() (string, error) {
		if c.config.MFACode == nil || late.quiet.Load() {
			return "", &mfaError{serial: serial}
		}
		code, err := c.config.MFACode(c.mfa, serial)
		if err != nil {
			return "", &mfaError{serial: serial, err: err}
		}
		return strings.TrimSpace(code), nil
	}
}

// lateConfig is what the SDK knows only after it has made the clients that assume profiles' roles.
type lateConfig struct {
	endpoint *string // AWS_ENDPOINT_URL or the profile's endpoint_url; nil: AWS's own
	client   aws.HTTPClient
	quiet    atomic.Bool // nobody is to be asked for a code
}

// lateClient assumes a profile's role where AWS_ENDPOINT_URL points to: the SDK by itself would go to AWS's own STS.
type lateClient struct {
	*sts.Client
	late *lateConfig
}

func (l lateClient) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return l.Client.AssumeRole(ctx, in, append(options, func(o *sts.Options) {
		if o.BaseEndpoint == nil {
			o.BaseEndpoint = l.late.endpoint
		}
		o.HTTPClient = l.late.client
	})...)
}

// mfaError says that no code of an MFA device was to be had.
type mfaError struct {
	serial string
	err    error
}

func (e *mfaError) Error() string {
	if e.err != nil {
		return fmt.Sprintf("no code of the MFA device %s: %v", e.serial, e.err)
	}
	return fmt.Sprintf("the code of the MFA device %s is wanted, and nobody can be asked here", e.serial)
}

func (e *mfaError) Unwrap() error { return e.err }

// profileVariables name a profile in the environment, the first that is set. Source: the AWS SDK for Go v2, config.NewEnvConfig.
var profileVariables = []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}

// Profiles are those of the shared configuration.
type Profiles struct {
	Names []string // sorted
	Files []string // the files that were looked in, whether they are there or not; empty: there are none to look in
	Named string   // the one that the environment names; empty: none
}

// environmentProfile is the profile that the environment names; empty: none.
func environmentProfile() string { return envOr(profileVariables[0], os.Getenv(profileVariables[1])) }

// SharedProfiles reads the profile names in the shared config and credentials files; what cannot be read has none.
func SharedProfiles() Profiles {
	found := Profiles{Named: environmentProfile()}
	for _, file := range []struct {
		path   string
		prefix string // of a section's name, except for default
	}{
		{envOr("AWS_CONFIG_FILE", config.DefaultSharedConfigFilename()), "profile "},
		{envOr("AWS_SHARED_CREDENTIALS_FILE", config.DefaultSharedCredentialsFilename()), ""},
	} {
		found.Files = append(found.Files, file.path)
		f, err := os.Open(file.path)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			section, closed := strings.CutPrefix(strings.TrimSpace(lines.Text()), "[")
			section, _, isSection := strings.Cut(section, "]")
			if !closed || !isSection {
				continue
			}
			section = strings.Join(strings.Fields(section), " ")
			if name, ok := strings.CutPrefix(section, file.prefix); ok && name != "" {
				found.Names = append(found.Names, name)
			} else if section == "default" {
				found.Names = append(found.Names, section)
			}
		}
		_ = f.Close() // only read
	}
	slices.Sort(found.Names)
	found.Names = slices.Compact(found.Names)
	return found
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
