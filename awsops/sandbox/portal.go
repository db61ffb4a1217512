package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// portalPath is where the vendor's portal answers: GET shows what it shows, POST plays Verify. It needs no signature.
const portalPath = "/_portal/verify"

// portalRequest is what a person enters into the portal, and the accounts that were onboarded before.
type portalRequest struct {
	AccountID  string   `json:"account_id"`  // of the role
	RoleName   string   `json:"role_name"`   // without path
	ExternalID string   `json:"external_id"` // empty: none is presented
	BucketARN  string   `json:"bucket_arn"`  // with or without a prefix
	Mode       string   `json:"mode"`        // centralized (also when empty) or per-account
	Accounts   []string `json:"accounts"`    // centralized: the resource accounts whose logs are to be readable; empty: those that have any
	Granted    []string `json:"granted"`     // objects (ARN, /* at its end) and keys that the role was granted before: reading those is nothing beyond
}

// portalCheck is one thing that the vendor tried. OK means that it came out as it has to, a refusal included.
type portalCheck struct {
	Check    string `json:"check"`
	OK       bool   `json:"ok"`
	Code     string `json:"code"`    // of the AWS error, or NoObject
	Message  string `json:"message"` // of the AWS error
	Evidence string `json:"evidence"`
}

// portal answers the vendor's portal.
func (s *Sandbox) portal(c *call) response {
	s.mu.Lock()
	err := s.current(false)
	shown := Portal{}
	if err == nil {
		shown = s.w.Portal
	}
	s.mu.Unlock()
	fail := func(status int, message string) response {
		return portalJSON(status, map[string]string{"message": message})
	}
	if err != nil {
		return fail(http.StatusInternalServerError, err.Error())
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead:
		return portalJSON(http.StatusOK, map[string]string{"account": shown.Account, "external_id": shown.ExternalID, "role": shown.Role})
	case http.MethodPost:
	default:
		return fail(http.StatusMethodNotAllowed, "GET describes the portal, POST verifies")
	}
	// A web page cannot send this type elsewhere without asking first.
	if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "the content type must be application/json")
	}
	var in portalRequest
	if err := json.Unmarshal(c.body, &in); err != nil {
		return fail(http.StatusBadRequest, "the body is not the JSON that is expected: "+err.Error())
	}
	var faults []string
	if !accountPattern.MatchString(in.AccountID) {
		faults = append(faults, "account_id must be 12 digits")
	}
	if in.RoleName == "" {
		faults = append(faults, "role_name is missing")
	}
	bucket, prefix, ok := strings.Cut(strings.TrimPrefix(in.BucketARN, "arn:aws:s3:::"), "/")
	if !strings.HasPrefix(in.BucketARN, "arn:aws:s3:::") || bucket == "" {
		faults = append(faults, "bucket_arn must be arn:aws:s3:::BUCKET or arn:aws:s3:::BUCKET/PREFIX")
	}
	if in.Mode != "" && in.Mode != "centralized" && in.Mode != "per-account" {
		faults = append(faults, "mode must be centralized or per-account")
	}
	if len(faults) > 0 {
		return fail(http.StatusBadRequest, strings.Join(faults, "; "))
	}
	if prefix = strings.Trim(prefix, "/"); ok && prefix != "" {
		prefix += "/"
	}
	v := &verification{s: s, in: in, bucket: bucket, prefix: prefix, role: "arn:aws:iam::" + in.AccountID + ":role/" + in.RoleName}
	v.run(shown)
	verified := !slices.ContainsFunc(v.checks, func(k portalCheck) bool { return !k.OK })
	return portalJSON(http.StatusOK, map[string]any{"verified": verified, "role_arn": v.role, "principal": v.principal, "checks": v.checks})
}

func portalJSON(status int, v any) response {
	body, _ := json.Marshal(v)
	return response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: append(body, '\n')}
}

// verification is one run of Verify.
type verification struct {
	s         *Sandbox
	in        portalRequest
	bucket    string
	prefix    string // "" or ending in a slash
	role      string // the customer's role
	principal string // the vendor's session
	region    string // of the bucket
	reader    keys
	folders   []string // below AWSLogs/, each ending in a slash
	checks    []portalCheck
}

func (v *verification) add(check string, ok bool, got reply, evidence string) {
	v.checks = append(v.checks, portalCheck{Check: check, OK: ok, Code: got.code, Message: got.message, Evidence: evidence})
}

// refused adds a check that passes only when access was denied.
func (v *verification) refused(check string, got reply, what string) {
	denied := got.code == "AccessDenied" || got.code == "AccessDeniedException"
	evidence := what + " is refused"
	switch {
	case got.ok():
		evidence = what + " works, and must not"
	case got.code == "NoSuchKey":
		evidence = what + " is allowed, only there is nothing of that name"
	case !denied:
		evidence = what + " failed for another reason"
	}
	v.add(check, denied, got, evidence)
}

