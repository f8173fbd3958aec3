package usb

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of the guide anew")

// The guide's table of what each scanner can deliver is right. Packages hid and serial
// have the tests in which each of its cells is played.
func TestTableOfTheGuide(t *testing.T) {
	const guide, begin, end = "../README.md", "<!-- codes -->\n", "<!-- end of codes -->\n"
	b, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("there is no table")
	}
	if table := codes(); table != old && *update {
		if err := os.WriteFile(guide, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != old {
		t.Errorf("the table of %s is not right (go test -update writes it anew):\n%s", guide, table)
	}
}

// codes is the table in Markdown, with a note for each reason why a cell can not be.
func codes() string {
	var b strings.Builder
	b.WriteString("| |")
	for _, s := range Scanners() {
		fmt.Fprintf(&b, " %s |", s.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(Scanners())) + "\n")
	var reasons []string
	for _, p := range Payloads() {
		fmt.Fprintf(&b, "| %s |", p.Name)
		for _, s := range Scanners() {
			cell := "yes"
			if len(p.Code.Data) == 0 {
				cell = "no code"
			}
			if why := s.Lacks(p.Code); why != "" {
				cell = "–"
				if note := fmt.Sprintf("%s, %s: %s", s.Name, p.Name, why); len(reasons) == 0 || reasons[len(reasons)-1] != note {
					reasons = append(reasons, note)
				}
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\nWhat can not be (–): %s.\n", strings.Join(reasons, "; "))
	return b.String()
}
