package flowrecord

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

// Record is one flow: the value of each field by its name. An absent value is written and read as "-".
type Record map[string]string

// Write writes a flow log file: gzip, a header line naming the fields, a line for each record in the order of the fields.
func Write(w io.Writer, fields []string, records []Record) error {
	zip := gzip.NewWriter(w)
	var line strings.Builder
	line.WriteString(strings.Join(fields, " ") + "\n")
	for i, r := range records {
		for j, f := range fields {
			v := r[f]
			if v == "" {
				v = "-"
			}
			if strings.ContainsAny(v, " \t\r\n") {
				return fmt.Errorf("flow log record %d: the value %q of %s contains white space", i+1, v, f)
			}
			if j > 0 {
				line.WriteByte(' ')
			}
			line.WriteString(v)
		}
		line.WriteByte('\n')
		if _, err := io.WriteString(zip, line.String()); err != nil {
			return fmt.Errorf("write flow log record %d: %w", i+1, err)
		}
		line.Reset()
	}
	if _, err := io.WriteString(zip, line.String()); err != nil {
		return fmt.Errorf("write flow log file: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("write flow log file: %w", err)
	}
	return nil
}
