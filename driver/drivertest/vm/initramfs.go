package vm

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// archive is a cpio archive in the format "newc" (Linux, Documentation/driver-
// api/early-userspace/buffer-format.rst).
type archive struct {
	b    bytes.Buffer
	ino  int
	dirs map[string]bool

	files map[string]bool
}

const (
	modeDir  = 0o040755
	modeFile = 0o100755
)

// file adds a file and the folders it lies in.
func (a *archive) file(name string, data []byte) {
	if a.files == nil {
		a.files = map[string]bool{}
	}
	a.files[name] = true
	name = strings.TrimPrefix(name, "/")
	a.folder(filepath.Dir(name))
	a.entry(name, modeFile, data)
}

func (a *archive) folder(name string) {
	if name == "." || a.dirs[name] {
		return
	}
	a.folder(filepath.Dir(name))
	if a.dirs == nil {
		a.dirs = map[string]bool{}
	}
	a.dirs[name] = true
	a.entry(name, modeDir, nil)
}

func (a *archive) entry(name string, mode int, data []byte) {
	a.ino++
	fmt.Fprintf(&a.b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.b.Write(data)
	a.pad()
}

func (a *archive) pad() { a.b.Write(make([]byte, -a.b.Len()&3)) }

func (a *archive) end() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.b.Bytes()
}

// initramfs packs a test binary and further programs with what they need: their
// libraries, the modules, and the list in which order they are loaded.
func initramfs(binary string, modules []string, programs map[string]string, extra map[string][]byte) ([]byte, error) {
	var a archive
	for _, d := range []string{"proc", "sys", "dev", "tmp", "run", "etc"} {
		a.folder(d)
	}
	init, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	a.file("/init", init)
	if err := a.libraries(binary); err != nil {
		return nil, err
	}
	for name, from := range programs {
		b, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		a.file(name, b)
		if err := a.libraries(from); err != nil {
			return nil, err
		}
	}
	files, err := order(filepath.Join(dir(), "modules"), modules)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		name := "/modules/" + filepath.Base(f)
		list = append(list, name)
		a.file(name, b)
	}
	a.file("/modules/order", []byte(strings.Join(list, "\n")))
	for name, b := range extra {
		a.file(name, b)
	}
	return a.end(), nil
}

// libraries adds what a binary is linked to.
func (a *archive) libraries(binary string) error {
	libs, err := libraries(binary)
	if err != nil {
		return err
	}
	for _, l := range libs {
		if a.files[l] {
			continue
		}
		b, err := os.ReadFile(l)
		if err != nil {
			return err
		}
		a.file(l, b)
	}
	return nil
}

// libraries are the shared libraries of a binary, with the program that loads
// them; none for one that is linked statically.
func libraries(binary string) ([]string, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if needed, err := f.ImportedLibraries(); err != nil || len(needed) == 0 {
		return nil, err
	}
	out, err := exec.Command("ldd", binary).Output()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w", binary, err)
	}
	var libs []string
	for _, w := range strings.Fields(string(out)) {
		if strings.HasPrefix(w, "/") {
			libs = append(libs, w)
		}
	}
	return libs, nil
}

// order finds modules and those they need, which come first.
func order(root string, names []string) ([]string, error) {
	paths := map[string]string{}
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".ko") {
			paths[module(strings.TrimSuffix(filepath.Base(p), ".ko"))] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var files []string
	var add func(name string, needed bool) error
	add = func(name string, needed bool) error {
		p, ok := paths[module(name)]
		if !ok && !needed {
			return fmt.Errorf("kernel has no module %s", name)
		}
		if !ok || slices.Contains(files, p) {
			return nil // built in, or of a folder that setup.sh leaves out
		}
		needs, err := depends(p)
		if err != nil {
			return err
		}
		for _, n := range needs {
			if err := add(n, true); err != nil {
				return err
			}
		}
		files = append(files, p)
		return nil
	}
	for _, n := range names {
		if err := add(n, false); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func module(name string) string { return strings.ReplaceAll(name, "-", "_") }

// depends reads which modules a module needs, from its own ".modinfo".
func depends(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := f.Section(".modinfo")
	if s == nil {
		return nil, fmt.Errorf("%s is no kernel module", path)
	}
	b, err := s.Data()
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(b), "\x00") {
		if list, ok := strings.CutPrefix(line, "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}
