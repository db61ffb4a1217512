package flowrecord

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is what Read found in a file.
type Sample struct {
	Fields       []string       // the header
	Records      []Record       // the records read, by field name
	Status       map[string]int // records by log-status: OK, NODATA, SKIPDATA
	Accepted     int            // records with action ACCEPT
	Rejected     int            // records with action REJECT
	HasTCPFlags  bool           // the header names tcp-flags
	TCPFlags     int            // records whose tcp-flags is a number
	Interfaces   []string       // interface IDs in the order of their first record
	First, Last  time.Time      // earliest start and latest end, UTC; zero where no record has them
	Truncated    bool           // there is more in the file than was read
	BytesRead    int64          // decompressed
	Uncompressed bool           // the file was plain text, not gzip

	seen map[string]bool // interfaces
}

// Limits of what is read of one file.
const (
	// DefaultMaxRecords is how many records are read where the caller does not say.
	DefaultMaxRecords = 10_000
	maxRecordsEver    = 100_000
	maxBytes          = 64 << 20 // decompressed
	maxLine           = 64 << 10
	maxFields         = 256
)

// Read reads a flow log file, gzip or plain text, by its header line: at most maxRecords records (0: DefaultMaxRecords; never over 100,000) and 64 MiB of text, so that no
// file can fill the memory; Truncated tells that there was more. A file that is no flow log, broken gzip or a record that does not
// fit the header is an error that names the line (from 1, the header); the sample then holds what was read before it.
func Read(r io.Reader, maxRecords int) (Sample, error) {
	if maxRecords <= 0 {
		maxRecords = DefaultMaxRecords
	}
	maxRecords = min(maxRecords, maxRecordsEver)
	s := Sample{Status: map[string]int{}, seen: map[string]bool{}}
	text, err := decompress(r, &s)
	if err != nil {
		return s, err
	}
	limited := &io.LimitedReader{R: text, N: maxBytes}
	in := bufio.NewReaderSize(limited, maxLine)
	for line := 1; ; line++ {
		raw, err := in.ReadSlice('\n')
		s.BytesRead += int64(len(raw))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return s, fmt.Errorf("flow log file, line %d: longer than %d bytes", line, maxLine)
		case err != nil && !errors.Is(err, io.EOF):
			return s, fmt.Errorf("flow log file, line %d: the gzip data is broken or cut off: %w", line, err)
		case err != nil && limited.N <= 0: // what is left of the line may be cut short by the limit itself
			s.Truncated = true
			return s, nil
		case err != nil && len(raw) == 0 && line == 1:
			return s, errors.New("flow log file: it is empty, without even a header line")
		case err != nil && len(raw) == 0:
			return s, nil
		}
		words := strings.Fields(string(raw))
		switch {
		case line == 1:
			if err := s.header(words); err != nil {
				return s, err
			}
		case len(words) == 0:
		case len(s.Records) == maxRecords:
			s.Truncated = true
			return s, nil
		default:
			if err := s.record(words); err != nil {
				return s, fmt.Errorf("flow log file, line %d: %w", line, err)
			}
		}
	}
}

// decompress looks at the first two bytes: an object store may have taken the gzip off already.
func decompress(r io.Reader, s *Sample) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("flow log file: %w", err)
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		s.Uncompressed = true
		return buffered, nil
	}
	zip, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("flow log file: the gzip data is broken or cut off: %w", err)
	}
	return zip, nil
}

func (s *Sample) header(words []string) error {
	if len(words) == 0 {
		return errors.New("flow log file, line 1: the header line is empty")
	}
	if len(words) > maxFields {
		return fmt.Errorf("flow log file, line 1: no header of a flow log: %d words", len(words))
	}
	for i, w := range words {
		if !isField(w) {
			return fmt.Errorf("flow log file, line 1: no header of a flow log: %.40q is no field name", w)
		}
		if slices.Contains(words[:i], w) {
			return fmt.Errorf("flow log file, line 1: the field %s stands twice", w)
		}
	}
	if !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(knownFields, w) }) {
		return fmt.Errorf("flow log file, line 1: no header of a flow log: it names no field that flow logs have, starting with %.40q", words[0])
	}
	s.Fields = words
	s.HasTCPFlags = slices.Contains(words, "tcp-flags")
	return nil
}

func (s *Sample) record(words []string) error {
	if len(words) != len(s.Fields) {
		return fmt.Errorf("%d values for the %d fields of the header", len(words), len(s.Fields))
	}
	r := make(Record, len(words))
	for i, f := range s.Fields {
		r[f] = words[i]
	}
	if err := r.check(); err != nil {
		return err
	}
	s.Records = append(s.Records, r)
	if v := r["log-status"]; v != "" {
		s.Status[v]++
	}
	switch r["action"] {
	case "ACCEPT":
		s.Accepted++
	case "REJECT":
		s.Rejected++
	}
	if _, err := strconv.ParseUint(r["tcp-flags"], 10, 16); err == nil {
		s.TCPFlags++
	}
	if id := r["interface-id"]; id != "" && id != "-" && !s.seen[id] {
		s.seen[id] = true
		s.Interfaces = append(s.Interfaces, id)
	}
	if t, ok := r.time("start"); ok && (s.First.IsZero() || t.Before(s.First)) {
		s.First = t
	}
	if t, ok := r.time("end"); ok && t.After(s.Last) {
		s.Last = t
	}
	return nil
}

// numbers are the fields that hold a number wherever they hold anything.
var numbers = []string{"version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "tcp-flags"}

func (r Record) check() error {
	for _, f := range numbers {
		v, ok := r[f]
		if !ok || v == "-" {
			continue
		}
		if _, err := strconv.ParseUint(v, 10, 64); err != nil {
			return fmt.Errorf("the field %s is %.40q, which is no number", f, v)
		}
	}
	switch v := r["log-status"]; v {
	case "", "-", "OK", "NODATA", "SKIPDATA":
	default:
		return fmt.Errorf("the field log-status is %.40q instead of OK, NODATA or SKIPDATA", v)
	}
	return nil
}

func (r Record) time(field string) (time.Time, bool) {
	n, err := strconv.ParseInt(r[field], 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}
