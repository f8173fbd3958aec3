package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The configurations in the guide to the programmes are right as they stand there.
func TestGuideOfTheProgrammes(t *testing.T) {
	guide, err := os.ReadFile("../../sync/README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAXMA_KEY", "k")
	t.Setenv("AMOCRM_TOKEN", "t")
	seen := 0
	for i, part := range strings.Split(string(guide), "```toml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.toml", i))
		if err := os.WriteFile(path, []byte(text+fmt.Sprintf("[page]\nlisten = %q\n", "127.0.0.1:0")), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := LoadConfig(path)
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if _, err := cfg.provider(Secret.Read); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
		if _, err := cfg.decoder(); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
		seen++
	}
	if seen != 2 {
		t.Errorf("%d examples, want 2", seen)
	}
}

// The commands in the guides, as they stand there, are commands that there are.
func TestGuidesNameCommands(t *testing.T) {
	guides, err := filepath.Glob("../../*/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, guide := range append(guides, "../../README.md", "../../sync/README.md") {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			m := command.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			seen++
			if _, err := new(cli).grammar().Parse(strings.Fields(quoted.ReplaceAllString(m[1], "TEXT"))); err != nil {
				t.Errorf("%s: %s%v", guide, line, err)
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d commands are in the guides, which had more", seen)
	}
}

var (
	command = regexp.MustCompile(`^    (?:\$ |bin/)?tillgate ([^#>\n]+)`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
)
