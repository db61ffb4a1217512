package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flowgrant/flowgrant/steps"
)

func (a *app) revokeCommand() *cobra.Command {
	var file string
	var yes bool
	var o steps.RevokeOptions
	cmd := &cobra.Command{
		Use: "revoke -f FILE | NAME", Short: "Take back what a set-up granted, and only that; says what stays", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error { return a.revoke(cmd.Context(), file, names, o, yes) },
	}
	fileFlag(cmd, &file)
	f := cmd.Flags()
	f.BoolVarP(&yes, "yes", "y", false, "revoke without asking")
	f.BoolVar(&o.FlowLogs, "flow-logs", false, "delete the set-up's flow logs too, with what lets them be delivered")
	f.BoolVar(&o.RestoreScope, "restore-scope", false, "let the role's S3 statement cover every bucket again, as before the set-up")
	f.BoolVar(&o.EndSessions, "end-sessions", false, "end the reader's running sessions at once, where the role stays")
	f.BoolVar(&o.DeleteBucket, "delete-bucket", false, "delete the bucket too, where the set-up created it and it is empty")
	return cmd
}

func (a *app) revoke(ctx context.Context, file string, names []string, o steps.RevokeOptions, yes bool) error {
	s, err := a.setupOf("revoke", file, names)
	if err != nil {
		return err
	}
	if !yes && !a.person(file) {
		return a.unasked("revoke", fmt.Sprintf("Take back what %s granted?", s.Name), "Add --yes to revoke without being asked")
	}
	engine, err := a.connect(ctx)
	if err != nil {
		a.view(s).Failed(err)
		return err
	}
	return a.carryOut(ctx, engine, a.revoking(engine, s, o, !yes))
}
