package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// usableKey refuses the use of a key that is not enabled.
func usableKey(k *Key) *apiError {
	switch k.State {
	case "Enabled":
		return nil
	case "Disabled":
		return kmsErrorf("DisabledException", "%s is disabled.", k.ARN)
	}
	return kmsErrorf("KMSInvalidStateException", "%s is pending deletion.", k.ARN)
}

func setKeyState(state string) keyHandler {
	return func(_ *call, k *Key, _ *kmsInput) (response, *apiError) {
		if err := usableKey(k); err != nil && err.code != "DisabledException" {
			return response{}, err
		}
		k.State = state
		return response{header: http.Header{"Content-Type": {jsonType}}}, nil
	}
}

func scheduleKeyDeletion(c *call, k *Key, in *kmsInput) (response, *apiError) {
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	if days < 7 || days > 30 {
		return response{}, kmsErrorf("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")
	}
	if k.State == "PendingDeletion" {
		return response{}, kmsErrorf("KMSInvalidStateException", "%s is pending deletion.", k.ARN)
	}
	at := c.now.UTC().Add(time.Duration(days) * 24 * time.Hour)
	k.State, k.Deletion = "PendingDeletion", &at
	return jsonAnswer(map[string]any{"KeyId": k.ARN, "DeletionDate": jsonTime(at), "KeyState": k.State, "PendingWindowInDays": days})
}

func cancelKeyDeletion(_ *call, k *Key, _ *kmsInput) (response, *apiError) {
	if k.State != "PendingDeletion" {
		return response{}, kmsErrorf("KMSInvalidStateException", "%s is not pending deletion.", k.ARN)
	}
	k.State, k.Deletion = "Disabled", nil
	return jsonAnswer(map[string]string{"KeyId": k.ARN})
}

func addKeyTags(k *Key, tags []kmsTag) *apiError {
	after := map[string]bool{}
	for key := range k.Tags {
		after[key] = true
	}
	for _, tag := range tags {
		if tag.Key == "" || len([]rune(tag.Key)) > 128 || len([]rune(tag.Value)) > 256 || strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return kmsErrorf("TagException", "The tag %q is not valid", tag.Key)
		}
		after[tag.Key] = true
	}
	if len(after) > 50 {
		return kmsErrorf("LimitExceededException", "A key has at most 50 tags")
	}
	for _, tag := range tags {
		if k.Tags == nil {
			k.Tags = map[string]string{}
		}
		k.Tags[tag.Key] = tag.Value
	}
	return nil
}

func tagKey(_ *call, k *Key, in *kmsInput) (response, *apiError) {
	if err := addKeyTags(k, in.Tags); err != nil {
		return response{}, err
	}
	return response{header: http.Header{"Content-Type": {jsonType}}}, nil
}

func untagKey(_ *call, k *Key, in *kmsInput) (response, *apiError) {
	for _, key := range in.TagKeys {
		delete(k.Tags, key)
	}
	return response{header: http.Header{"Content-Type": {jsonType}}}, nil
}

func listResourceTags(_ *call, k *Key, in *kmsInput) (response, *apiError) {
	var all []kmsTag
	for _, key := range sortedKeys(k.Tags) {
		all = append(all, kmsTag{key, k.Tags[key]})
	}
	page, out, err := kmsPage(in, all, func(t kmsTag) string { return t.Key })
	if err != nil {
		return response{}, err
	}
	out["Tags"] = page
	return jsonAnswer(out)
}

// sealed opens and closes what a key encrypts; the encryption context is authenticated with it.
func (w *World) sealed(k *Key, encryption map[string]string) (cipher.AEAD, []byte) {
	block, _ := aes.NewCipher(w.mac("kms", []byte(k.ARN)))
	aead, _ := cipher.NewGCM(block)
	bound, _ := json.Marshal(encryption) // maps are written in key order
	return aead, bound
}

// seal encrypts plaintext into a blob that begins with the key's ARN and a line break.
func (w *World) seal(k *Key, plaintext []byte, encryption map[string]string) []byte {
	aead, bound := w.sealed(k, encryption)
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return aead.Seal(append([]byte(k.ARN+"\n"), nonce...), nonce, plaintext, bound)
}

func kmsEncrypt(c *call, k *Key, in *kmsInput) (response, *apiError) {
	if err := usableKey(k); err != nil {
		return response{}, err
	}
	if len(in.Plaintext) == 0 || len(in.Plaintext) > 4096 {
		return response{}, kmsErrorf("ValidationException", "Plaintext must have between 1 and 4096 bytes")
	}
	return jsonAnswer(map[string]any{"CiphertextBlob": c.w.seal(k, in.Plaintext, in.EncryptionContext), "KeyId": k.ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
}

func generateDataKey(c *call, k *Key, in *kmsInput) (response, *apiError) {
	if err := usableKey(k); err != nil {
		return response{}, err
	}
	size := in.NumberOfBytes
	switch {
	case size != 0 && in.KeySpec != "" || size == 0 && in.KeySpec == "":
		return response{}, kmsErrorf("ValidationException", "Please specify either number of bytes or key spec.")
	case in.KeySpec == "AES_256":
		size = 32
	case in.KeySpec == "AES_128":
		size = 16
	case in.KeySpec != "" || size < 1 || size > 1024:
		return response{}, kmsErrorf("ValidationException", "The key spec or number of bytes is not valid")
	}
	plaintext := make([]byte, size)
	_, _ = rand.Read(plaintext)
	out := map[string]any{"CiphertextBlob": c.w.seal(k, plaintext, in.EncryptionContext), "KeyId": k.ARN}
	if c.operation == "GenerateDataKey" {
		out["Plaintext"] = plaintext
	}
	return jsonAnswer(out)
}

func kmsDecrypt(c *call) (response, *apiError) {
	var in kmsInput
	if err := c.jsonInput(&in); err != nil {
		return response{}, err
	}
	invalid := &apiError{status: http.StatusBadRequest, code: "InvalidCiphertextException"}
	arn, rest, ok := strings.Cut(string(in.CiphertextBlob), "\n")
	k := c.w.key(arn)
	if !ok || k == nil || k.Region != c.region {
		return response{}, invalid
	}
	if in.KeyID != "" {
		named, err := c.findKey("kms:Decrypt", in.KeyID)
		if err != nil {
			return response{}, err
		}
		if named != k {
			return response{}, kmsErrorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	if err := c.kmsAllow("kms:Decrypt", k, true, in.EncryptionContext); err != nil {
		return response{}, err
	}
	if err := usableKey(k); err != nil {
		return response{}, err
	}
	aead, bound := c.w.sealed(k, in.EncryptionContext)
	if len(rest) < aead.NonceSize() {
		return response{}, invalid
	}
	nonce, sealed := []byte(rest[:aead.NonceSize()]), []byte(rest[aead.NonceSize():])
	plaintext, err := aead.Open(nil, nonce, sealed, bound)
	if err != nil {
		return response{}, invalid
	}
	return jsonAnswer(map[string]any{"KeyId": k.ARN, "Plaintext": slices.Clip(plaintext), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
}
