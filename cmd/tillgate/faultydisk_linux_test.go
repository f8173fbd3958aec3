package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// faultyDisk is what is under a folder of the real program: every system call by
// which it changes a file there is stopped by the kernel and decided on here
// (seccomp user notification, seccomp_unotify(2)). The program is the one that is
// shipped, and every file counts, whoever writes it.
type faultyDisk struct {
	t      *testing.T
	dir    string
	mu     sync.Mutex
	n      int // calls so far
	made   []string
	served sync.WaitGroup // is done when the programs on it have ended

	fails func(n int, c diskCall) effect // nil: the disk is well
}

// diskCall is a request to the disk.
type diskCall struct {
	Name string // of the system call
	Path string // of the file
}

func (c diskCall) String() string { return c.Name + " " + filepath.Base(c.Path) }

// effect is what becomes of a request. The zero value lets it pass.
type effect struct {
	err  syscall.Errno
	half bool // half of what is written arrives
	kill bool // the program ends, before the request is carried out
}

// diskCalls are the requests that change something, with those of their arguments
// that name the file: a descriptor, or a path.
var diskCalls = map[int32]struct {
	name string
	fd   bool
	arg  int
}{
	unix.SYS_WRITE: {"write", true, 0}, unix.SYS_PWRITE64: {"pwrite", true, 0}, unix.SYS_FSYNC: {"fsync", true, 0},
	unix.SYS_FDATASYNC: {"fdatasync", true, 0}, unix.SYS_FTRUNCATE: {"truncate", true, 0}, unix.SYS_FALLOCATE: {"fallocate", true, 0},
	unix.SYS_OPENAT: {"create", false, 1}, unix.SYS_RENAMEAT: {"rename", false, 1}, unix.SYS_RENAMEAT2: {"rename", false, 1},
	unix.SYS_UNLINKAT: {"unlink", false, 1}, unix.SYS_MKDIRAT: {"mkdir", false, 1},
}

// faultyDiskEnv tells a process of this test binary that it is to become a program
// on a faulty disk: the path of the program.
const faultyDiskEnv = "TILLGATE_ON_A_FAULTY_DISK"

// noFaultyDisk is its exit code if the system does not let it.
const noFaultyDisk = 99

// becomeFaulty gives the listener to the parent and becomes the program. It is
// called first of all by a process that onFaultyDisk has started.
func becomeFaulty() {
	program := os.Getenv(faultyDiskEnv)
	if program == "" {
		return
	}
	os.Unsetenv(faultyDiskEnv)
	err := listenForCalls(3)
	if err == nil {
		err = syscall.Exec(program, append([]string{program}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "faulty disk:", err)
	os.Exit(noFaultyDisk)
}

// listenForCalls has the calls of this thread, and of what it becomes, wait for
// whoever has the listener, which goes out by a socket.
func listenForCalls(socket int) error {
	const nr, flags = 0, 16 + 2*8 // in struct seccomp_data: the number, the third argument
	prog := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nr}}
	for call := range diskCalls {
		if call == unix.SYS_OPENAT {
			continue
		}
		prog = append(prog, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(call), Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	prog = append(prog,
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_OPENAT, Jf: 3},
		unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: flags},
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: unix.O_CREAT, Jf: 1},
		unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_USER_NOTIF},
		unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const waitKillable = 1 << 5 // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: the runtime's signals repeat no call
	f := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|waitKillable, uintptr(unsafe.Pointer(&f)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return unix.Sendmsg(socket, []byte{0}, unix.UnixRights(int(fd)), nil, 0)
}

// under puts the disk under a command that is about to start; started is to be
// called when it has.
func (d *faultyDisk) under(t *testing.T, cmd *exec.Cmd) (started func()) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := os.NewFile(uintptr(pair[1]), "child")
	cmd.Env = append(cmd.Env, faultyDiskEnv+"="+cmd.Path)
	cmd.Path, cmd.ExtraFiles = self, []*os.File{child}
	d.served.Go(func() {
		defer unix.Close(pair[0])
		room := make([]byte, unix.CmsgSpace(4))
		_, n, _, _, err := unix.Recvmsg(pair[0], make([]byte, 1), room, unix.MSG_CMSG_CLOEXEC)
		if err != nil || n == 0 {
			return // it said why
		}
		msgs, err := unix.ParseSocketControlMessage(room[:n])
		if err != nil || len(msgs) == 0 {
			return
		}
		if fds, err := unix.ParseUnixRights(&msgs[0]); err == nil && len(fds) == 1 {
			defer unix.Close(fds[0])
			d.serve(fds[0])
		}
	})
	return func() { child.Close() }
}

// notif is struct seccomp_notif, verdict struct seccomp_notif_resp.
type notif struct {
	ID    uint64
	PID   uint32
	Flags uint32
	NR    int32
	Arch  uint32
	IP    uint64
	Args  [6]uint64
}

type verdict struct {
	ID    uint64
	Val   int64
	Error int32
	Flags uint32
}

// serve answers calls until the program has ended.
func (d *faultyDisk) serve(listener int) {
	for {
		fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil || fds[0].Revents&unix.POLLIN == 0 {
			return
		}
		var q notif
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&q))); errno != 0 {
			continue // it was killed meanwhile
		}
		a := verdict{ID: q.ID, Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if e := d.decide(&q); e.kill {
			unix.Kill(int(q.PID), unix.SIGKILL)
		} else if e.err != 0 {
			if e.half {
				writeHalf(&q)
			}
			a.Error, a.Flags = -int32(e.err), 0
		}
		unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&a)))
	}
}

func (d *faultyDisk) decide(q *notif) effect {
	call := diskCalls[q.NR]
	c := diskCall{Name: call.name}
	if call.fd {
		c.Path, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", q.PID, q.Args[call.arg]))
	} else {
		c.Path = pathAt(q.PID, q.Args[call.arg])
	}
	if c.Path != d.dir && !strings.HasPrefix(c.Path, d.dir+"/") {
		return effect{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	d.made = append(d.made, c.String())
	if d.fails == nil {
		return effect{}
	}
	return d.fails(d.n, c)
}

// heal mends the disk, and says how many requests there were.
func (d *faultyDisk) heal() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails = nil
	return d.n
}

// breaks sets what becomes of the requests from now on, which are counted from 1.
func (d *faultyDisk) breaks(fails func(n int, c diskCall) effect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n, d.made, d.fails = 0, nil, fails
}

// pathAt is a path in the memory of a process.
func pathAt(pid uint32, at uint64) string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, 512)
	n, _ := f.ReadAt(b, int64(at))
	path, _, _ := strings.Cut(string(b[:n]), "\x00")
	return path
}

// writeHalf carries out half of a write at a place.
func writeHalf(q *notif) {
	if q.NR != unix.SYS_PWRITE64 {
		return
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", q.PID))
	if err != nil {
		return
	}
	defer mem.Close()
	b := make([]byte, q.Args[2]/2)
	if _, err := mem.ReadAt(b, int64(q.Args[1])); err != nil {
		return
	}
	if f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/%d", q.PID, q.Args[0]), os.O_WRONLY, 0); err == nil {
		f.WriteAt(b, int64(q.Args[3]))
		f.Close()
	}
}
