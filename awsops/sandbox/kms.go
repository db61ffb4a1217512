package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/flowgrant/flowgrant/awsops/policy"
)

// kmsHandlers answers the KMS JSON protocol.
var kmsHandlers = map[string]handler{
	"CreateAlias":                     createAlias,
	"CreateKey":                       createKey,
	"Decrypt":                         kmsDecrypt,
	"DescribeKey":                     onKey("kms:DescribeKey", true, describeKey),
	"DisableKey":                      onKey("kms:DisableKey", false, setKeyState("Disabled")),
	"EnableKey":                       onKey("kms:EnableKey", false, setKeyState("Enabled")),
	"Encrypt":                         onKey("kms:Encrypt", true, kmsEncrypt),
	"GenerateDataKey":                 onKey("kms:GenerateDataKey", true, generateDataKey),
	"GenerateDataKeyWithoutPlaintext": onKey("kms:GenerateDataKeyWithoutPlaintext", true, generateDataKey),
	"GetKeyPolicy":                    onKey("kms:GetKeyPolicy", false, getKeyPolicy),
	"GetKeyRotationStatus":            onKey("kms:GetKeyRotationStatus", true, getKeyRotationStatus),
	"ListAliases":                     listAliases,
	"ListKeyPolicies":                 onKey("kms:ListKeyPolicies", false, listKeyPolicies),
	"ListKeys":                        listKeys,
	"ListResourceTags":                onKey("kms:ListResourceTags", false, listResourceTags),
	"PutKeyPolicy":                    onKey("kms:PutKeyPolicy", false, putKeyPolicy),
	"ScheduleKeyDeletion":             onKey("kms:ScheduleKeyDeletion", false, scheduleKeyDeletion),
	"CancelKeyDeletion":               onKey("kms:CancelKeyDeletion", false, cancelKeyDeletion),
	"TagResource":                     onKey("kms:TagResource", false, tagKey),
	"UntagResource":                   onKey("kms:UntagResource", false, untagKey),
}

type keyHandler func(c *call, k *Key, in *kmsInput) (response, *apiError)

// kmsInput is the members that KMS operations read.
type kmsInput struct {
	KeyID               string            `json:"KeyId"`
	Policy              string            `json:"Policy"`
	PolicyName          string            `json:"PolicyName"`
	BypassSafetyCheck   bool              `json:"BypassPolicyLockoutSafetyCheck"`
	Description         string            `json:"Description"`
	KeySpec             string            `json:"KeySpec"`
	KeyUsage            string            `json:"KeyUsage"`
	Origin              string            `json:"Origin"`
	MultiRegion         bool              `json:"MultiRegion"`
	Tags                []kmsTag          `json:"Tags"`
	TagKeys             []string          `json:"TagKeys"`
	PendingWindowInDays *int              `json:"PendingWindowInDays"`
	Limit               *int              `json:"Limit"`
	Marker              string            `json:"Marker"`
	AliasName           string            `json:"AliasName"`
	TargetKeyID         string            `json:"TargetKeyId"`
	Plaintext           []byte            `json:"Plaintext"`
	CiphertextBlob      []byte            `json:"CiphertextBlob"`
	EncryptionContext   map[string]string `json:"EncryptionContext"`
	NumberOfBytes       int               `json:"NumberOfBytes"`
}

type kmsTag struct {
	Key   string `json:"TagKey"`
	Value string `json:"TagValue"`
}

