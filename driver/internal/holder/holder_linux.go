package holder

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Others are the programs that have a device file open.
func Others(path string) []Program {
	var dev unix.Stat_t
	if unix.Stat(path, &dev) != nil {
		return nil
	}
	return OthersOf(dev)
}

// OthersOf are the programs that have a device open, by whatever name of its file.
func OthersOf(dev unix.Stat_t) (all []Program) {
	procs, err := readNames("/proc")
	if err != nil {
		return nil
	}
	for _, name := range procs {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() || len(descriptors(name, dev)) == 0 {
			continue
		}
		comm, _ := os.ReadFile("/proc/" + name + "/comm")
		all = append(all, Program{PID: pid, Name: strings.TrimSpace(string(comm))})
	}
	return all
}

// Here is how often this process has a device file open.
func Here(path string) int {
	var dev unix.Stat_t
	if unix.Stat(path, &dev) != nil {
		return 0
	}
	return len(Ours(dev))
}

// Ours are the file descriptors of this process that are the device.
func Ours(dev unix.Stat_t) []int { return descriptors("self", dev) }

// descriptors lists the file descriptors of a process that are the device.
func descriptors(pid string, dev unix.Stat_t) []int {
	dir := "/proc/" + pid + "/fd"
	names, err := readNames(dir)
	if err != nil {
		return nil
	}
	var fds []int
	for _, name := range names {
		link := filepath.Join(dir, name)
		// The link is read first: a stat of a file on a network share may hang.
		if to, err := os.Readlink(link); err != nil || !strings.HasPrefix(to, "/dev/") {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(link, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != dev.Rdev {
			continue
		}
		if PTY(dev) && st.Dev != dev.Dev { // the numbers of another container's terminals
			continue
		}
		if fd, err := strconv.Atoi(name); err == nil {
			fds = append(fds, fd)
		}
	}
	return fds
}

// PTY reports whether a device is the slave of a pseudo terminal; majors 136 to 143
// are Unix98 slaves (Linux, Documentation/admin-guide/devices.txt).
func PTY(dev unix.Stat_t) bool {
	major := unix.Major(dev.Rdev)
	return major >= 136 && major <= 143
}

func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
