package flowrecord

import "strings"

// ReadEvents reads records that come one by one and without a header, as CloudWatch Logs has them, by the fields of their flow log's format.
// Those that do not fit are left out, and misfit says what is wrong with the last of them: another flow log may write into the same stream.
func ReadEvents(fields, lines []string) (s Sample, misfit error) {
	s = Sample{Status: map[string]int{}, seen: map[string]bool{}, Fields: fields}
	for _, line := range lines {
		s.BytesRead += int64(len(line))
		if err := s.record(strings.Fields(line)); err != nil {
			misfit = err
		}
	}
	return s, misfit
}
