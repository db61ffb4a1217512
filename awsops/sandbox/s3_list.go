package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// keys are the bucket's keys in order. They are sorted once; what comes later is merged in.
func (b *Bucket) keys() []string {
	if b.sorted == nil && len(b.Objects) > 0 {
		b.sorted, b.fresh = sortedKeys(b.Objects), nil
	}
	if len(b.fresh) == 0 {
		return b.sorted
	}
	slices.Sort(b.fresh)
	if len(b.sorted) == 0 || b.sorted[len(b.sorted)-1] < b.fresh[0] {
		b.sorted, b.fresh = append(b.sorted, b.fresh...), nil
		return b.sorted
	}
	merged := make([]string, 0, len(b.sorted)+len(b.fresh))
	old, fresh := b.sorted, b.fresh
	for len(old) > 0 && len(fresh) > 0 {
		if old[0] < fresh[0] {
			merged, old = append(merged, old[0]), old[1:]
		} else {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
	}
	b.sorted, b.fresh = append(append(merged, old...), fresh...), nil
	return b.sorted
}

// UnmarshalJSON reads a bucket of the state file, in which objects do not repeat their keys.
func (b *Bucket) UnmarshalJSON(text []byte) error {
	type plain Bucket
	if err := json.Unmarshal(text, (*plain)(b)); err != nil {
		return err
	}
	for key, o := range b.Objects {
		if o == nil {
			return fmt.Errorf("the object %q of bucket %q is null", key, b.Name)
		}
		o.Key = key
	}
	return nil
}

// put stores an object under its key.
func (b *Bucket) put(o *Object) {
	if b.Objects == nil {
		b.Objects = map[string]*Object{}
	}
	if _, has := b.Objects[o.Key]; !has && b.sorted != nil {
		b.fresh = append(b.fresh, o.Key)
	}
	b.Objects[o.Key] = o
}

// remove deletes the object under a key, if there is one.
func (b *Bucket) remove(key string) {
	if _, has := b.Objects[key]; !has {
		return
	}
	if b.sorted != nil {
		b.sorted = b.keys()
		if i, found := slices.BinarySearch(b.sorted, key); found {
			b.sorted = slices.Delete(b.sorted, i, i+1)
		}
	}
	delete(b.Objects, key)
}

type s3Listed struct {
	Key          string   `xml:"Key"`
	Modified     string   `xml:"LastModified"`
	ETag         string   `xml:"ETag"`
	Size         int64    `xml:"Size"`
	Owner        *s3Owner `xml:"Owner"`
	StorageClass string   `xml:"StorageClass"`
}

type s3Prefix struct {
	Prefix string `xml:"Prefix"`
}

type s3List struct {
	Name       string     `xml:"Name"`
	Prefix     string     `xml:"Prefix"`
	Delimiter  string     `xml:"Delimiter,omitempty"`
	MaxKeys    int        `xml:"MaxKeys"`
	Encoding   string     `xml:"EncodingType,omitempty"`
	KeyCount   *int       `xml:"KeyCount"`
	Truncated  bool       `xml:"IsTruncated"`
	Marker     *string    `xml:"Marker"`
	NextMarker string     `xml:"NextMarker,omitempty"`
	Token      string     `xml:"ContinuationToken,omitempty"`
	NextToken  string     `xml:"NextContinuationToken,omitempty"`
	StartAfter string     `xml:"StartAfter,omitempty"`
	Contents   []s3Listed `xml:"Contents"`
	Common     []s3Prefix `xml:"CommonPrefixes"`
}

// listObjects answers ListObjectsV2, and its forerunner ListObjects, which goes on from a plain key instead of a token.
func listObjects(c *call, b *Bucket) (response, *apiError) {
	query := c.r.URL.Query()
	ctx := map[string][]string{}
	for key, name := range map[string]string{"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"} {
		if query.Has(name) {
			ctx[key] = []string{query.Get(name)}
		}
	}
	if err := c.s3Allow(b, "s3:ListBucket", "", ctx); err != nil {
		return response{}, err
	}
	out := s3List{Name: b.Name, Prefix: query.Get("prefix"), Delimiter: query.Get("delimiter"), MaxKeys: 1000, StartAfter: query.Get("start-after"),
		Token: query.Get("continuation-token"), Encoding: query.Get("encoding-type")}
	if value := query.Get("max-keys"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return response{}, &apiError{status: 400, code: "InvalidArgument", message: "Provided max-keys not an integer or within integer range",
				extra: map[string]string{"ArgumentName": "max-keys", "ArgumentValue": value}}
		}
		out.MaxKeys = min(n, 1000)
	}
	if out.Encoding != "" && out.Encoding != "url" {
		return response{}, s3Errorf(400, "InvalidArgument", "Invalid Encoding Method specified in Request")
	}
	after, resumes := out.StartAfter, out.Token != ""
	if resumes {
		token, err := base64.RawURLEncoding.DecodeString(out.Token)
		if err != nil {
			return response{}, s3Errorf(400, "InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(token)
	}
	first := c.operation == "ListObjects"
	if first {
		after, resumes = query.Get("marker"), true
		out.Marker, out.StartAfter, out.Token = &after, "", ""
	}
	last := c.listKeys(b, &out, after, resumes, first || query.Get("fetch-owner") == "true")
	switch count := len(out.Contents) + len(out.Common); {
	case !first:
		out.KeyCount = &count
		if out.Truncated {
			out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(last))
		}
	case out.Truncated && out.Delimiter != "":
		out.NextMarker = last
	}
	if out.Encoding == "url" {
		encode := func(s *string) { *s = strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(*s)) }
		encode(&out.Prefix)
		encode(&out.Delimiter)
		encode(&out.StartAfter)
		encode(&out.NextMarker)
		for i := range out.Contents {
			encode(&out.Contents[i].Key)
		}
		for i := range out.Common {
			encode(&out.Common[i].Prefix)
		}
	}
	return s3XML("ListBucketResult", out)
}

