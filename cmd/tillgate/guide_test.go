package main

import (
	"fmt"
	"os"
	"path/filepath"
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
