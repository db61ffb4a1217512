package flowrecord

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func record(i int) Record {
	return Record{
		"version": "3", "account-id": "111122223333", "interface-id": fmt.Sprintf("eni-%d", i%2), "srcaddr": "10.0.0.1", "dstaddr": "10.0.0.2",
		"srcport": "443", "dstport": "50000", "protocol": "6", "packets": "4", "bytes": "400", "start": fmt.Sprint(1700000000 + 60*i), "end": fmt.Sprint(1700000060 + 60*i),
		"action": []string{"ACCEPT", "REJECT", "ACCEPT"}[i%3], "log-status": "OK", "tcp-flags": "19",
	}
}

func file(t testing.TB, fields []string, records ...Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, fields, records); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func TestWriteThenRead(t *testing.T) {
	nodata := Record{"version": "3", "account-id": "111122223333", "interface-id": "eni-0", "start": "1700000000", "end": "1700000600", "log-status": "NODATA"}
	skip := Record{"version": "3", "account-id": "111122223333", "interface-id": "eni-9", "log-status": "SKIPDATA"}
	data := file(t, V2WithTCPFlags, record(0), record(1), record(2), nodata, skip)
	s, err := Read(bytes.NewReader(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Fields, V2WithTCPFlags) || len(s.Records) != 5 || s.Records[1]["end"] != "1700000120" || s.Records[3]["srcaddr"] != "-" {
		t.Errorf("records: %+v", s.Records)
	}
	if s.Status["OK"] != 3 || s.Status["NODATA"] != 1 || s.Status["SKIPDATA"] != 1 || s.Accepted != 2 || s.Rejected != 1 {
		t.Errorf("counts: %v %d %d", s.Status, s.Accepted, s.Rejected)
	}
	if !s.HasTCPFlags || s.TCPFlags != 3 || s.Truncated || s.Uncompressed || !slices.Equal(s.Interfaces, []string{"eni-0", "eni-1", "eni-9"}) {
		t.Errorf("%+v", s)
	}
	if !s.First.Equal(time.Unix(1700000000, 0)) || !s.Last.Equal(time.Unix(1700000600, 0)) || s.First.Location() != time.UTC {
		t.Errorf("times: %v %v", s.First, s.Last)
	}

	// The header decides, in whatever order.
	mixed := []string{"tcp-flags", "log-status", "vpc-id"}
	s, err = Read(bytes.NewReader(file(t, mixed, Record{"tcp-flags": "2", "log-status": "OK", "vpc-id": "vpc-1"})), 0)
	if err != nil || s.Records[0]["vpc-id"] != "vpc-1" || s.TCPFlags != 1 || !s.First.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = Read(bytes.NewReader(file(t, DefaultV2, record(0))), 0); err != nil || s.HasTCPFlags || s.TCPFlags != 0 {
		t.Errorf("default format: %+v, %v", s, err)
	}
	if s, err = Read(strings.NewReader("version tcp-flags\n\n3 18\n"), 0); err != nil || !s.Uncompressed || len(s.Records) != 1 {
		t.Errorf("plain text: %+v, %v", s, err)
	}
	if s, err = Read(bytes.NewReader(file(t, V2WithTCPFlags)), 0); err != nil || len(s.Records) != 0 || !s.HasTCPFlags {
		t.Errorf("only a header: %+v, %v", s, err)
	}
}

func TestReadIsBounded(t *testing.T) {
	many := make([]Record, 50)
	for i := range many {
		many[i] = record(i)
	}
	s, err := Read(bytes.NewReader(file(t, V2WithTCPFlags, many...)), 7)
	if err != nil || len(s.Records) != 7 || !s.Truncated {
		t.Errorf("%d records, truncated %v, %v", len(s.Records), s.Truncated, err)
	}
	if s, err = Read(bytes.NewReader(file(t, V2WithTCPFlags, many...)), 50); err != nil || len(s.Records) != 50 || s.Truncated {
		t.Errorf("exactly as many: %d records, truncated %v, %v", len(s.Records), s.Truncated, err)
	}
	// A small file that unpacks to much more than is ever read.
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = io.WriteString(w, "version account-id\n")
	line := append(bytes.Repeat([]byte(" "), 1<<15), '\n')
	for range 100 << 5 {
		_, _ = w.Write(line)
	}
	_ = w.Close()
	s, err = Read(&bomb, 0)
	if err != nil || !s.Truncated || s.BytesRead > maxBytes {
		t.Errorf("bomb: truncated %v, %d bytes, %v", s.Truncated, s.BytesRead, err)
	}
}

func TestReadTellsFaults(t *testing.T) {
	good := file(t, V2WithTCPFlags, record(0), record(1), record(2))
	flipped := bytes.Clone(good)
	flipped[len(flipped)-6] ^= 0xff // the checksum
	header := "version account-id tcp-flags log-status\n"
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":              {nil, "it is empty"},
		"empty gzip":         {zip(""), "it is empty"},
		"half a gzip header": {good[:5], "broken or cut off"},
		"cut off":            {good[:len(good)-20], "broken or cut off"},
		"checksum":           {flipped, "broken or cut off"},
		"garbage behind":     {append(bytes.Clone(good), "xxxx"...), "broken or cut off"},
		"empty header":       {zip("\nversion"), "header line is empty"},
		"JSON":               {[]byte(`{"a":1}`), "line 1: no header"},
		"prose":              {[]byte("hello world\n"), "names no field that flow logs have"},
		"binary":             {[]byte("PAR1\x00\x01"), "line 1: no header"},
		"field twice":        {zip("version version\n"), "stands twice"},
		"too few values":     {zip(header + "3 1 2 OK\n3 1 2\n"), "line 3: 3 values for the 4 fields"},
		"too many values":    {zip(header + "3 1 2 OK x\n"), "line 2: 5 values"},
		"flags no number":    {zip(header + "3 1 SYN OK\n"), `line 2: the field tcp-flags is "SYN"`},
		"status":             {zip(header + "3 1 2 FINE\n"), "log-status"},
		"endless line":       {zip(header + strings.Repeat("x", maxLine+10)), "line 2: longer than"},
		"endless header":     {zip(strings.Repeat("a ", 300)), "300 words"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(bytes.NewReader(c.data), 0); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v does not tell %q", err, c.want)
			}
		})
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteRefuses(t *testing.T) {
	if err := Write(io.Discard, []string{"version"}, []Record{{"version": "3 4"}}); err == nil {
		t.Error("white space in a value is written")
	}
	if err := Write(broken{}, []string{"version"}, nil); err == nil {
		t.Error("an error of the writer is lost")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f, V2WithTCPFlags, record(0), record(1)))
	f.Add([]byte("version account-id tcp-flags\n3 1 -\n"))
	f.Add(zip("start end log-status action\n1 2 OK ACCEPT\n- - NODATA -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data), 100)
		if len(s.Records) > 100 {
			t.Errorf("%d records", len(s.Records))
		}
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(file(t, s.Fields, s.Records...)), 100)
		if err != nil || len(again.Records) != len(s.Records) || again.TCPFlags != s.TCPFlags || !again.Last.Equal(s.Last) {
			t.Errorf("written again it is read as %+v, %v", again, err)
		}
	})
}
