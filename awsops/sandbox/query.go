package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// queryNamespaces are the XML namespaces of the services with the AWS query protocol.
var queryNamespaces = map[string]string{
	"iam":            "https://iam.amazonaws.com/doc/2010-05-08/",
	"sts":            "https://sts.amazonaws.com/doc/2011-06-15/",
	"cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
}

// xmlWriter builds an XML document piece by piece.
type xmlWriter struct{ b strings.Builder }

func (x *xmlWriter) open(name string)  { x.b.WriteString("<" + name + ">") }
func (x *xmlWriter) close(name string) { x.b.WriteString("</" + name + ">") }

// in writes an element around what inner writes.
func (x *xmlWriter) in(name string, inner func()) {
	x.open(name)
	inner()
	x.close(name)
}

func (x *xmlWriter) text(name, value string) {
	x.open(name)
	xmlEscape(&x.b, value)
	x.close(name)
}

// optional writes an element only where it has a value.
func (x *xmlWriter) optional(name, value string) {
	if value != "" {
		x.text(name, value)
	}
}

func (x *xmlWriter) number(name string, n int)     { x.text(name, strconv.Itoa(n)) }
func (x *xmlWriter) flag(name string, on bool)     { x.text(name, strconv.FormatBool(on)) }
func (x *xmlWriter) time(name string, t time.Time) { x.text(name, isoTime(t)) }

// xmlEscape writes text with the markup characters, and those that XML 1.0 cannot hold, replaced.
func xmlEscape(b *strings.Builder, text string) {
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\r':
			b.WriteString("&#xD;")
		case r < 0x20 && r != '\n' && r != '\t', r == 0xFFFE, r == 0xFFFF:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
}

// isoTime writes a time as the XML protocols do.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// queryAnswer writes the answer of an IAM, STS or CloudFormation operation; result, which may be nil, writes the members.
func queryAnswer(c *call, result func(x *xmlWriter)) (response, *apiError) {
	x := &xmlWriter{}
	x.b.Grow(1024)
	x.b.WriteString("<" + c.operation + `Response xmlns="` + queryNamespaces[c.service] + `">`)
	if result != nil {
		x.in(c.operation+"Result", func() { result(x) })
	}
	x.in("ResponseMetadata", func() { x.text("RequestId", c.requestID) })
	x.close(c.operation + "Response")
	return response{header: http.Header{"Content-Type": {"text/xml"}}, body: []byte(x.b.String())}, nil
}

// queryError writes an error of a query service other than EC2.
func queryError(c *call, e *apiError) response {
	kind := "Sender"
	if e.status >= 500 {
		kind = "Receiver"
	}
	x := &xmlWriter{}
	x.b.WriteString(`<ErrorResponse xmlns="` + queryNamespaces[c.service] + `">`)
	x.in("Error", func() {
		x.text("Type", kind)
		x.text("Code", e.code)
		x.text("Message", e.message)
	})
	x.text("RequestId", c.requestID)
	x.close("ErrorResponse")
	return response{status: e.status, header: http.Header{"Content-Type": {"text/xml"}}, body: []byte(x.b.String())}
}

// ec2Error writes an error of EC2.
func ec2Error(c *call, e *apiError) response {
	x := &xmlWriter{}
	x.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	x.in("Response", func() {
		x.in("Errors", func() {
			x.in("Error", func() {
				x.text("Code", e.code)
				x.text("Message", e.message)
			})
		})
		x.text("RequestID", c.requestID)
	})
	return response{status: e.status, header: http.Header{"Content-Type": {"text/xml;charset=UTF-8"}}, body: []byte(x.b.String())}
}

// finish turns what a handler made into what goes out: errors in the shape of the service, status, request ID.
func (c *call) finish(resp response, e *apiError) response {
	if e != nil {
		switch {
		case c.service == "s3":
			resp = s3Error(c, e)
		case c.service == "ec2":
			resp = ec2Error(c, e)
		case c.query:
			resp = queryError(c, e)
		default:
			resp = jsonError(e)
		}
	}
	if resp.status == 0 {
		resp.status = http.StatusOK
	}
	if resp.header == nil {
		resp.header = http.Header{}
	}
	if c.service == "s3" {
		resp.header.Set("X-Amz-Request-Id", c.requestID)
		resp.header.Set("X-Amz-Id-2", c.requestID)
	} else {
		resp.header["X-Amzn-Requestid"] = []string{c.requestID}
	}
	if resp.header.Get("Date") == "" {
		resp.header.Set("Date", c.clock.UTC().Format(http.TimeFormat))
	}
	return resp
}
