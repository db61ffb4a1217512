package policy

import "slices"

// DeletedPrincipal is a raw ID (AROA..., AIDA...) in a document, as AWS shows a role or user that was deleted. A document that names one is refused
// when it is written (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
type DeletedPrincipal struct {
	ID    string
	Index int    // of the statement in the document
	Sid   string // its Sid, may be empty
}

// DeletedPrincipals lists the deleted roles and users that a document names, in its order.
func (d Document) DeletedPrincipals() []DeletedPrincipal {
	var out []DeletedPrincipal
	for i, s := range d.Statements {
		for _, p := range []*Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for _, v := range p.AWS.Values() {
				if found := (DeletedPrincipal{v, i, s.Sid}); isUniqueID(v) && !slices.Contains(out, found) {
					out = append(out, found)
				}
			}
		}
	}
	return out
}