func kmsErrorf(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// onKey finds the key that a call names and asks for the right to action. Some actions work on other accounts' keys, if both
// the key policy and the caller's own policies allow it (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html).
func onKey(action string, crossAccount bool, h keyHandler) handler {
	return func(c *call) (response, *apiError) {
		var in kmsInput
		if err := c.jsonInput(&in); err != nil {
			return response{}, err
		}
		key, err := c.findKey(action, in.KeyID)
		if err != nil {
			return response{}, err
		}
		if err := c.kmsAllow(action, key, crossAccount, in.EncryptionContext); err != nil {
			return response{}, err
		}
		return h(c, key, &in)
	}
}

// findKey resolves a key id, key ARN, alias or alias ARN; a bare one in the caller's own account and region.
func (c *call) findKey(action, name string) (*Key, *apiError) {
	if name == "" {
		return nil, kmsErrorf("ValidationException", "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null")
	}
	account := c.caller.account
	if rest, isARN := strings.CutPrefix(name, "arn:aws:kms:"); isARN {
		parts := strings.SplitN(rest, ":", 3)
		if len(parts) != 3 || parts[0] != c.region {
			return nil, kmsErrorf("NotFoundException", "Invalid arn %s", parts[0])
		}
		account, name = parts[1], strings.TrimPrefix(parts[2], "key/")
	}
	key := c.w.keyByName(account, c.region, name)
	if key == nil && account == c.caller.account && strings.HasPrefix(name, "alias/aws/s3") {
		key = c.w.managedKey(account, c.region)
	}
	switch {
	case key != nil:
		return key, nil
	case account != c.caller.account:
		return nil, c.foreignKeyDenied(action, fmt.Sprintf("arn:aws:kms:%s:%s:%s", c.region, account, name))
	case strings.HasPrefix(name, "alias/"):
		return nil, kmsErrorf("NotFoundException", "Alias arn:aws:kms:%s:%s:%s is not found.", c.region, account, name)
	}
	return nil, kmsErrorf("NotFoundException", "Key 'arn:aws:kms:%s:%s:key/%s' does not exist", c.region, account, name)
}

func (c *call) kmsAllow(action string, k *Key, crossAccount bool, encryption map[string]string) *apiError {
	account := arnAccount(k.ARN)
	if account != c.caller.account && !crossAccount {
		return c.foreignKeyDenied(action, k.ARN)
	}
	d := c.authorize(action, k.ARN, account, c.w.keyPolicy(k), c.keyContext(encryption))
	if d.Verdict == policy.Allowed {
		return nil
	}
	if account != c.caller.account {
		return c.foreignKeyDenied(action, k.ARN)
	}
	return c.denied(action, k.ARN, d)
}

// kmsPermit decides an action that is on no key, where only the caller's own policies count.
func (c *call) kmsPermit(action, resource string) *apiError {
	if d := c.authorize(action, resource, c.caller.account, parsed(defaultKeyPolicy(c.caller.account)), c.keyContext(nil)); d.Verdict != policy.Allowed {
		return c.denied(action, resource, d)
	}
	return nil
}

// defaultKeyPolicy leaves a key to the IAM policies of its account.
func defaultKeyPolicy(account string) string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"` + rootARN(account) + `"},"Action":"kms:*","Resource":"*"}]}`
}

func (c *call) keyContext(encryption map[string]string) map[string][]string {
	ctx := map[string][]string{"kms:CallerAccount": {c.caller.account}}
	for name, value := range encryption {
		ctx["kms:EncryptionContext:"+name] = []string{value}
		ctx["kms:EncryptionContextKeys"] = append(ctx["kms:EncryptionContextKeys"], name)
	}
	return ctx
}

// foreignKeyDenied is KMS's answer about another account's key; it does not tell whether there is one.
func (c *call) foreignKeyDenied(action, arn string) *apiError {
	return kmsErrorf("AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
		c.caller.principal, action, arn)
}

// key finds a key by its full ARN.
func (w *World) key(arn string) *Key {
	if account := w.Accounts[arnAccount(arn)]; account != nil {
		return account.Keys[arn]
	}
	return nil
}

// keyByName finds a key of an account and region by id, alias, key ARN or alias ARN.
func (w *World) keyByName(account, region, name string) *Key {
	if w.Accounts[account] == nil {
		return nil
	}
	for _, key := range w.Accounts[account].Keys {
		if key.Region == region && (key.ID == name || key.ARN == name || slices.Contains(key.Aliases, name)) {
			return key
		}
	}
	return nil
}

// keyPolicy is a key's policy as KMS reads it now.
func (w *World) keyPolicy(k *Key) *policy.Document {
	return parsed(w.withoutDeleted(k.Policy, k.PolicyIDs))
}

// managedKey is the AWS managed key aws/s3 of an account and region, made when it is first used.
func (w *World) managedKey(account, region string) *Key {
	if key := w.keyByName(account, region, "alias/aws/s3"); key != nil {
		return key
	}
	id := seededUUID(account, region, "aws/s3")
	key := &Key{
		ID: id, ARN: "arn:aws:kms:" + region + ":" + account + ":key/" + id, Region: region, Manager: "AWS", State: "Enabled", Created: w.Created,
		Aliases: []string{"alias/aws/s3"}, Tags: map[string]string{}, Description: "Default key that protects my S3 objects when no other key is defined",
		Policy: fmt.Sprintf(`{"Version":"2012-10-17","Id":"auto-s3-2","Statement":[`+
			`{"Sid":"Allow access through S3 for all principals in the account that are authorized to use S3","Effect":"Allow","Principal":{"AWS":"*"},`+
			`"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",`+
			`"Condition":{"StringEquals":{"kms:CallerAccount":"%[1]s","kms:ViaService":"s3.%[2]s.amazonaws.com"}}},`+
			`{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},`+
			`"Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]}`, account, region),
	}
	w.Accounts[account].Keys[key.ARN] = key
	w.changedAccount(account)
	return key
}

