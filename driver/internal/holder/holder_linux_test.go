package holder

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// A program is named while it has the file open, and by no longer than that. This
// one is not among the others.
func TestOthers(t *testing.T) {
	const path = "/dev/full"
	mine, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	cmd := exec.Command("sh", "-c", "exec 3<"+path+"; echo open; read end; exec 3<&-; echo closed; read end")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); cmd.Wait() }()
	said := bufio.NewScanner(out)
	for _, open := range []bool{true, false} {
		if !said.Scan() {
			t.Fatal("the shell has ended")
		}
		is := slices.Contains(Others(path), Program{PID: cmd.Process.Pid, Name: "sh"})
		if is != open {
			t.Errorf("%s: seen %v", said.Text(), is)
		}
		in.Write([]byte("\n"))
	}
	if slices.ContainsFunc(Others(path), func(p Program) bool { return p.PID == os.Getpid() }) {
		t.Error("this program is not another one")
	}
	var dev unix.Stat_t
	if err := unix.Fstat(int(mine.Fd()), &dev); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(Ours(dev), int(mine.Fd())) {
		t.Errorf("ours are %v, want %d among them", Ours(dev), mine.Fd())
	}
	if Here(path) != 1 || Here("/dev/there-is-no-such") != 0 {
		t.Error("what this program has open is not known")
	}
	if Others("/dev/there-is-no-such") != nil {
		t.Error("nobody has what is not there")
	}
}
