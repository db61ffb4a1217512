package flowrecord

import (
	"slices"
	"testing"
)

func TestFormat(t *testing.T) {
	const needed = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${tcp-flags}"
	if got := Format(V2WithTCPFlags...); got != needed {
		t.Errorf("needed format: %s", got)
	}
	fields, err := ParseFormat("  ${version}\t${tcp-flags} ")
	if err != nil || !slices.Equal(fields, []string{"version", "tcp-flags"}) {
		t.Errorf("%v, %v", fields, err)
	}
	if fields, err = ParseFormat(""); err != nil || !slices.Equal(fields, DefaultV2) {
		t.Errorf("the default format: %v, %v", fields, err)
	}
	fields[0] = "changed"
	if DefaultV2[0] != "version" {
		t.Error("the default can be changed from outside")
	}
	for _, bad := range []string{"version", "${version", "${}", "${Version}", "${a b}", "${version} ${version}", "${version},${end}"} {
		if _, err := ParseFormat(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if got := Missing("", needed); !slices.Equal(got, []string{"tcp-flags"}) {
		t.Errorf("missing in the default: %v", got)
	}
	if got := Missing("${end} "+needed[len("${version} "):len(needed)-len(" ${tcp-flags}")], needed); len(got) != 15 { // end stands twice: unreadable
		t.Errorf("missing in an unreadable format: %v", got)
	}
	if got := Missing(needed+" ${vpc-id}", needed); got != nil {
		t.Errorf("missing in a richer format: %v", got)
	}
}
