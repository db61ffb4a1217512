package sandbox

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"
)

// payload is the body that the client meant: chunks put together, and held against the checksums that came with it.
func (c *call) payload() ([]byte, *apiError) {
	body, trailer := c.body, http.Header{}
	if strings.Contains(c.r.Header.Get("Content-Encoding"), "aws-chunked") || strings.HasPrefix(c.r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		var ok bool
		if body, trailer, ok = unchunk(c.body); !ok {
			return nil, s3Errorf(400, "IncompleteBody", "The request body terminated unexpectedly")
		}
		if want := c.r.Header.Get("X-Amz-Decoded-Content-Length"); want != "" && want != strconv.Itoa(len(body)) {
			return nil, s3Errorf(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
	}
	if want := c.r.Header.Get("Content-MD5"); want != "" {
		if sum := md5.Sum(body); want != base64.StdEncoding.EncodeToString(sum[:]) {
			return nil, s3Errorf(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
	}
	for name, algorithm := range s3Checksums {
		header := "X-Amz-Checksum-" + name
		want := c.r.Header.Get(header) + trailer.Get(header)
		if want == "" {
			continue
		}
		h := algorithm()
		_, _ = h.Write(body)
		if want != base64.StdEncoding.EncodeToString(h.Sum(nil)) {
			return nil, s3Errorf(400, "BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(name))
		}
	}
	return body, nil
}

var s3Checksums = map[string]func() hash.Hash{
	"Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"Crc64nvme": func() hash.Hash { return crc64.New(nvmeTable) },
	"Sha1":      sha1.New,
	"Sha256":    sha256.New,
}

// nvmeTable is for CRC-64/NVME, the polynomial in the reversed form that hash/crc64 takes.
var nvmeTable = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// unchunk decodes the aws-chunked encoding: SIZE[;chunk-signature=…]CRLF DATA CRLF … 0 CRLF trailers CRLF
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
func unchunk(raw []byte) (body []byte, trailer http.Header, ok bool) {
	trailer = http.Header{}
	for {
		line, rest, found := bytes.Cut(raw, []byte("\r\n"))
		if !found {
			return nil, nil, false
		}
		digits, _, _ := strings.Cut(string(line), ";")
		size, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return nil, nil, false
		}
		if size == 0 {
			for _, line := range strings.Split(string(rest), "\r\n") {
				if name, value, isHeader := strings.Cut(line, ":"); isHeader {
					trailer.Set(strings.TrimSpace(name), strings.TrimSpace(value))
				}
			}
			return body, trailer, true
		}
		if uint64(len(rest)) < size+2 || string(rest[size:size+2]) != "\r\n" {
			return nil, nil, false
		}
		body, raw = append(body, rest[:size]...), rest[size+2:]
	}
}