func (v *verification) run(shown Portal) {
	vendor := v.vendorSession(shown)
	var externalID *string
	if v.in.ExternalID != "" {
		externalID = &v.in.ExternalID
	}
	var got reply
	v.reader, got = v.s.assume(vendor, v.role, externalID)
	v.add("assume-role", got.ok(), got, v.principal+" enters "+v.role)
	if externalID != nil {
		_, without := v.s.assume(vendor, v.role, nil)
		v.refused("assume-role-without-external-id", without, "entering "+v.role+" without an external ID")
		wrong := v.in.ExternalID + "-wrong"
		_, mistaken := v.s.assume(vendor, v.role, &wrong)
		v.refused("assume-role-with-wrong-external-id", mistaken, "entering "+v.role+" with another external ID")
	}
	if !got.ok() {
		return
	}
	v.region = homeRegion
	if r := v.s.request(v.reader, "s3", homeRegion, http.MethodHead, "/"+v.bucket, nil, nil).header.Get("X-Amz-Bucket-Region"); r != "" {
		v.region = r
	}
	got = v.s.request(v.reader, "s3", v.region, http.MethodGet, "/"+v.bucket, url.Values{"location": {""}}, nil)
	v.add("get-bucket-location", got.ok(), got, "bucket "+v.bucket+" in "+v.region)
	v.readLogs()
	v.tryBeyond()
}

// vendorSession signs in as the vendor's own role.
func (v *verification) vendorSession(shown Portal) keys {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	w := v.s.w
	role := w.Accounts[shown.Account].Roles[strings.ToLower(shown.Role)]
	if role == nil {
		return keys{}
	}
	session := w.mint(role, shown.Account, "xshield", v.s.now(), time.Hour, caller{})
	v.principal = session.ARN
	return keys{session.AccessKey, session.Secret, session.Token}
}

// readLogs lists what has been delivered and reads the newest object of each account.
func (v *verification) readLogs() {
	root := v.prefix + "AWSLogs/"
	folders, got := v.s.list(v.reader, v.region, v.bucket, root, true)
	var names []string
	for _, p := range folders.CommonPrefixes {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(p.Prefix, root), "/"))
	}
	for _, n := range names {
		v.folders = append(v.folders, n+"/")
	}
	v.add("list-objects", got.ok(), got, fmt.Sprintf("s3://%s/%s holds %d accounts: %s", v.bucket, root, len(names), strings.Join(names, ", ")))
	if !got.ok() {
		return
	}
	wanted := v.in.Accounts
	read := 0
	for _, name := range names {
		account := strings.TrimPrefix(name, "aws-account-id=")
		granted := name == account && (len(wanted) == 0 || slices.Contains(wanted, account)) // the grant is for the default layout
		objects, _ := v.s.list(v.reader, v.region, v.bucket, root+name+"/", false)
		newest := v.newest(objects.Contents)
		if newest == "" {
			continue
		}
		got := v.get(newest)
		switch {
		case !granted && v.in.Mode != "per-account" && !v.grantedBefore("arn:aws:s3:::"+v.bucket+"/"+newest):
			v.refused("get-object-of-another-account", got, "reading s3://"+v.bucket+"/"+newest)
		case granted:
			read++
			v.readLog(newest, got)
		}
	}
	if read == 0 {
		v.add("get-object", false, reply{code: "NoObject", message: "no flow log has been delivered yet"}, "nothing to read under s3://"+v.bucket+"/"+root)
	}
}

// newest is the newest object of the flow logs that still deliver, or of all where none does: the last file of a flow log that was
// replaced and deleted tells nothing of what arrives now.
func (v *verification) newest(objects []listedObject) string {
	delivering := map[string]bool{}
	v.s.mu.Lock()
	for _, a := range v.s.w.Accounts {
		for _, region := range a.Regions {
			for _, f := range region.FlowLogs {
				delivering[f.ID] = true
			}
		}
	}
	v.s.mu.Unlock()
	newest, when, live := "", time.Time{}, false
	for _, o := range objects {
		key, err := flowrecord.ParseKey(o.Key)
		current := err == nil && delivering[key.FlowLogID]
		if current && !live || current == live && !o.LastModified.Before(when) {
			newest, when, live = o.Key, o.LastModified, current
		}
	}
	return newest
}

func (v *verification) get(key string) reply {
	return v.s.request(v.reader, "s3", v.region, http.MethodGet, "/"+v.bucket+"/"+key, nil, nil)
}

