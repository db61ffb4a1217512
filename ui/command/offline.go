package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
	"github.com/flowgrant/flowgrant/ui/jsonl"
)

// policyCommand has the commands that print and check policy documents without AWS.
func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Print the policy documents of a set-up, or check access decisions; needs no AWS", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return Usage("policy needs to know which: policy trust|permissions|bucket|key -f FILE, or policy check CASES")
		}}
	for kind, what := range map[string]string{
		"trust": "trust policy of the role", "permissions": "permissions of the role", "bucket": "statements for the bucket policy", "key": "statements for the key policy",
	} {
		var file string
		sub := &cobra.Command{Use: kind + " -f FILE", Short: "Print the " + what, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.document(kind, file) }}
		fileFlag(sub, &file)
		cmd.AddCommand(sub)
	}
	cmd.AddCommand(&cobra.Command{Use: "check CASES", Short: "Evaluate the access decisions of a file; - reads standard input", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.checkCases(args[0]) }})
	return cmd
}

func (a *app) document(kind, file string) error {
	s, err := a.readSetup("policy "+kind, file)
	if err != nil {
		return err
	}
	all, err := steps.Documents(s)
	if err != nil {
		return err
	}
	var texts []string
	for _, d := range all {
		if d.Kind == kind {
			texts = append(texts, strings.TrimSpace(d.Text))
		}
	}
	switch len(texts) {
	case 0:
		return Usage("the set-up %s has no %s policy document: %s", s.Name, kind, absent(s, kind))
	case 1:
		_, _ = fmt.Fprintln(a.out, texts[0])
	default:
		fmt.Fprintf(a.err, "flowgrant: the %s are %d documents because of AWS's size limits; they are printed as one JSON list.\n", kind, len(texts))
		raw := make([]json.RawMessage, len(texts))
		for i, t := range texts {
			raw[i] = json.RawMessage(t)
		}
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(raw)
	}
	return nil
}

// absent says why a set-up has no document of a kind.
func absent(s steps.Setup, kind string) string {
	if s.GrantsNobody() {
		return "its flow logs go to CloudWatch Logs, where a role delivers (policy trust, policy permissions) and there is no bucket"
	}
	if kind == "key" {
		return "it names no key of its own in bucket.kms_key_arn"
	}
	return "its mode needs none"
}

func (a *app) checkCases(file string) error {
	in := io.Reader(a.in)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return Usage("the file of cases could not be read: %w. Give an existing file, or - for standard input", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	results, err := steps.CheckCases(in)
	if err != nil {
		return Usage("%w. The form of a case is told in the README", err)
	}
	wrong := 0
	for _, r := range results {
		if a.json() {
			jsonl.New(a.out).Verdict(r.Name, string(r.Verdict))
		} else {
			_, _ = fmt.Fprintln(a.out, r.Name, r.Verdict)
		}
		if !r.Agrees() {
			wrong++
			fmt.Fprintf(a.err, "flowgrant: %s is %s here, and its file says %s\n", r.Name, r.Verdict, r.Want)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d cases carry another verdict", wrong, len(results))
	}
	return nil
}

func (a *app) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sandbox", Short: "Serve the embedded AWS to other programs, or forget its state", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return Usage("sandbox needs to know what to do: sandbox serve, or sandbox reset")
		}}
	var addr string
	var broken []string
	serve := &cobra.Command{Use: "serve", Short: "Serve the embedded AWS on loopback and print the environment that points an AWS client at it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), addr, broken) }}
	serve.Flags().StringVar(&addr, "addr", "127.0.0.1:0", "loopback `HOST:PORT` to listen on; port 0 takes a free one")
	serve.Flags().StringArrayVar(&broken, "break", nil, "break what a set-up made in the way of `NAME`, or list the names with list (repeatable); before there is a set-up, the break waits for one")
	reset := &cobra.Command{Use: "reset", Short: "Forget the embedded AWS's state: the next start makes it anew", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.aws.Reset(a.worldFile()); err != nil {
				return err
			}
			fmt.Fprintln(a.err, "The embedded AWS is forgotten. Set-ups made on it are still known here; apply makes them anew.")
			return nil
		}}
	cmd.AddCommand(serve, reset)
	return cmd
}

func (a *app) serve(ctx context.Context, addr string, broken []string) error {
	if slices.Contains(broken, "list") {
		for _, b := range a.aws.Breaks() {
			if a.json() {
				jsonl.New(a.out).Break(b.ID, b.Title)
				continue
			}
			_, _ = fmt.Fprintf(a.out, "%-34s %s\n", b.ID, b.Title)
		}
		return nil
	}
	if err := a.makeState(); err != nil {
		return err
	}
	served, err := a.aws.Serve(ctx, Service{World: a.world(), Addr: addr, Dir: filepath.Join(a.state(), "sandbox-aws"), Breaks: broken})
	if err != nil {
		return err
	}
	for _, pair := range served.Environment {
		name, value, _ := strings.Cut(pair, "=")
		_, _ = fmt.Fprintf(a.out, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	fmt.Fprintf(a.err, "The embedded AWS is at %s until it is interrupted. Paste the lines above into the shell that is to use it.\n", served.URL)
	return served.Wait()
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			name, built := a.release()
			if a.json() {
				jsonl.New(a.out).Program(name, built)
				return nil
			}
			_, _ = fmt.Fprintf(a.out, "flowgrant %s (%s)\n", name, built)
			return nil
		}}
}
