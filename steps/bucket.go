package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowgrant/flowgrant/awsops"
)

// bucketSettings are what a bucket that this set-up creates looks like; the JSON is what a review shows.
type bucketSettings struct {
	Bucket       string            `json:"Bucket"`
	Region       string            `json:"Region"`
	Ownership    string            `json:"ObjectOwnership"`
	PublicAccess string            `json:"PublicAccess"`
	Encryption   string            `json:"Encryption"`
	ExpireDays   int               `json:"ExpireAfterDays,omitempty"`
	Tags         map[string]string `json:"Tags,omitempty"`
}

func (b bucketSettings) String() string {
	text, _ := json.MarshalIndent(b, "", "  ") // a struct of strings always marshals
	return string(text)
}

func (s Setup) bucketRegion() string {
	if s.Bucket.Region != "" {
		return s.Bucket.Region
	}
	return "us-east-1"
}

// wantedBucket is the bucket as this set-up makes it, encrypted under the key; "" stands for SSE-S3.
func (s Setup) wantedBucket(keyARN string) bucketSettings {
	encryption := "SSE-S3"
	if keyARN != "" {
		encryption = "SSE-KMS with " + keyARN
	}
	return bucketSettings{Bucket: s.bucketName(), Region: s.bucketRegion(), Ownership: "BucketOwnerEnforced",
		PublicAccess: "blocked", Encryption: encryption, ExpireDays: s.Bucket.ExpireAfterDays, Tags: s.tags()}
}

// settingsOf describes a bucket that is there.
func settingsOf(b awsops.Bucket, expiry int) bucketSettings {
	access := "not fully blocked"
	if b.PublicAccess.All() {
		access = "blocked"
	}
	return bucketSettings{Bucket: b.Name, Region: b.Region, Ownership: b.Ownership, PublicAccess: access,
		Encryption: describeEncryption(b.Encryption), ExpireDays: expiry, Tags: b.Tags}
}

func describeEncryption(e awsops.Encryption) string {
	switch {
	case e.KMS() && e.Key == "":
		return "SSE-KMS with the account's aws/s3 key"
	case e.KMS():
		return "SSE-KMS with " + e.Key
	case e.Algorithm == "AES256":
		return "SSE-S3"
	default:
		return "none"
	}
}

// ownBucket says whether this set-up created the bucket.
func (l *live) ownBucket(s Setup) bool {
	return l.bucket.State == awsops.BucketOurs && l.bucket.Tags[TagSetup] == s.Name
}

