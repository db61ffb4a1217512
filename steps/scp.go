package steps

import "github.com/flowgrant/flowgrant/awsops/policy"

// scpStatement finds the statement of a service control policy that decided, with the name of its policy. A decision tells its place within a level of
// the organization only; ok is false where no statement there is like it.
func (l *live) scpStatement(why policy.Reason) (name string, st policy.Statement, ok bool) {
	for i, level := range l.scps {
		if why.Source != "scp" || why.Policy < 0 || why.Policy >= len(level) || why.Index < 0 || why.Index >= len(level[why.Policy].Statements) {
			continue
		}
		st := level[why.Policy].Statements[why.Index]
		if st.Sid == why.Sid && st.Effect == why.Effect && i < len(l.scpNames) && why.Policy < len(l.scpNames[i]) {
			return l.scpNames[i][why.Policy], st, true
		}
	}
	return "", policy.Statement{}, false
}
