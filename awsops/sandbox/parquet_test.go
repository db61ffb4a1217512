package sandbox

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A flow log of another tool may write Parquet; its files have the shape of the format and hold the columns of the record format.
func TestParquet(t *testing.T) {
	l := newLab(t)
	l.bucket("logs", paymentsAccount)
	in := flowLogInput("logs", l.vpcs(paymentsAccount, homeRegion)[0])
	in.DestinationOptions = &types.DestinationOptionsRequest{FileFormat: types.DestinationFileFormatParquet}
	l.flowLogs(paymentsAccount, homeRegion, in)
	l.pass(10 * time.Second)
	key := l.keys("logs")[0]
	if !strings.HasSuffix(key, ".log.parquet") {
		t.Errorf("key is %s", key)
	}
	object, err := l.s3(archiveAccount, homeRegion).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("logs"), Key: &key})
	l.must(err)
	body, err := io.ReadAll(object.Body)
	l.must(err)
	footer := int(binary.LittleEndian.Uint32(body[len(body)-8:]))
	if !bytes.HasPrefix(body, []byte("PAR1")) || !bytes.HasSuffix(body, []byte("PAR1")) || footer > len(body)-12 {
		t.Fatalf("no Parquet file: %x…", body[:8])
	}
	for _, column := range []string{"tcp_flags", "log_status", "interface_id"} {
		if !bytes.Contains(body[len(body)-8-footer:], []byte(column)) {
			t.Errorf("no column %s", column)
		}
	}
}
