package journal

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var kills = flag.Int("kills", 25, "how often TestKill kills a process that writes")

// The test binary is its own victim: with this in the environment it appends to
// the journal of that path until it is killed.
const (
	victimEnv = "TILLGATE_JOURNAL_VICTIM"
	roundEnv  = "TILLGATE_JOURNAL_ROUND"
	unsafeEnv = "TILLGATE_JOURNAL_UNSAFE"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(victimEnv); path != "" {
		fmt.Fprintln(os.Stderr, victim(path))
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// victim writes one line to stdout for each operation that was acknowledged,
// and goes on until it is killed.
func victim(path string) error {
	j, err := Open(path, Options{Key: tillKey, LockWait: 5 * time.Second, UnsafeAckFirst: os.Getenv(unsafeEnv) != ""})
	if err != nil {
		return err
	}
	errs := make(chan error)
	for g := range 4 {
		go func() {
			for i := 0; ; i++ {
				sale := fmt.Sprintf("%s-%d-%d", os.Getenv(roundEnv), g, i)
				e, err := j.Append(op(sale, loyalty.Reserve, 1), true)
				if err != nil {
					errs <- err
					return
				}
				os.Stdout.WriteString(string(e.Op.Key) + " pending\n")
				if _, err := j.Sending(e.Op.Key); err != nil {
					errs <- err
					return
				}
				os.Stdout.WriteString(string(e.Op.Key) + " unknown\n")
				if _, err := j.Settle(e.Op.Key, loyalty.Outcome{Version: 1, Spent: 1}, nil); err != nil {
					errs <- err
					return
				}
				os.Stdout.WriteString(string(e.Op.Key) + " done\n")
			}
		}()
	}
	return <-errs
}

// killed runs the victim, kills it at a random moment after its first
// acknowledgement and returns how far each operation was acknowledged.
func killed(t *testing.T, path string, round int, unsafe bool) map[loyalty.Key]State {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+path, roundEnv+"="+strconv.Itoa(round))
	if unsafe {
		cmd.Env = append(cmd.Env, unsafeEnv+"=1")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	acked := map[loyalty.Key]State{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		key, state, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			t.Fatalf("victim says %q", lines.Text())
		}
		acked[loyalty.Key(key)] = State(state)
		once.Do(func() {
			time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, func() { cmd.Process.Kill() })
		})
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == 3 {
		t.Fatalf("the victim was not killed: %v: %s", err, stderr.String())
	}
	return acked
}

var rank = map[State]int{Pending: 1, Unknown: 2, Done: 3}

// lost counts what was acknowledged and is not in the journal that far, and
// fails if anything is there twice.
func lost(t *testing.T, path string, acked map[loyalty.Key]State) int {
	t.Helper()
	j := open(t, path)
	defer closeChecked(t, j)
	found := map[loyalty.Key]State{}
	for _, e := range must[[]Entry](t)(j.Entries(Filter{})) {
		if _, twice := found[e.Op.Key]; twice {
			t.Errorf("%s is there twice", e.Op.Key)
		}
		found[e.Op.Key] = e.State
	}
	n := 0
	for key, state := range acked {
		if rank[found[key]] < rank[state] {
			n++
		}
	}
	return n
}

// inMemory is a path on a file system without a disk, where there is one: what a
// killed process wrote is in the system's cache either way, and 200 kills are
// quick.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "tillgate-kill-*")
	if err != nil {
		return path(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "journal.db")
}

// TestKill kills a writing process again and again: whatever was acknowledged
// is in the journal, once. It shows nothing about a power cut: what a killed
// process wrote is in the system's cache, flushed or not.
func TestKill(t *testing.T) {
	const ofOne = 25 // kills of one journal: all of it is looked at after each
	total := 0
	for first := 0; first < *kills; first += ofOne {
		p := inMemory(t)
		acked := map[loyalty.Key]State{}
		for round := first; round < min(first+ofOne, *kills); round++ {
			for k, s := range killed(t, p, round, false) {
				acked[k] = s
			}
			if n := lost(t, p, acked); n > 0 {
				t.Fatalf("round %d: %d of %d acknowledged operations are lost", round, n, len(acked))
			}
		}
		total += len(acked)
		os.RemoveAll(filepath.Dir(p))
	}
	if total < *kills {
		t.Fatalf("only %d operations were acknowledged in %d rounds: nothing is shown", total, *kills)
	}
	t.Logf("%d kills, %d operations acknowledged, none lost", *kills, total)
}

// TestKillNoticesEarlyAcknowledgement shows that TestKill would notice a
// journal that acknowledges before it commits.
func TestKillNoticesEarlyAcknowledgement(t *testing.T) {
	p := filepath.Join(t.TempDir(), "journal.db")
	for round := range 100 {
		if n := lost(t, p, killed(t, p, round, true)); n > 0 {
			t.Logf("round %d: %d lost, as it should be", round, n)
			return
		}
	}
	t.Error("nothing was lost: the kill test would not notice either")
}