func planBucket(s Setup, l *live) PlannedStep {
	p := PlannedStep{Step: StepBucket, Account: s.Account.ID, Region: s.bucketRegion(), Target: s.bucketName(), Change: ChangeNone}
	b := l.bucket
	blocked := func(reason, fix string) PlannedStep {
		p.Change, p.Summary, p.Reason, p.HandOff = ChangeBlocked, "the bucket cannot be used as it is", reason, fix
		return p
	}
	switch b.State {
	case awsops.BucketMissing:
		if !s.Bucket.Create {
			return blocked(fmt.Sprintf("there is no bucket %s", s.bucketName()),
				"check bucket.arn, or set bucket.create: true to have it created in account "+s.Account.ID)
		}
		p.Change, p.After = ChangeCreate, text(s.wantedBucket(l.keyARN).String())
		p.Summary = "create the bucket: public access blocked, bucket owner enforced, " + s.wantedBucket(l.keyARN).Encryption
		p.Reason = "it does not exist"
		p.exec = &execution{run: createBucket}
		return p
	case awsops.BucketForeign:
		return blocked(fmt.Sprintf("the bucket %s exists, but it belongs to another account than %s, or access to it is denied", s.bucketName(), s.Account.ID),
			"name a bucket of account "+s.Account.ID+", or act as a principal that may use this one (s3:ListBucket, s3:GetBucketPolicy, s3:PutBucketPolicy)")
	}
	p.Region = b.Region
	p.Before = text(settingsOf(b, l.expiry).String())
	p.After = p.Before
	if s.Bucket.Region != "" && b.Region != s.Bucket.Region {
		return blocked(fmt.Sprintf("the bucket is in %s, not in %s", b.Region, s.Bucket.Region), "set bucket.region: "+b.Region)
	}
	denied := unreadSettings(b)
	for _, operation := range []string{"s3:GetBucketEncryption", "s3:GetPublicAccessBlock"} {
		if err := denied[operation]; err != nil && (l.ownBucket(s) || operation == "s3:GetBucketEncryption") {
			p.unread = err
		}
	}
	if reason, fix := keyMismatch(s, b, l.keyARN); reason != "" && !l.ownBucket(s) && denied["s3:GetBucketEncryption"] == nil {
		return blocked(reason, fix)
	}
	if !l.ownBucket(s) {
		p.Summary = "use the bucket as it is" + s.madeBy(b.Tags)
		return p
	}
	if differs := s.unfinished(b, l.expiry, l.keyARN); len(differs) > 0 {
		p.Change, p.After = ChangeUpdate, text(s.wantedBucket(l.keyARN).String())
		p.Summary, p.Reason = "finish the settings of the bucket: "+strings.Join(differs, ", "), "this set-up created the bucket, and its settings are not as the set-up says: "+strings.Join(differs, ", ")
		p.exec = &execution{run: finishBucket}
		return p
	}
	p.Summary = "the bucket is there with its settings"
	return p
}

// keyMismatch tells why delivery cannot encrypt with the key that the bucket has.
// meant is the key that the bucket's setting means, by its full ARN where it could be found.
// Source: VPC user guide, flow-logs-s3-permissions; a key ID or alias resolves in the account that delivers.
func keyMismatch(s Setup, b awsops.Bucket, meant string) (reason, fix string) {
	if !b.Encryption.KMS() {
		if s.Bucket.KMSKeyARN != "" {
			return "bucket.kms_key_arn names a key, but the bucket encrypts with " + describeEncryption(b.Encryption),
				"leave bucket.kms_key_arn empty, or set the bucket's default encryption to that key"
		}
		return "", ""
	}
	key := b.Encryption.Key
	if !fullKeyARN(meant) || strings.HasSuffix(key, "alias/aws/s3") || key == "" {
		meant = "KEY_ARN"
	}
	mend := "set the bucket's default encryption to a customer managed key by its full ARN: " + encryptCommand(b.Name, meant)
	switch {
	case key == "" || strings.HasSuffix(key, "alias/aws/s3"):
		return "the bucket encrypts with the account's aws/s3 key, which the delivery service and another account cannot use", mend
	case !fullKeyARN(key):
		return fmt.Sprintf("the bucket names its key as %s, not by its full ARN: it would be looked up in the account that delivers", key), mend
	case s.Bucket.KMSKeyARN != "" && s.Bucket.KMSKeyARN != key:
		return fmt.Sprintf("bucket.kms_key_arn is %s, but the bucket encrypts with %s", s.Bucket.KMSKeyARN, key),
			"set bucket.kms_key_arn to the bucket's key, or leave it empty: it is found from the bucket"
	}
	return "", ""
}

// unreadSettings tells, by the operation, which settings of a bucket could not be read. They are left as they are.
func unreadSettings(b awsops.Bucket) map[string]error {
	denied := map[string]error{}
	for _, err := range b.Unreadable {
		if e, ok := err.(*awsops.Error); ok { //nolint:errorlint // Unreadable holds exactly these
			denied[e.Operation] = err
		}
	}
	return denied
}

