package ui

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tillgate/tillgate/ui/checkout"
)

// What is put together by hand is what encoding/json would make of the types: the
// whole state, and then each change from one state to the next.
func TestHandMadeMessages(t *testing.T) {
	files, err := filepath.Glob("checkout/testdata/state-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden states: %v", err)
	}
	h, sections := newHub(defaultLimits), map[string]json.RawMessage{}
	for _, f := range files {
		s := goldenState(t, f)
		if err := h.update(s); err != nil {
			t.Fatal(err)
		}
		change := decoded[changeMessage](t, h.ring[len(h.ring)-1].data)
		if change.Type != "change" || change.Seq != h.seq || len(change.Set) == 0 {
			t.Errorf("%s: %+v", f, change)
		}
		for name, v := range change.Set {
			if string(sections[name]) == string(v) {
				t.Errorf("%s: section %s is sent though it is the same", f, name)
			}
			sections[name] = v
		}
		whole := decoded[stateMessage](t, stateOf(h.seq, h.sections))
		if want := decoded[map[string]json.RawMessage](t, encode(s)); whole.Type != "state" || whole.Seq != h.seq ||
			!reflect.DeepEqual(whole.State, want) || !reflect.DeepEqual(sections, want) {
			t.Errorf("%s: the state is %v, by its changes %v, want %v", f, whole.State, sections, want)
		}
	}
}

// A state that is not another one is not sent again.
func TestNothingNew(t *testing.T) {
	h, s := newHub(defaultLimits), goldenState(t, "checkout/testdata/state-spend.json")
	for range 3 {
		same := goldenState(t, "checkout/testdata/state-spend.json")
		s.Prompt, s.Devices = same.Prompt, same.Devices
		if err := h.update(s); err != nil || h.seq != 1 {
			t.Fatal(h.seq, err)
		}
	}
}

func decoded[T any](t *testing.T, b []byte) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return v
}

func goldenState(t testing.TB, file string) (s checkout.State) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// BenchmarkUpdate is a scan after a scan: another prompt.
func BenchmarkUpdate(b *testing.B) {
	h := newHub(defaultLimits)
	s := goldenState(b, "checkout/testdata/state-spend.json")
	two := *s.Prompt
	two.ID += "x"
	prompts := []*checkout.Prompt{s.Prompt, &two}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Prompt = prompts[i%2]
		if err := h.update(s); err != nil {
			b.Fatal(err)
		}
	}
}
