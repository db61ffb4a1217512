package awsops

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// Lapse is what a person must know of credentials that have expired in the middle of the work, and can do.
type Lapse struct {
	Profile string    // that has to be renewed; empty: none
	Account string    // 12-digit account ID; fresh credentials must be of the same; empty: they expired before it was known
	ARN     string    // whose they were: a user or a session; may be empty
	Command string    // the exact command that renews them; empty where Do says more
	Do      string    // what to do, where no command does it
	Refused string    // why what was found since cannot serve; empty: nothing was found. Holds text of AWS
	Until   time.Time // when it is given up; zero: never
	Look    func()    // looks at once for fresh credentials, and returns when that is done
}

// lapsed says whether an error means that credentials were good and no longer are, which a wrong key does not. The call took no effect.
func lapsed(err error) bool {
	var (
		api     smithy.APIError
		sso     *ssocreds.InvalidTokenError
		process *processcreds.ProviderError
	)
	if errors.As(err, &api) {
		switch code := api.ErrorCode(); code {
		case "RequestExpired", "TokenRefreshRequired", "UnauthorizedException", "InvalidGrantException":
			return true
		default:
			return strings.HasPrefix(code, "ExpiredToken")
		}
	}
	return errors.As(err, &sso) || errors.As(err, &process) || loginExpired(err) || strings.Contains(err.Error(), "SSO token")
}

// lapseError says why credentials that expired were not renewed.
type lapseError struct{ why, fix string }

func (e *lapseError) Error() string { return e.why }

// origin is where the credentials of a source come from in the end.
type origin struct {
	profile     string // the profile to renew; empty: none
	command, do string // as in Lapse
	fixed       bool   // they cannot change while the program runs
}

// origin follows a profile to the one that has credentials of its own.
func (s *source) origin(ctx context.Context) origin {
	env := origin{fixed: true, do: "give fresh credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)"}
	if s.profile == "" && os.Getenv("AWS_ACCESS_KEY_ID") != "" {
		return env
	}
	file := envOr("AWS_SHARED_CREDENTIALS_FILE", config.DefaultSharedCredentialsFilename())
	shared, err := config.LoadSharedConfigProfile(ctx, cmp.Or(s.profile, "default"), func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles = []string{envOr("AWS_CONFIG_FILE", config.DefaultSharedConfigFilename())}
		o.CredentialsFiles = []string{file}
	})
	if err != nil {
		return origin{do: "renew the credentials where they come from"}
	}
	for shared.Source != nil {
		shared = *shared.Source
	}
	o := origin{profile: shared.Profile}
	switch {
	case shared.Credentials.HasKeys():
		o.do = fmt.Sprintf("put fresh keys into profile %s of %s", o.profile, file)
	case shared.CredentialSource == "Environment":
		return env
	case shared.LoginSession != "":
		o.command = "aws login --profile " + o.profile
	case shared.SSOSessionName != "" || shared.SSOStartURL != "":
		o.command = "aws sso login --profile " + o.profile
	case shared.CredentialProcess != "":
		o.do = "log in where the credential_process of profile " + o.profile + " gets them"
	default:
		o.do = "renew the credentials of profile " + o.profile + " where they come from"
	}
	return o
}