type keyMetadata struct {
	Account     string   `json:"AWSAccountId"`
	ARN         string   `json:"Arn"`
	Created     float64  `json:"CreationDate"`
	Spec        string   `json:"CustomerMasterKeySpec"`
	Deletion    *float64 `json:"DeletionDate,omitempty"`
	Description string   `json:"Description"`
	Enabled     bool     `json:"Enabled"`
	Algorithms  []string `json:"EncryptionAlgorithms"`
	ID          string   `json:"KeyId"`
	Manager     string   `json:"KeyManager"`
	KeySpec     string   `json:"KeySpec"`
	State       string   `json:"KeyState"`
	Usage       string   `json:"KeyUsage"`
	MultiRegion bool     `json:"MultiRegion"`
	Origin      string   `json:"Origin"`
}

func (k *Key) metadata() map[string]keyMetadata {
	m := keyMetadata{
		Account: arnAccount(k.ARN), ARN: k.ARN, Created: jsonTime(k.Created), Spec: "SYMMETRIC_DEFAULT", Description: k.Description,
		Enabled: k.State == "Enabled", Algorithms: []string{"SYMMETRIC_DEFAULT"}, ID: k.ID, Manager: k.Manager, KeySpec: "SYMMETRIC_DEFAULT",
		State: k.State, Usage: "ENCRYPT_DECRYPT", Origin: "AWS_KMS",
	}
	if k.Deletion != nil {
		at := jsonTime(*k.Deletion)
		m.Deletion = &at
	}
	return map[string]keyMetadata{"KeyMetadata": m}
}

func describeKey(_ *call, k *Key, _ *kmsInput) (response, *apiError) { return jsonAnswer(k.metadata()) }

func getKeyRotationStatus(_ *call, k *Key, _ *kmsInput) (response, *apiError) {
	return jsonAnswer(map[string]any{"KeyId": k.ARN, "KeyRotationEnabled": k.Manager == "AWS"})
}

func getKeyPolicy(c *call, k *Key, in *kmsInput) (response, *apiError) {
	if in.PolicyName != "" && in.PolicyName != "default" {
		return response{}, kmsErrorf("NotFoundException", "No such policy exists")
	}
	return jsonAnswer(map[string]string{"Policy": c.w.withoutDeleted(k.Policy, k.PolicyIDs), "PolicyName": "default"})
}

func listKeyPolicies(_ *call, _ *Key, _ *kmsInput) (response, *apiError) {
	return jsonAnswer(map[string]any{"PolicyNames": []string{"default"}, "Truncated": false})
}

func putKeyPolicy(c *call, k *Key, in *kmsInput) (response, *apiError) {
	if in.PolicyName != "" && in.PolicyName != "default" {
		return response{}, kmsErrorf("ValidationException", "The policy name %s is not valid; it must be default", in.PolicyName)
	}
	if k.Manager == "AWS" {
		return response{}, kmsErrorf("AccessDeniedException", "User: %s is not authorized to perform: kms:PutKeyPolicy on resource: %s", c.caller.principal, k.ARN)
	}
	if err := usableKey(k); err != nil && err.code != "DisabledException" {
		return response{}, err
	}
	doc, err := c.keyPolicyInput(in, k.ARN)
	if err != nil {
		return response{}, err
	}
	k.Policy, k.PolicyIDs = in.Policy, c.w.principalIDs(*doc)
	return jsonAnswer(struct{}{})
}

