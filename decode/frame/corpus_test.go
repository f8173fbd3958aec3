package frame_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/frame"
)

var corpus = flag.Bool("corpus", false, "measure on the photographs that gozxing carries in the module cache")

// TestCorpus is the second set: gozxing's own test pictures, photographs of
// paper for the most part, with the texts that its tests expect of them.
func TestCorpus(t *testing.T) {
	if !*corpus {
		t.Skip("without -corpus nothing is measured")
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/makiuchi-d/gozxing").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	tests, err := filepath.Glob(filepath.Join(root, "*", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	line := regexp.MustCompile(`"(testdata/[^"]+\.(?:png|jpg|gif))",\s*("(?:[^"\\\n]|\\.)*")`)
	var set []sample
	seen := map[string]bool{}
	for _, name := range tests {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(string(src), -1) {
			path := filepath.Join(filepath.Dir(name), m[1])
			text, err := strconv.Unquote(m[2])
			f, openErr := os.Open(path)
			if err != nil || openErr != nil || text == "" || seen[path] {
				continue
			}
			seen[path] = true
			fr, err := frame.ReadPicture(f)
			f.Close()
			if err != nil {
				continue
			}
			group := filepath.Base(filepath.Dir(strings.ReplaceAll(path, "/testdata", "")))
			if group == "3" {
				group = "datamatrix-3"
			}
			format := map[string]string{"codabar": "codabar", "ean13": "ean13", "upca": "ean13"}[group]
			switch group {
			case "code93", "ean8", "upce", "rss":
				continue // no card formats
			}
			s := sample{kind: group, format: format, severity: 1, text: text, name: m[1], w: fr.W, h: fr.H, file: filepath.Join(dir, strconv.Itoa(len(set))+".pgm")}
			for y := range fr.H {
				s.y = append(s.y, fr.Y[y*fr.Stride:][:fr.W]...)
			}
			if err := store(s); err != nil {
				t.Fatal(err)
			}
			set = append(set, s)
		}
	}
	if len(set) == 0 {
		t.Fatal("no pictures found")
	}
	measure(t, set, nil)
}