// unfinished names the settings of a bucket of ours that are not as wanted: a run may have ended between two of them.
func (s Setup) unfinished(b awsops.Bucket, expiry int, keyARN string) []string {
	var differs []string
	denied := unreadSettings(b)
	if !b.PublicAccess.All() && denied["s3:GetPublicAccessBlock"] == nil {
		differs = append(differs, "block public access")
	}
	if s.ownershipDiffers(b) {
		differs = append(differs, "let its owner own what is delivered")
	}
	if s.encryptionDiffers(b, keyARN) && denied["s3:GetBucketEncryption"] == nil {
		differs = append(differs, "encrypt with "+s.wantedBucket(keyARN).Encryption)
	}
	switch {
	case expiry == s.Bucket.ExpireAfterDays:
	case s.Bucket.ExpireAfterDays == 0:
		differs = append(differs, "keep logs")
	default:
		differs = append(differs, fmt.Sprintf("expire logs after %d days", s.Bucket.ExpireAfterDays))
	}
	return differs
}

// ownershipDiffers says whether access lists decide beside the policies; where it could not be read it is left as it is.
func (s Setup) ownershipDiffers(b awsops.Bucket) bool {
	return b.Ownership != "" && b.Ownership != "BucketOwnerEnforced"
}

func (s Setup) encryptionDiffers(b awsops.Bucket, keyARN string) bool {
	return describeEncryption(b.Encryption) != s.wantedBucket(keyARN).Encryption
}

