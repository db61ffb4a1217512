package policy

import "testing"

func TestWithAndWithout(t *testing.T) {
	foreign := parse(t, `{"Id":"theirs","Statement":[{"Sid":"F1","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["b","a"]},{"Sid":"Ours","Effect":"Allow","Principal":"*","Action":"old","Resource":"r"},{"Effect":"Allow","Principal":"*","Action":"x","Resource":"r"}]}`)
	ours := Statement{Sid: "Ours", Effect: Allow, Principal: Everyone(), Action: One("new"), Resource: One("r")}
	more := Statement{Sid: "More", Effect: Allow, Principal: Everyone(), Action: One("more"), Resource: One("r")}
	twice := Statement{Sid: "Twice", Effect: Allow, Principal: AWSPrincipal("*"), Action: One("X"), Resource: List("r")}
	before := foreign.String()

	got := foreign.With(ours, more, twice)
	const want = `{"Id":"theirs","Statement":[{"Sid":"F1","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["b","a"]},{"Sid":"Ours","Effect":"Allow","Principal":"*","Action":"new","Resource":"r"},{"Effect":"Allow","Principal":"*","Action":"x","Resource":"r"},{"Sid":"More","Effect":"Allow","Principal":"*","Action":"more","Resource":"r"}]}`
	if got.String() != want {
		t.Errorf("merged into\n%s", got)
	}
	if again := got.With(ours, more, twice); again.String() != want {
		t.Errorf("a second merge gives\n%s", again)
	}
	listed := ours.Clone()
	listed.Action = List("new")
	if again := got.With(listed); again.String() != want {
		t.Errorf("another form of the same grant was written: %s", again)
	}
	if foreign.String() != before {
		t.Error("the original was changed")
	}
	if back := got.Without("Ours", "More", ""); len(back.Statements) != 2 || back.Statements[0].Sid != "F1" || back.Statements[1].Sid != "" {
		t.Errorf("taken out: %s", back)
	}
	if fresh := (Document{}).With(more); fresh.Version != Version2012 {
		t.Errorf("a new document: %s", fresh)
	}
}

func TestAddAndRemoveResources(t *testing.T) {
	ours := Statement{Sid: "S", Effect: Allow, Action: List("s3:GetObject"), Resource: List("b1", "b1/*")}
	other := Statement{Sid: "S", Effect: Allow, Action: List("s3:GetObject"), Resource: List("b2", "b2/*")}
	d := New().AddResources(ours).AddResources(other).AddResources(ours)
	const both = `{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Action":["s3:GetObject"],"Resource":["b1","b1/*","b2","b2/*"]}]}`
	if d.String() != both {
		t.Fatalf("added: %s", d)
	}
	d = d.RemoveResources("S", ours.Resource.Values())
	if d.String() != New(other).String() {
		t.Errorf("removed: %s", d)
	}
	if d = d.RemoveResources("S", []string{"b1", "zzz"}); len(d.Statements) != 1 {
		t.Errorf("a list without our entries was dropped: %s", d)
	}
	if d = d.RemoveResources("S", other.Resource.Values()); len(d.Statements) != 0 || !d.Equal(New()) {
		t.Errorf("an empty statement stays: %s", d)
	}

	// A Deny or a condition under our Sid is not ours: our entries must not join it.
	theirs := parse(t, `{"Statement":[{"Sid":"S","Effect":"Deny","Action":"s3:GetObject","Resource":"b9"}]}`)
	d = theirs.AddResources(ours).AddResources(other)
	if len(d.Statements) != 2 || d.Statements[1].Sid != "S2" || d.Statements[1].Resource.Len() != 4 || d.Statements[0].Resource.Len() != 1 {
		t.Errorf("beside a Deny: %s", d)
	}
	if d = d.RemoveResources("S", append(ours.Resource.Values(), append(other.Resource.Values(), "b9")...)); d.String() != theirs.String() {
		t.Errorf("taken out again: %s", d)
	}
	// What is missing of the actions is mended, what is more stays.
	d = parse(t, `{"Statement":[{"Sid":"S","Effect":"Allow","Action":"S3:PutObject","Resource":"b1"}]}`).AddResources(ours)
	if got := d.Statements[0].String(); got != `{"Sid":"S","Effect":"Allow","Action":["S3:PutObject","s3:GetObject"],"Resource":["b1","b1/*"]}` {
		t.Errorf("mended: %s", got)
	}
}
