package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// The stages, in the order of the data. A package imports its own stage and
// those before it; cmd alone imports all.
var stages = []string{"driver", "decode", "sync", "ui", "cmd"}

const module = "github.com/tillgate/tillgate/"

func stageOf(path string) int {
	for i, s := range stages {
		if rest := strings.TrimPrefix(path, module); rest != path && (rest == s || strings.HasPrefix(rest, s+"/")) {
			return i
		}
	}
	return -1
}

func TestImportsGoOneWay(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	packages := 0
	for {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		at := stageOf(p.ImportPath)
		if at < 0 {
			t.Errorf("%s is in no stage: %v", p.ImportPath, stages)
			continue
		}
		if p.ImportPath == module+"sync" {
			t.Errorf("there is a package at sync itself: it collides with the standard library's")
		}
		for _, i := range p.Imports {
			if to := stageOf(i); to > at {
				t.Errorf("%s imports %s: %s comes after %s", p.ImportPath, i, stages[to], stages[at])
			}
			if strings.HasPrefix(i, module) && strings.HasSuffix(i, "test") {
				if !strings.HasSuffix(p.ImportPath, "test") && at != len(stages)-1 {
					t.Errorf("%s imports %s, which is for tests and the demo", p.ImportPath, i)
				}
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were looked at", packages)
	}
}

// The program brings nothing along that is for tests alone.
func TestProgramLinksNoTests(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"cmd/tillgate").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 100 {
		t.Fatalf("%d packages only", len(deps))
	}
	for _, p := range deps {
		if p == "testing" {
			t.Errorf("the program links %s", p)
		}
	}
}