// keyPolicyInput holds a new key policy against what KMS asks of it.
func (c *call) keyPolicyInput(in *kmsInput, arn string) (*policy.Document, *apiError) {
	doc, fault := policy.Parse(in.Policy)
	switch {
	case fault != nil:
		return nil, kmsErrorf("MalformedPolicyDocumentException", "The policy is not valid: %s", fault)
	case policy.CheckSize(policy.KeyPolicy, in.Policy) != nil:
		return nil, kmsErrorf("LimitExceededException", "The key policy exceeds the maximum size of %d bytes", policy.Limit(policy.KeyPolicy))
	case c.w.invalidPrincipal(doc) != "":
		return nil, kmsErrorf("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
	}
	for _, s := range doc.Statements {
		switch {
		case s.Principal == nil && s.NotPrincipal == nil:
			return nil, kmsErrorf("MalformedPolicyDocumentException", "Policy contains a statement with no principal.")
		case !s.Resource.IsSet() && !s.NotResource.IsSet():
			return nil, kmsErrorf("MalformedPolicyDocumentException", "Policy contains a statement with no resource.")
		}
		for _, action := range s.Action.Values() {
			if action != "*" && !strings.HasPrefix(strings.ToLower(action), "kms:") {
				return nil, kmsErrorf("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid actions.")
			}
		}
	}
	if !in.BypassSafetyCheck && c.authorize("kms:PutKeyPolicy", arn, c.caller.account, &doc, c.keyContext(nil)).Verdict != policy.Allowed {
		return nil, kmsErrorf("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
	}
	return &doc, nil
}

func createKey(c *call) (response, *apiError) {
	var in kmsInput
	if err := c.jsonInput(&in); err != nil {
		return response{}, err
	}
	if err := c.kmsPermit("kms:CreateKey", "*"); err != nil {
		return response{}, err
	}
	if len(in.Tags) > 0 {
		if err := c.kmsPermit("kms:TagResource", "*"); err != nil {
			return response{}, err
		}
	}
	switch {
	case in.KeySpec != "" && in.KeySpec != "SYMMETRIC_DEFAULT", in.KeyUsage != "" && in.KeyUsage != "ENCRYPT_DECRYPT", in.Origin != "" && in.Origin != "AWS_KMS", in.MultiRegion:
		return response{}, kmsErrorf("UnsupportedOperationException", "Only symmetric single-Region encryption keys are implemented here.")
	case len(in.Description) > 8192:
		return response{}, kmsErrorf("ValidationException", "Member 'description' must have length less than or equal to 8192")
	}
	id := seededUUID(c.caller.account, c.w.nextID("key-"))
	k := &Key{
		ID: id, ARN: fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", c.region, c.caller.account, id), Region: c.region, Manager: "CUSTOMER", State: "Enabled",
		Created: c.now.UTC(), Tags: map[string]string{}, Description: in.Description,
	}
	if in.Policy == "" {
		in.Policy = defaultKeyPolicy(c.caller.account)
	}
	doc, err := c.keyPolicyInput(&in, k.ARN)
	if err != nil {
		return response{}, err
	}
	k.Policy, k.PolicyIDs = in.Policy, c.w.principalIDs(*doc)
	if err := addKeyTags(k, in.Tags); err != nil {
		return response{}, err
	}
	c.w.Accounts[c.caller.account].Keys[k.ARN] = k
	return jsonAnswer(k.metadata())
}

var aliasPattern = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

func createAlias(c *call) (response, *apiError) {
	var in kmsInput
	if err := c.jsonInput(&in); err != nil {
		return response{}, err
	}
	if !aliasPattern.MatchString(in.AliasName) || strings.HasPrefix(in.AliasName, "alias/aws/") {
		return response{}, kmsErrorf("InvalidAliasNameException", "Alias name %q is not valid", in.AliasName)
	}
	k, err := c.findKey("kms:CreateAlias", in.TargetKeyID)
	if err != nil {
		return response{}, err
	}
	if err := c.kmsPermit("kms:CreateAlias", fmt.Sprintf("arn:aws:kms:%s:%s:%s", c.region, c.caller.account, in.AliasName)); err != nil {
		return response{}, err
	}
	if err := c.kmsAllow("kms:CreateAlias", k, false, nil); err != nil {
		return response{}, err
	}
	if c.w.keyByName(c.caller.account, c.region, in.AliasName) != nil {
		return response{}, kmsErrorf("AlreadyExistsException", "An alias with the name arn:aws:kms:%s:%s:%s already exists", c.region, c.caller.account, in.AliasName)
	}
	k.Aliases = append(k.Aliases, in.AliasName)
	return response{header: http.Header{"Content-Type": {jsonType}}}, nil
}
