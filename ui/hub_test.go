package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/ui/checkout"
)

// The sections are those of the state as a whole: the document has both.
func TestSectionsAreTheState(t *testing.T) {
	files, err := filepath.Glob("checkout/testdata/state-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden states: %v", err)
	}
	for _, f := range files {
		s := goldenState(t, f)
		whole, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		sections, err := sectionsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(whole, &want); err != nil {
			t.Fatal(err)
		}
		if len(sections) != len(want) {
			t.Errorf("%s: %d sections, want %d", f, len(sections), len(want))
		}
		for name, v := range want {
			if string(sections[name]) != string(v) {
				t.Errorf("%s: section %s is %s, want %s", f, name, sections[name], v)
			}
		}
	}
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
