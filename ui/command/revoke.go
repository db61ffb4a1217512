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
		Use: "revoke -f FILE | NAME", Short: "Take back what a set-up granted, and only that; says what stays", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, names []string) error { return a.revoke(cmd.Context(), file, names, o, yes) },
	}
	fileFlag(cmd, &file)
	f := cmd.Flags()
	f.BoolVarP(&yes, "yes", "y", false, "revoke without asking")
	f.BoolVar(&o.FlowLogs, "flow-logs", false, "delete the set-up's flow logs too, with what lets them be delivered")
	f.BoolVar(&o.RestoreScope, "restore-scope", false, "let the role's S3 statement cover every bucket again, as before the set-up")
	f.BoolVar(&o.EndSessions, "end-sessions", false, "end the reader's running sessions at once, where the role stays")
	f.BoolVar(&o.DeleteBucket, "delete-bucket", false, "delete the bucket too, where the set-up created it and it is empty")
	f.BoolVar(&o.DeleteLogGroup, "delete-log-group", false, "with --flow-logs: delete the log groups too, where the set-up created them and they are empty")
	return cmd
}

func (a *app) revoke(ctx context.Context, file string, names []string, o steps.RevokeOptions, yes bool) error {
	s, err := a.setupOf("revoke", file, names)
	if err != nil {
		return err
	}
	switch {
	case o.DeleteBucket && s.GrantsNobody():
		return Usage("the flow logs of %s go to CloudWatch Logs, so there is no bucket to delete: leave out --delete-bucket; --flow-logs --delete-log-group deletes its log groups where they are empty", s.Name)
	case o.DeleteBucket && !o.FlowLogs:
		return Usage("the flow logs of %s deliver to the bucket: --delete-bucket needs --flow-logs", s.Name)
	case o.DeleteLogGroup && !s.GrantsNobody():
		return Usage("the flow logs of %s go to S3, so there is no log group to delete: leave out --delete-log-group; --delete-bucket deletes its bucket where it is empty", s.Name)
	case o.DeleteLogGroup && !o.FlowLogs:
		return Usage("the flow logs of %s deliver to the log group: --delete-log-group needs --flow-logs", s.Name)
	}
	if !yes && !a.person(file) {
		return a.unasked("revoke", fmt.Sprintf("Take back what %s granted?", s.Name), "Add --yes to revoke without being asked")
	}
	engine, err := a.connect(ctx)
	if err != nil {
		return failed(ctx, a.view(s), err)
	}
	return a.carryOut(ctx, engine, a.revoking(engine, s, o, !yes))
}
