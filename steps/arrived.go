package steps

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// Arrived is a picture of the flow log records that a proof has opened: the newest object of each VPC, up to 1000 records of each.
type Arrived struct {
	Objects  int
	Records  int
	NoData   int // records of intervals without traffic
	Skipped  int // records of intervals that AWS could not record in full
	Accepted int
	Rejected int
	First    time.Time // earliest start of a record, UTC
	Last     time.Time // latest end of a record, UTC
	OverTime []ArrivedAt
	Talkers  []ArrivedCount // source addresses with the most bytes, at most ten
	TCPFlags []ArrivedCount // records by TCP flag, as FIN, SYN, RST, PSH, ACK, URG; a record may count for several
}

// ArrivedAt counts the records whose interval began in one span of time.
type ArrivedAt struct {
	Start              time.Time // of the span, UTC
	Accepted, Rejected int
}

// ArrivedCount is a name with its records and their bytes.
type ArrivedCount struct {
	Name    string
	Records int
	Bytes   int64
}

const (
	arrivedSpans   = 12
	mostTalkers    = 10
	mostAddresses  = 50_000 // kept while counting
	arrivedMinutes = 24 * 60
)

// tcpFlagNames are the flags by their bit. Source: VPC user guide, flow-log-records, field tcp-flags.
var tcpFlagNames = []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"}

// arrivals counts records as they are read; it keeps none of them.
type arrivals struct {
	mu      sync.Mutex
	sum     Arrived
	minutes map[int64]*ArrivedAt // by Unix minute
	talkers map[string]*ArrivedCount
	flags   map[string]*ArrivedCount
}

// add counts the records of one object.
func (a *arrivals) add(s flowrecord.Sample) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.minutes == nil {
		a.minutes, a.talkers, a.flags = map[int64]*ArrivedAt{}, map[string]*ArrivedCount{}, map[string]*ArrivedCount{}
	}
	a.sum.Objects++
	a.sum.Records += len(s.Records)
	a.sum.NoData += s.Status["NODATA"]
	a.sum.Skipped += s.Status["SKIPDATA"]
	a.sum.Accepted += s.Accepted
	a.sum.Rejected += s.Rejected
	if !s.First.IsZero() && (a.sum.First.IsZero() || s.First.Before(a.sum.First)) {
		a.sum.First = s.First
	}
	if s.Last.After(a.sum.Last) {
		a.sum.Last = s.Last
	}
	for _, r := range s.Records {
		a.record(r)
	}
}

func (a *arrivals) record(r flowrecord.Record) {
	if start, err := strconv.ParseInt(r["start"], 10, 64); err == nil && (r["action"] == "ACCEPT" || r["action"] == "REJECT") {
		at := a.minutes[start/60]
		if at == nil && len(a.minutes) < arrivedMinutes {
			at = &ArrivedAt{Start: time.Unix(start/60*60, 0).UTC()}
			a.minutes[start/60] = at
		}
		switch {
		case at == nil:
		case r["action"] == "ACCEPT":
			at.Accepted++
		default:
			at.Rejected++
		}
	}
	bytes, _ := strconv.ParseInt(r["bytes"], 10, 64)
	if source := r["srcaddr"]; source != "" && source != "-" {
		counted(a.talkers, source, bytes)
	}
	if flags, err := strconv.Atoi(r["tcp-flags"]); err == nil && r["protocol"] == "6" {
		for bit, name := range tcpFlagNames {
			if flags&(1<<bit) != 0 {
				counted(a.flags, name, bytes)
			}
		}
	}
}

func counted(counts map[string]*ArrivedCount, name string, bytes int64) {
	c := counts[name]
	if c == nil {
		if len(counts) >= mostAddresses {
			return
		}
		c = &ArrivedCount{Name: name}
		counts[name] = c
	}
	c.Records++
	c.Bytes += bytes
}

// picture sums up what was counted; nil where nothing was read.
func (a *arrivals) picture() *Arrived {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sum.Objects == 0 {
		return nil
	}
	p := a.sum
	p.OverTime = spans(a.minutes)
	for _, c := range a.talkers {
		p.Talkers = append(p.Talkers, *c)
	}
	slices.SortFunc(p.Talkers, func(x, y ArrivedCount) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(y.Records, x.Records), strings.Compare(x.Name, y.Name))
	})
	p.Talkers = p.Talkers[:min(len(p.Talkers), mostTalkers)]
	for _, name := range tcpFlagNames {
		if c := a.flags[name]; c != nil {
			p.TCPFlags = append(p.TCPFlags, *c)
		}
	}
	return &p
}

// spans puts minutes into at most arrivedSpans spans of the same length.
func spans(minutes map[int64]*ArrivedAt) []ArrivedAt {
	if len(minutes) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(minutes))
	first, length := keys[0], (keys[len(keys)-1]-keys[0])/arrivedSpans+1
	list := make([]ArrivedAt, (keys[len(keys)-1]-first)/length+1)
	for i := range list {
		list[i].Start = time.Unix((first+int64(i)*length)*60, 0).UTC()
	}
	for _, k := range keys {
		at := &list[(k-first)/length]
		at.Accepted += minutes[k].Accepted
		at.Rejected += minutes[k].Rejected
	}
	return list
}
