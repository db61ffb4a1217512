package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestListObjects(t *testing.T) {
	l := newLab(t)
	l.bucket("things")
	client, bucket := l.s3(archiveAccount, homeRegion), aws.String("things")
	for _, key := range []string{"b/2/x", "a", "b/1/x", "b/1/y", "c d+é", "b/3", "b.txt"} {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(key)})
		l.must(err)
		if key == "a" {
			_, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket}) // so that later keys have to be merged in
			l.must(err)
		}
	}
	list := func(in s3.ListObjectsV2Input) (all []string, pages int) {
		t.Helper()
		in.Bucket = bucket
		paginator := s3.NewListObjectsV2Paginator(client, &in)
		for paginator.HasMorePages() {
			page, err := paginator.NextPage(ctx)
			l.must(err)
			pages++
			for _, p := range page.CommonPrefixes {
				all = append(all, *p.Prefix)
			}
			for _, o := range page.Contents {
				all = append(all, *o.Key)
			}
			if int(*page.KeyCount) != len(page.CommonPrefixes)+len(page.Contents) {
				t.Errorf("KeyCount is %d", *page.KeyCount)
			}
		}
		return all, pages
	}
	for _, c := range []struct {
		in    s3.ListObjectsV2Input
		want  string
		pages int
	}{
		{s3.ListObjectsV2Input{}, "a|b.txt|b/1/x|b/1/y|b/2/x|b/3|c d+é", 1},
		{s3.ListObjectsV2Input{MaxKeys: aws.Int32(3)}, "a|b.txt|b/1/x|b/1/y|b/2/x|b/3|c d+é", 3},
		{s3.ListObjectsV2Input{Prefix: aws.String("b/")}, "b/1/x|b/1/y|b/2/x|b/3", 1},
		{s3.ListObjectsV2Input{Prefix: aws.String("b/"), Delimiter: aws.String("/")}, "b/1/|b/2/|b/3", 1},
		{s3.ListObjectsV2Input{Prefix: aws.String("b/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, "b/1/|b/2/|b/3", 3},
		{s3.ListObjectsV2Input{Delimiter: aws.String("/")}, "b/|a|b.txt|c d+é", 1},
		{s3.ListObjectsV2Input{StartAfter: aws.String("b/1/x")}, "b/1/y|b/2/x|b/3|c d+é", 1},
		{s3.ListObjectsV2Input{StartAfter: aws.String("b/1/x"), Prefix: aws.String("b/2")}, "b/2/x", 1},
		{s3.ListObjectsV2Input{Prefix: aws.String("z")}, "", 1},
	} {
		got, pages := list(c.in)
		if strings.Join(got, "|") != c.want || pages != c.pages {
			t.Errorf("%+v gave %q on %d pages, want %q on %d", c.in, got, pages, c.want, c.pages)
		}
	}
	var older []string
	for marker := ""; ; {
		page, err := client.ListObjects(ctx, &s3.ListObjectsInput{Bucket: bucket, Delimiter: aws.String("/"), MaxKeys: aws.Int32(1), Marker: &marker})
		l.must(err)
		for _, o := range page.Contents {
			older = append(older, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			older = append(older, *p.Prefix)
		}
		if !*page.IsTruncated {
			break
		}
		marker = *page.NextMarker
	}
	if got := strings.Join(older, "|"); got != "a|b.txt|b/|c d+é" {
		t.Errorf("ListObjects gave %q", got)
	}
	encoded, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("c d"), EncodingType: types.EncodingTypeUrl})
	l.must(err)
	if *encoded.Contents[0].Key != "c%20d%2B%C3%A9" {
		t.Errorf("encoded key is %s", *encoded.Contents[0].Key)
	}
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("b/1/x")})
	l.must(err)
	if got, _ := list(s3.ListObjectsV2Input{Prefix: aws.String("b/1")}); !slices.Equal(got, []string{"b/1/y"}) {
		t.Errorf("after a deletion: %v", got)
	}
	scoped := s3Client(l.user(archiveAccount, homeRegion, "scoped", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"b/*"}}}]}`))
	_, err = scoped.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	l.want(err, "AccessDenied")
	_, err = scoped.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("b/1")})
	l.want(err, "")
}

// A page of a large bucket costs what it shows, not what the bucket holds.
// BenchmarkListManyObjects lists by prefix in a bucket of 100,000 objects that grows between the listings.
func BenchmarkListManyObjects(b *testing.B) {
	l := newLab(b)
	l.bucket("many")
	bucket := l.s.w.Buckets["many"]
	for i := range 100_000 {
		bucket.put(&Object{Key: fmt.Sprintf("AWSLogs/%012d/%05d", i%50, i), Modified: l.now, ETag: "0"})
	}
	client := l.s3(archiveAccount, homeRegion)
	for i := 0; b.Loop(); i++ {
		bucket.put(&Object{Key: fmt.Sprintf("AWSLogs/999999999999/%d", i), Modified: l.now, ETag: "0"})
		out, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("many"), Prefix: aws.String("AWSLogs/000000000007/"), MaxKeys: aws.Int32(10)})
		l.must(err)
		if len(out.Contents) != 10 {
			b.Fatalf("%d keys", len(out.Contents))
		}
	}
}

func FuzzUnchunk(f *testing.F) {
	f.Add([]byte("5;chunk-signature=x\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"))
	f.Add([]byte("0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if body, trailer, ok := unchunk(raw); ok && (len(body) > len(raw) || trailer == nil) {
			t.Errorf("%q became %q", raw, body)
		}
	})
}

func FuzzS3Operation(f *testing.F) {
	f.Add("GET", "b.s3.us-east-1.amazonaws.com", "/key", "versionId=null")
	f.Add("PUT", "127.0.0.1:99", "/bucket", "policy=")
	f.Fuzz(func(t *testing.T, method, host, path, query string) {
		r, err := http.NewRequest(http.MethodGet, "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Method, r.Host, r.URL.Path, r.URL.RawQuery = method, host, path, query
		if operation, _, key := s3Operation(r); s3Handlers[operation] != nil && strings.HasSuffix(operation, "Object") && key == "" {
			t.Errorf("%s %s is %s without a key", method, path, operation)
		}
	})
}
