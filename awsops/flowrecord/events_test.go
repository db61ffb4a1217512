package flowrecord

import (
	"strings"
	"testing"
)

func TestReadEvents(t *testing.T) {
	const right = "3 111122223333 eni-0a 10.0.0.1 10.0.0.2 443 50000 6 5 300 1700000000 1700000060 ACCEPT OK 18"
	s, misfit := ReadEvents(V2WithTCPFlags, []string{
		strings.TrimSuffix(right, " 18"), right, // of another flow log, and of ours
		"3 111122223333 eni-0a - - - - - - - 1700000060 1700000120 - NODATA -",
	})
	if len(s.Records) != 2 || s.Accepted != 1 || s.Status["NODATA"] != 1 || s.TCPFlags != 1 || misfit == nil || s.Last.Unix() != 1700000120 {
		t.Errorf("got %+v, %v", s, misfit)
	}
	if s, misfit := ReadEvents(V2WithTCPFlags, nil); len(s.Records) != 0 || misfit != nil {
		t.Errorf("of nothing: %+v, %v", s, misfit)
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("3 111122223333 eni-0a - - - - - - - 1700000060 1700000120 - NODATA -")
	f.Add("\x00\x1b[2J 1")
	f.Fuzz(func(t *testing.T, line string) {
		s, misfit := ReadEvents(V2WithTCPFlags, []string{line})
		if (misfit == nil) != (len(s.Records) == 1) {
			t.Fatalf("%q gave %d records and %v", line, len(s.Records), misfit)
		}
	})
}
