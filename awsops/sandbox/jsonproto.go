package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

const jsonType = "application/x-amz-json-1.1"

// jsonAnswer writes v as the answer of a KMS or Organizations operation.
func jsonAnswer(v any) (response, *apiError) {
	body, err := json.Marshal(v)
	if err != nil {
		return response{}, internal(err)
	}
	return response{header: http.Header{"Content-Type": {jsonType}}, body: body}, nil
}

func jsonError(e *apiError) response {
	body, _ := json.Marshal(map[string]string{"__type": e.code, "message": e.message})
	return response{status: e.status, header: http.Header{"Content-Type": {jsonType}, "X-Amzn-Errortype": {e.code}}, body: body}
}

// jsonInput reads a call's JSON body into v; an unknown member is ignored, as AWS does.
func (c *call) jsonInput(v any) *apiError {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return &apiError{status: http.StatusBadRequest, code: "SerializationException", message: err.Error()}
	}
	return nil
}

// jsonTime is a time as the JSON protocols write it: seconds since 1970, milliseconds behind the point.
func jsonTime(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
