package queue

import (
	"testing"
	"testing/synctest"

	"github.com/tillgate/tillgate/driver"
)

// slow is a till that takes a scan when it is let.
type slow struct {
	let chan struct{}
	got []byte
}

func (s *slow) Opened(driver.Info) {}
func (s *slow) Lost(string)        {}
func (s *slow) Scanned(d driver.Scan) {
	<-s.let
	s.got = append(s.got, d.Data...)
}

func TestOrderAndRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		till := &slow{let: make(chan struct{})}
		q := New(till)
		q.Put(driver.Scan{Data: []byte{0}})
		synctest.Wait() // the till has it in hand
		for i := range room {
			if !q.Put(driver.Scan{Data: []byte{byte(i + 1)}}) {
				t.Fatalf("no room for scan %d", i)
			}
		}
		if q.Put(driver.Scan{Data: []byte{99}}) {
			t.Error("room without end")
		}
		close(till.let)
		q.Close()
		if len(till.got) != room+1 {
			t.Fatalf("%d scans", len(till.got))
		}
		for i, b := range till.got {
			if int(b) != i {
				t.Fatalf("scan %d is %d", i, b)
			}
		}
	})
}
