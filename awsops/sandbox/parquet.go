package sandbox

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// Numbers of the Parquet format (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
const (
	parquetInt32     = 1
	parquetInt64     = 2
	parquetByteArray = 6
	parquetRLE       = 3
)

// parquetTypes are the types of the fields that are numbers; all others are texts.
var parquetTypes = map[string]int64{"version": parquetInt32, "srcport": parquetInt32, "dstport": parquetInt32, "protocol": parquetInt32, "tcp-flags": parquetInt32,
	"traffic-path": parquetInt32, "packets": parquetInt64, "bytes": parquetInt64, "start": parquetInt64, "end": parquetInt64}

func parquetType(field string) int64 {
	if t, ok := parquetTypes[field]; ok {
		return t
	}
	return parquetByteArray
}

// parquetFile writes records as a Parquet file: one row group, a page for each column, nothing compressed. Columns are named by their
// fields, with underscores (https://docs.aws.amazon.com/athena/latest/ug/vpc-flow-logs-create-table-statement.html).
func parquetFile(fields []string, records []flowrecord.Record) []byte {
	out := []byte("PAR1")
	var chunks []func(*thrift)
	for _, field := range fields {
		page := parquetPage(field, records)
		header := &thrift{}
		header.structure(func(t *thrift) {
			t.int(1, 5, 0)
			t.int(2, 5, int64(len(page)))
			t.int(3, 5, int64(len(page)))
			t.field(5, 12)
			t.structure(func(t *thrift) {
				t.int(1, 5, int64(len(records)))
				t.int(2, 5, 0)
				t.int(3, 5, parquetRLE)
				t.int(4, 5, parquetRLE)
			})
		})
		at, size := int64(len(out)), int64(len(header.b)+len(page))
		out = append(append(out, header.b...), page...)
		chunks = append(chunks, func(t *thrift) {
			t.int(2, 6, at)
			t.field(3, 12)
			t.structure(func(t *thrift) {
				t.int(1, 5, parquetType(field))
				t.list(2, 5, 2)
				t.varint(0)              // PLAIN
				t.varint(parquetRLE * 2) // zigzag
				t.list(3, 8, 1)
				t.text(parquetColumn(field))
				t.int(4, 5, 0)
				t.int(5, 6, int64(len(records)))
				t.int(6, 6, size)
				t.int(7, 6, size)
				t.int(9, 6, at)
			})
		})
	}
	footer := &thrift{}
	footer.structure(func(t *thrift) {
		t.int(1, 5, 1)
		t.list(2, 12, len(fields)+1)
		t.structure(func(t *thrift) {
			t.field(4, 8)
			t.text("schema")
			t.int(5, 5, int64(len(fields)))
		})
		for _, field := range fields {
			t.structure(func(t *thrift) {
				t.int(1, 5, parquetType(field))
				t.int(3, 5, 1) // OPTIONAL
				t.field(4, 8)
				t.text(parquetColumn(field))
				if parquetType(field) == parquetByteArray {
					t.int(6, 5, 0) // UTF8
				}
			})
		}
		t.int(3, 6, int64(len(records)))
		t.list(4, 12, 1)
		t.structure(func(t *thrift) {
			t.list(1, 12, len(chunks))
			for _, chunk := range chunks {
				t.structure(chunk)
			}
			t.int(2, 6, int64(len(out)-4))
			t.int(3, 6, int64(len(records)))
		})
	})
	out = append(out, footer.b...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(footer.b)))
	return append(out, "PAR1"...)
}

func parquetColumn(field string) string { return strings.ReplaceAll(field, "-", "_") }

// parquetPage is a column's definition levels, which tell where it has a value, and its values.
func parquetPage(field string, records []flowrecord.Record) []byte {
	var levels, values []byte
	for _, r := range records {
		v := r[field]
		number, err := strconv.ParseInt(v, 10, 64)
		kind := parquetType(field)
		present := v != "" && v != "-" && (kind == parquetByteArray || err == nil)
		levels = append(levels, 1<<1, 0) // a run of one
		if !present {
			continue
		}
		levels[len(levels)-1] = 1
		switch kind {
		case parquetInt32:
			values = binary.LittleEndian.AppendUint32(values, uint32(number))
		case parquetInt64:
			values = binary.LittleEndian.AppendUint64(values, uint64(number))
		default:
			values = append(binary.LittleEndian.AppendUint32(values, uint32(len(v))), v...)
		}
	}
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(levels))), levels...), values...)
}

// thrift writes Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). Types: 5 int32, 6 int64, 8 text, 9 list, 12 structure.
type thrift struct {
	b    []byte
	last int // number of the field before
}

func (t *thrift) varint(v uint64) { t.b = binary.AppendUvarint(t.b, v) }

// field begins a field. Numbers rise, by fifteen at most.
func (t *thrift) field(n, kind int) {
	t.b = append(t.b, byte((n-t.last)<<4|kind))
	t.last = n
}

func (t *thrift) int(n, kind int, v int64) {
	t.field(n, kind)
	t.varint(uint64(v<<1) ^ uint64(v>>63))
}

func (t *thrift) text(s string) {
	t.varint(uint64(len(s)))
	t.b = append(t.b, s...)
}

// list begins a field that is a list of n things of a kind.
func (t *thrift) list(field, kind, n int) {
	t.field(field, 9)
	if n < 15 {
		t.b = append(t.b, byte(n<<4|kind))
		return
	}
	t.b = append(t.b, byte(0xf0|kind))
	t.varint(uint64(n))
}

func (t *thrift) structure(write func(*thrift)) {
	before := t.last
	t.last = 0
	write(t)
	t.b, t.last = append(t.b, 0), before
}