// listKeys fills one page with the keys behind after and returns the last one; it looks at no more keys than the page shows.
func (c *call) listKeys(b *Bucket, out *s3List, after string, resumes, owner bool) (last string) {
	keys := b.keys()
	seek := func(key string, orEqual bool) int {
		return sort.Search(len(keys), func(i int) bool { return keys[i] > key || orEqual && keys[i] == key })
	}
	i := seek(out.Prefix, true)
	if after >= out.Prefix && after != "" {
		i = seek(after, false)
	}
	// A page that ended with a common prefix goes on behind everything under it.
	if resumes && out.Delimiter != "" && strings.HasSuffix(after, out.Delimiter) && strings.HasPrefix(after, out.Prefix) && after != out.Prefix {
		i = seek(after+"\U0010FFFF", false)
	}
	for i < len(keys) && strings.HasPrefix(keys[i], out.Prefix) {
		if len(out.Contents)+len(out.Common) == out.MaxKeys {
			out.Truncated = out.MaxKeys > 0
			return last
		}
		if out.Delimiter != "" {
			if n := strings.Index(keys[i][len(out.Prefix):], out.Delimiter); n >= 0 {
				last = keys[i][:len(out.Prefix)+n+len(out.Delimiter)]
				out.Common = append(out.Common, s3Prefix{last})
				i = seek(last+"\U0010FFFF", false)
				continue
			}
		}
		o := b.Objects[keys[i]]
		c.w.measure(o)
		listed := s3Listed{Key: o.Key, Modified: o.Modified.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05.000Z"), ETag: `"` + o.ETag + `"`, Size: o.Size, StorageClass: "STANDARD"}
		if owner {
			listed.Owner = &s3Owner{canonicalUser(b.Owner)}
		}
		out.Contents = append(out.Contents, listed)
		last = o.Key
		i++
	}
	return last
}
