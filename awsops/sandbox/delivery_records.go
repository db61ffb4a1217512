package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/flowgrant/flowgrant/awsops/flowrecord"
)

// content is an object's bytes; those of a delivered object are made from its key and time, always the same.
func (w *World) content(o *Object) []byte {
	if !o.FlowLog {
		return o.Body
	}
	var packed bytes.Buffer
	fields, records := w.records(o)
	if strings.HasSuffix(o.Key, ".parquet") {
		return parquetFile(fields, records)
	}
	_ = flowrecord.Write(&packed, fields, records) // it only fails on values with spaces, and none is made here
	return packed.Bytes()
}

// measure fills in the size and ETag of a delivered object, once somebody asks for them.
func (w *World) measure(o *Object) {
	if o.ETag != "" {
		return
	}
	body := w.content(o)
	sum := md5.Sum(body)
	o.Size, o.ETag = int64(len(body)), hex.EncodeToString(sum[:])
}

// records makes the records of a delivered object.
func (w *World) records(o *Object) (fields []string, records []flowrecord.Record) {
	key, _ := flowrecord.ParseKey(o.Key)
	rd := w.Accounts[key.Account].Regions[key.Region]
	return rd.flowRecords(rd.everFlowLog(key.FlowLogID), key.Account, key.Region, o.Modified, o.Key)
}

// everFlowLog finds a flow log, also one that was deleted.
func (rd *RegionData) everFlowLog(id string) *FlowLog {
	for _, former := range rd.Former {
		if former.ID == id {
			return former
		}
	}
	return rd.flowLog(id)
}

// flowRecords makes the fields of the flow log's own format and the records of each interface in the interval that ends at end. The same
// seed gives the same records.
func (rd *RegionData) flowRecords(f *FlowLog, account, region string, end time.Time, seed string) (fields []string, records []flowrecord.Record) {
	start := end.Add(-time.Duration(f.Interval) * time.Second)
	fields, _ = flowrecord.ParseFormat(f.Format)
	version := 2
	for _, field := range fields {
		version = max(version, flowLogFields[field])
	}
	random := rand.New(rand.NewPCG(hash64(f.ID), hash64(seed)))
	vpc, interfaces, _ := rd.traced(f.ResourceID)
	for n, i := range interfaces {
		common := flowrecord.Record{
			"version": strconv.Itoa(version), "account-id": account, "interface-id": i.ID, "vpc-id": vpc.ID, "subnet-id": i.SubnetID,
			"instance-id": fmt.Sprintf("i-0%016x", hash64(i.ID)), "region": region, "az-id": zoneID(region, 1), "interface-type": "interface",
			"start": strconv.FormatInt(start.Unix(), 10), "end": strconv.FormatInt(end.Unix(), 10), "log-status": "NODATA",
		}
		before := len(records)
		// An interface is silent now and then; the first one never is in the first delivery, so that a new flow log soon shows traffic.
		quiet := random.IntN(8) == 0 && (n > 0 || end.Sub(f.Created) > 2*firstDelivery)
		for range 3 + random.IntN(4) {
			for _, record := range conversation(random, i.IP, vpc.CIDR, start, end) {
				if quiet || f.Traffic != "ALL" && f.Traffic != record["action"] {
					continue
				}
				for field, value := range common {
					if _, has := record[field]; !has {
						record[field] = value
					}
				}
				records = append(records, record)
			}
		}
		if len(records) == before {
			records = append(records, common)
		}
	}
	return fields, records
}

// tcpFlags are the OR of the flags seen in an interval, of the side that opens a connection and of the side that answers
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html): SYN 2, SYN-ACK 18, FIN 1, RST 4, ACK alone 0.
var tcpFlags = [][2]int{{2, 18}, {3, 19}, {3, 19}, {1, 1}, {0, 0}, {3, 18}}

// conversation is the records of one TCP connection, or of one that was turned away.
func conversation(random *rand.Rand, own, cidr string, start, end time.Time) []flowrecord.Record {
	peer := fmt.Sprintf("%d.%d.%d.%d", []int{3, 18, 34, 52, 198}[random.IntN(5)], 1+random.IntN(250), random.IntN(255), 1+random.IntN(253))
	if octets := strings.Split(cidr, "."); len(octets) == 4 && random.IntN(2) == 0 {
		peer = fmt.Sprintf("%s.%s.%d.%d", octets[0], octets[1], random.IntN(4), 10+random.IntN(200))
	}
	client, server := 1024+random.IntN(64000), []int{443, 443, 80, 22, 3306, 5432, 8080, 6379}[random.IntN(8)]
	seconds := max(int(end.Sub(start).Seconds()), 2)
	first := random.IntN(seconds - 1)
	last := first + 1 + random.IntN(seconds-first)
	record := func(src, dst string, srcport, dstport, packets, size, flags int, action string) flowrecord.Record {
		r := flowrecord.Record{
			"srcaddr": src, "dstaddr": dst, "pkt-srcaddr": src, "pkt-dstaddr": dst, "srcport": strconv.Itoa(srcport), "dstport": strconv.Itoa(dstport),
			"protocol": "6", "packets": strconv.Itoa(packets), "bytes": strconv.Itoa(packets * size), "action": action, "log-status": "OK",
			"tcp-flags": strconv.Itoa(flags), "type": "IPv4", "flow-direction": "ingress",
			"start": strconv.FormatInt(start.Unix()+int64(first), 10), "end": strconv.FormatInt(start.Unix()+int64(min(last, seconds)), 10),
		}
		if src == own {
			r["flow-direction"], r["traffic-path"] = "egress", "8"
			if octets := strings.SplitN(own, ".", 3); strings.HasPrefix(dst, octets[0]+"."+octets[1]+".") {
				r["traffic-path"] = "1"
			}
		}
		return r
	}
	if random.IntN(4) == 0 {
		return []flowrecord.Record{record(peer, own, client, server, 1+random.IntN(3), 40+20*random.IntN(2), 2, "REJECT")}
	}
	flags, packets, size := tcpFlags[random.IntN(len(tcpFlags))], 4+random.IntN(60), 52+random.IntN(900)
	a, b := own, peer
	if random.IntN(2) == 0 {
		a, b = peer, own
	}
	return []flowrecord.Record{
		record(a, b, client, server, packets, size, flags[0], "ACCEPT"),
		record(b, a, server, client, max(packets-random.IntN(4), 1), 52+random.IntN(1300), flags[1], "ACCEPT"),
	}
}