// readLog holds an object that was read against what a flow log object is.
func (v *verification) readLog(key string, got reply) {
	evidence := "s3://" + v.bucket + "/" + key
	if got.ok() {
		text, err := gunzip(got.body)
		header, _, _ := strings.Cut(text, "\n")
		switch {
		case err != nil:
			got = reply{code: "NotGzip", message: err.Error()}
		case !slices.Contains(strings.Fields(header), "tcp-flags"):
			got = reply{code: "NoTCPFlags", message: "the record format lacks tcp-flags: " + header}
		default:
			evidence += fmt.Sprintf(": %d records", strings.Count(strings.TrimSpace(text), "\n"))
		}
		if key := got.header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"); key != "" {
			v.add("decrypt", true, reply{}, "decrypted with "+key)
		}
	}
	v.add("get-object", got.status != 0 && got.ok(), got, evidence)
}

// gunzip unpacks at most 64 MiB.
func gunzip(body []byte) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxBody))
	return string(text), err
}

// tryBeyond tries what the grant must not allow.
func (v *verification) tryBeyond() {
	for _, folder := range append([]string{""}, v.folders...) {
		probe := v.prefix + "AWSLogs/" + folder + "xshield-write-probe"
		got := v.s.request(v.reader, "s3", v.region, http.MethodPut, "/"+v.bucket+"/"+probe, nil, []byte("probe"))
		v.refused("put-object", got, "writing s3://"+v.bucket+"/"+probe)
		if got.ok() {
			v.takeBack(probe)
		}
	}
	v.tryOtherKeys()
	if v.in.Mode == "per-account" {
		v.tryOtherBuckets()
		return
	}
	outside := []string{v.prefix + "AWSLogs/000000000000/vpcflowlogs/probe", "xshield-outside-probe"}
	top, _ := v.s.list(v.reader, v.region, v.bucket, "", false)
	for _, o := range top.Contents {
		if !strings.HasPrefix(o.Key, v.prefix+"AWSLogs/") && !v.grantedBefore("arn:aws:s3:::"+v.bucket+"/"+o.Key) {
			outside = append(outside, o.Key)
			break
		}
	}
	for _, key := range outside {
		v.refused("get-object-outside", v.get(key), "reading s3://"+v.bucket+"/"+key)
	}
}

// tryOtherBuckets tries an object of every other bucket of the account, which a per-account grant does not cover.
func (v *verification) tryOtherBuckets() {
	type other struct{ name, region, key string }
	var others []other
	v.s.mu.Lock()
	for _, name := range sortedKeys(v.s.w.Buckets) {
		b := v.s.w.Buckets[name]
		if name == v.bucket || b.Owner != v.in.AccountID && len(others) > 0 || v.grantedBefore("arn:aws:s3:::"+name+"/AWSLogs/") {
			continue
		}
		key := "xshield-outside-probe"
		if all := sortedKeys(b.Objects); len(all) > 0 {
			key = all[0]
		}
		others = append(others, other{name, b.Region, key})
	}
	v.s.mu.Unlock()
	for _, o := range others {
		got := v.s.request(v.reader, "s3", o.region, http.MethodGet, "/"+o.name+"/"+o.key, nil, nil)
		v.refused("get-object-outside", got, "reading s3://"+o.name+"/"+o.key)
	}
}

// grantedBefore says whether the role may read an object or use a key by an earlier grant.
func (v *verification) grantedBefore(arn string) bool {
	return slices.ContainsFunc(v.in.Granted, func(g string) bool {
		prefix, all := strings.CutSuffix(g, "*")
		return arn == g || all && strings.HasPrefix(arn, prefix)
	})
}

// tryOtherKeys tries to decrypt what is encrypted under any key of the bucket's account but the bucket's own.
func (v *verification) tryOtherKeys() {
	type other struct {
		arn, region string
		sealed      []byte
	}
	var others []other
	v.s.mu.Lock()
	w := v.s.w
	if b := w.Buckets[v.bucket]; b != nil && w.Accounts[b.Owner] != nil {
		own := w.encryptionKey(b)
		for _, arn := range sortedKeys(w.Accounts[b.Owner].Keys) {
			if k := w.Accounts[b.Owner].Keys[arn]; arn != own && k.Manager == "CUSTOMER" && k.State == "Enabled" && !v.grantedBefore(arn) {
				others = append(others, other{arn, k.Region, w.seal(k, []byte("probe"), nil)})
			}
		}
	}
	v.s.mu.Unlock()
	for _, o := range others {
		v.refused("decrypt-with-another-key", v.s.decrypt(v.reader, o.arn, o.region, o.sealed), "decrypting with "+o.arn)
	}
}

// takeBack removes the probe that should never have been written.
func (v *verification) takeBack(key string) {
	_ = v.s.change(func(w *World) {
		if b := w.Buckets[v.bucket]; b != nil {
			b.remove(key)
			w.changedBucket(v.bucket)
		}
	})
}
