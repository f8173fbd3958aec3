package powercut

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Modules are what the kernel needs for these disks and their file system.
var Modules = []string{"virtio_pci", "virtio_blk", "crc32c_generic", "ext4"}

// Plug are QEMU's arguments for the i-th disk: its serial number, its image or where
// it is served, and how QEMU caches it.
func Plug(serial string, i int, file, cache string) []string {
	return []string{
		"-drive", fmt.Sprintf("if=none,id=%s,format=raw,cache=%s,file=%s", serial, cache, file),
		"-device", fmt.Sprintf("virtio-blk-pci,drive=%s,serial=%s,addr=%d.%d,multifunction=on", serial, serial, 4+i/8, i%8),
	}
}

// Socket serves a disk until the test ends, and returns what Plug calls its image.
func Socket(t *testing.T, d *Disk) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cut") // short: the path of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nbd")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go d.Serve(l)
	t.Cleanup(func() { l.Close(); os.RemoveAll(dir) })
	return "nbd+unix:///?socket=" + path
}

// Ext4 is an empty file system of a size in bytes.
func Ext4(t *testing.T, size int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	Image(t, path, make([]byte, size))
	mke2fs, err := exec.LookPath("mke2fs")
	if err != nil {
		mke2fs = "/sbin/mke2fs"
	}
	out, err := exec.Command(mke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0", path).CombinedOutput()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("POWER CUTS ARE NOT TESTED: mke2fs: %v %s", err, out)
	} else if err != nil {
		t.Fatalf("mke2fs: %v %s", err, out)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// Image writes a file without the blocks that are zero.
func Image(t *testing.T, path string, data []byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, 4096)
	for at := 0; at < len(data); at += len(zero) {
		b := data[at:min(at+len(zero), len(data))]
		if string(b) == string(zero[:len(b)]) {
			continue
		}
		if _, err := f.WriteAt(b, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// Repair looks a file system through, as the start of a machine does.
func Repair(t *testing.T, file string) {
	t.Helper()
	e2fsck, err := exec.LookPath("e2fsck")
	if err != nil {
		e2fsck = "/sbin/e2fsck"
	}
	out, err := exec.Command(e2fsck, "-f", "-y", file).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() < 4 { // errors were corrected
		err = nil
	}
	if err != nil {
		t.Fatalf("e2fsck: %v %s", err, out)
	}
}

// Device is the file of the disk of a serial number, in the guest.
func Device(t *testing.T, serial string) string {
	t.Helper()
	for range 500 {
		files, _ := filepath.Glob("/sys/block/vd*/serial")
		for _, f := range files {
			if b, _ := os.ReadFile(f); strings.TrimSpace(string(b)) == serial {
				return "/dev/" + filepath.Base(filepath.Dir(f))
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no disk %s", serial)
	return ""
}
