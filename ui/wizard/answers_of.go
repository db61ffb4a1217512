package wizard

import (
	"slices"

	"github.com/flowgrant/flowgrant/steps"
)

// load takes a set-up as it is: its answers count, and can be changed one by one.
func (m *model) load(s steps.Setup) {
	names := m.answers.names
	m.fresh()
	m.answers = answersOf(s)
	m.dropQuestions()
	for id, name := range names {
		if m.answers.names[id] == "" {
			m.answers.names[id] = name
		}
	}
}

// answersOf gives the answers that a set-up is made of. What no question asks for stays in it as it is.
func answersOf(s steps.Setup) answers {
	a := newAnswers()
	a.mode, a.loaded, a.base = s.Mode, &s, &s
	a.reader, a.externalID = s.Reader.Account, s.Reader.ExternalID
	a.readerRole = orElse(s.Reader.Role, a.readerRole)
	a.account, a.label = s.Account.ID, s.Account.Name
	a.way = wayFrom(s.Account.Credentials, a.way)
	a.role[s.Mode] = s.Account.Role
	a.bucket, a.bucketRegion = s.Bucket.ARN, s.Bucket.Region
	a.ownKey = s.Bucket.KMSKeyARN != ""
	a.key, a.tlsOnly, a.expire = s.Bucket.KMSKeyARN, s.Bucket.TLSOnly, s.Bucket.ExpireAfterDays
	a.regions, a.traffic, a.aggregation = slices.Clone(s.FlowLogs.Regions), s.FlowLogs.Traffic, s.FlowLogs.AggregationSeconds
	a.leftOut = s.FlowLogs.LeaveOut
	a.deleteReplaced, a.name = s.FlowLogs.DeleteReplaced, s.Name
	if s.DeliveryScope != "" {
		a.scope = s.DeliveryScope
	}
	a.ways = map[string]steps.CredentialAnswers{}
	chosen, some := map[string][]string{}, false
	for _, l := range s.Logged() {
		if l.Name != "" {
			a.names[l.ID] = l.Name
		}
		chosen[l.ID] = nil
		if !l.VPCs.All {
			chosen[l.ID], some = slices.Clone(l.VPCs.IDs), true
		}
	}
	if some {
		a.vpcs = chosen
	}
	first := true
	for _, r := range s.ResourceAccounts {
		if first && r.Credentials != (steps.CredentialAnswers{}) { // the account that acts has none
			a.resourceWay, first = wayFrom(r.Credentials, a.resourceWay), false
		}
		a.ways[r.ID] = r.Credentials
		if r.Credentials.Profile != "" {
			a.profiles[r.ID] = r.Credentials.Profile
		}
		r.VPCs, r.Credentials = nil, steps.CredentialAnswers{}
		a.resources = append(a.resources, r)
	}
	return a
}

func wayFrom(c steps.CredentialAnswers, otherwise wayIn) wayIn {
	switch {
	case c.AssumeRole != "":
		otherwise.by, otherwise.role = byRole, c.AssumeRole
	case c.Profile != "":
		otherwise.by, otherwise.profile = byProfile, c.Profile
	}
	return otherwise
}

// dropQuestions takes the questions of other answers off the way here. The list of answers stands in their place.
func (m *model) dropQuestions() {
	isQuestion := func(s screen) bool { _, q := s.(asked); return q }
	first := slices.IndexFunc(m.stack, isQuestion)
	if first < 0 {
		return
	}
	m.stack = slices.DeleteFunc(slices.Clone(m.stack), func(s screen) bool {
		_, list := s.(*answerList)
		return list || isQuestion(s)
	})
	m.stack = slices.Insert(m.stack, min(first, len(m.stack)), screen(newAnswerList(m)))
}