// bucketWarnings names what a careful colleague would change about a bucket that is only used.
func bucketWarnings(s Setup, l *live) []string {
	b := l.bucket
	if b.State != awsops.BucketOurs || l.ownBucket(s) {
		return nil
	}
	var warnings []string
	warn := func(format string, args ...any) {
		warnings = append(warnings, fmt.Sprintf("bucket %s: ", b.Name)+fmt.Sprintf(format, args...))
	}
	unreadable := unreadSettings(b)
	for _, err := range b.Unreadable {
		warn("%v", err)
	}
	if !b.PublicAccess.All() && unreadable["s3:GetPublicAccessBlock"] == nil {
		warn("public access is not fully blocked")
	}
	if b.Ownership != "BucketOwnerEnforced" && unreadable["s3:GetBucketOwnershipControls"] == nil {
		warn("object ownership is %s, not BucketOwnerEnforced: access lists may still grant access", orNone(b.Ownership))
	}
	return warnings
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// createBucket makes the bucket; its settings follow one after the other, since S3 answers 409 to those that overlap. One that somebody else has made
// since the plan is used as it is: in us-east-1 S3 takes a second creation for success.
// Source: S3 API reference, CreateBucket, errors: BucketAlreadyOwnedByYou.
func createBucket(ctx context.Context, t *task) (string, error) {
	s := t.setup()
	home := t.live().home
	release, err := t.run.lockDocument(ctx, "bucket "+s.bucketName())
	if err != nil {
		return "", t.lockFault("bucket", err)
	}
	defer release()
	b, err := home.Bucket(ctx, s.bucketName(), s.bucketRegion())
	if err != nil {
		return "", t.place().fault("look again whether the bucket is there", err)
	}
	if b.State == awsops.BucketOurs && b.Tags[TagSetup] != s.Name {
		return t.useBucket(b)
	}
	err = t.write("create bucket "+s.bucketName(), func() error {
		err := home.CreateBucket(ctx, awsops.NewBucket{Name: s.bucketName(), Region: s.bucketRegion(), Tags: s.tags()})
		if awsops.MeaningOf(err) == awsops.AlreadyExists && t.ownsBucketNow(ctx) {
			return nil // an earlier attempt took effect, only its answer was lost
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return finishBucket(ctx, t)
}

// useBucket takes a bucket that has come to be since the plan, where the plan holds for it.
func (t *task) useBucket(b awsops.Bucket) (string, error) {
	s, l := t.setup(), t.live()
	if wanted := s.wantedBucket(l.keyARN).Encryption; b.Region != l.region || describeEncryption(b.Encryption) != wanted {
		return "", t.place().say("create the bucket", fmt.Sprintf("somebody else made it since the plan, in %s and encrypted with %s; the plan is for %s and %s", b.Region, describeEncryption(b.Encryption), l.region, wanted),
			"apply again: the plan then shows what it means to use that bucket")
	}
	l.mu.Lock()
	l.tlsOnly = false // for buckets that the set-up makes
	l.mu.Unlock()
	l.setBucket(b)
	t.changed()
	return "the bucket has come to be since the plan, and is used as it is" + s.madeBy(b.Tags), nil
}

func (t *task) ownsBucketNow(ctx context.Context) bool {
	s := t.setup()
	b, err := t.live().home.Bucket(ctx, s.bucketName(), s.bucketRegion())
	return err == nil && b.State == awsops.BucketOurs && b.Tags[TagSetup] == s.Name
}

// finishBucket makes the settings that are not as wanted: of a bucket just created all of them.
func finishBucket(ctx context.Context, t *task) (string, error) {
	s, l := t.setup(), t.live()
	home, name, region, key := l.home, s.bucketName(), l.region, l.keyARN
	created, denied := t.step().Change == ChangeCreate, unreadSettings(l.bucket)
	settings := []struct {
		what   string
		wanted bool
		apply  func() error
	}{
		{"block public access to " + name, created || !l.bucket.PublicAccess.All() && denied["s3:GetPublicAccessBlock"] == nil, func() error { return home.BlockPublicAccess(ctx, region, name) }},
		{"enforce the owner of what is in " + name, !created && s.ownershipDiffers(l.bucket), func() error { return home.EnforceOwner(ctx, region, name) }},
		{"set the encryption of " + name, created || s.encryptionDiffers(l.bucket, key) && denied["s3:GetBucketEncryption"] == nil, func() error { return home.Encrypt(ctx, region, name, key) }},
		{"set when logs in " + name + " expire", l.expiry != s.Bucket.ExpireAfterDays, func() error { return home.Expire(ctx, region, name, s.logsPrefix(), s.Bucket.ExpireAfterDays) }},
	}
	for _, set := range settings {
		if !set.wanted {
			continue
		}
		if err := t.write(set.what, set.apply); err != nil {
			return "", err
		}
	}
	t.changed()
	return t.proveBucket(ctx)
}

// proveBucket reads the bucket back until its settings show: they are eventually consistent.
func (t *task) proveBucket(ctx context.Context) (string, error) {
	s, l := t.setup(), t.live()
	pause := settlePause
	for try := 1; ; try++ {
		b, err := l.home.Bucket(ctx, s.bucketName(), l.region)
		if err != nil {
			return "", err
		}
		expiry := l.expiry
		if expiry != s.Bucket.ExpireAfterDays {
			if expiry, err = l.home.Expiry(ctx, l.region, s.bucketName()); err != nil {
				return "", t.place().fault("read back when logs expire", err)
			}
		}
		differs := s.unfinished(b, expiry, l.keyARN)
		if b.State == awsops.BucketOurs && len(differs) == 0 && b.Ownership == "BucketOwnerEnforced" {
			l.setBucket(b)
			if unreadSettings(b)["s3:GetBucketEncryption"] != nil {
				return "the bucket is there and private", nil
			}
			return "the bucket is there, private and encrypted with " + describeEncryption(b.Encryption), nil
		}
		if try < settleTries {
			if err := sleep(ctx, pause); err != nil {
				return "", err
			}
			pause *= 2
			continue
		}
		switch {
		case b.State != awsops.BucketOurs:
			return "", t.place().say("prove the bucket", "it was created, but reading it back does not find it in account "+s.Account.ID, "apply again")
		case len(differs) > 0:
			return "", t.place().say("prove the bucket's settings", "read back, these are not as set: "+strings.Join(differs, ", "), "apply again")
		default:
			return "", t.place().say("prove the bucket's settings", "object ownership reads back as "+orNone(b.Ownership), "set it to BucketOwnerEnforced, then apply again")
		}
	}
}
