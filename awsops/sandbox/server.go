package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Server serves a sandbox on a loopback address.
type Server struct {
	URL string // http://HOST:PORT

	http *http.Server
	done chan error
}

// Serve listens on addr (HOST:PORT, port 0 for a free one) until ctx ends or Close is called. Any address but a loopback one
// is refused: what the sandbox's credentials protect is nothing that may leave the machine.
func Serve(ctx context.Context, s *Sandbox, addr string) (*Server, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot listen on %q: %w; give HOST:PORT, for example 127.0.0.1:0", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the sandbox listens on loopback only, and %q is not: give 127.0.0.1:%s or [::1]:%s", host, port, port)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot listen on %s: %w", addr, err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() { // localhost may be mapped to anything
		_ = l.Close()
		return nil, fmt.Errorf("the sandbox listens on loopback only, and %s is %s", addr, l.Addr())
	}
	server := &Server{
		URL:  "http://" + l.Addr().String(),
		http: &http.Server{Handler: loopbackOnly(s), ReadHeaderTimeout: 10 * time.Second},
		done: make(chan error, 1),
	}
	go func() { server.done <- server.http.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.http.Close() })
	return server, nil
}

// Close stops the server and ends the calls in flight.
func (s *Server) Close() error { return s.http.Close() }

// Wait returns when the server has stopped; a server that was closed has no error.
func (s *Server) Wait() error {
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loopbackOnly refuses requests for a host name that is not this machine: a web page could reach a loopback port
// under a name of its own (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && !strings.HasSuffix(host, ".localhost") && !strings.HasSuffix(host, ".amazonaws.com") && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the sandbox answers on loopback only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// profiles are the profiles of the contract, by the account they lead into.
var profiles = []struct{ name, account string }{
	{"log-archive", archiveAccount}, {"payments", paymentsAccount}, {"storefront", storefrontAccount},
}

// Environment writes an AWS config file, mode 0600, into dir and returns the variables, as KEY=VALUE, that point an AWS
// client at the sandbox at url. The user's own AWS files are then out of the way.
func (s *Sandbox) Environment(dir, url string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the sandbox's AWS config could not be written: %w", err)
	}
	key, secret := s.Credentials()
	var b strings.Builder
	section := func(title string, lines ...string) {
		fmt.Fprintf(&b, "[%s]\nregion = %s\nendpoint_url = %s\ns3 =\n  addressing_style = path\n%s\n\n", title, homeRegion, url, strings.Join(lines, "\n"))
	}
	section("default", "aws_access_key_id = "+key, "aws_secret_access_key = "+secret)
	for _, p := range profiles {
		section("profile "+p.name, "role_arn = arn:aws:iam::"+p.account+":role/"+memberRole, "source_profile = default")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	config, credentials := filepath.Join(dir, "config"), filepath.Join(dir, "credentials")
	for path, text := range map[string]string{config: b.String(), credentials: "# The sandbox's credentials are in the file config beside this one.\n"} {
		if err := writePrivate(path, text); err != nil {
			return nil, err
		}
	}
	return []string{
		"AWS_ENDPOINT_URL=" + url,
		"AWS_ENDPOINT_URL_STS=" + url, // the SDK for Go enters a profile's role before it has read the one for all services
		"AWS_CONFIG_FILE=" + config,
		"AWS_SHARED_CREDENTIALS_FILE=" + credentials,
		"AWS_ACCESS_KEY_ID=" + key,
		"AWS_SECRET_ACCESS_KEY=" + secret,
		"AWS_SESSION_TOKEN=",
		"AWS_REGION=" + homeRegion,
		"AWS_DEFAULT_REGION=" + homeRegion,
		"AWS_EC2_METADATA_DISABLED=true",
	}, nil
}

// writePrivate replaces a small file as a whole, with mode 0600.
func writePrivate(path, text string) error {
	_, err := writeState(path, [][]byte{[]byte(text)}, nil)
	return err
}
