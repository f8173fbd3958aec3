package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// exports reads the JSON files of a folder: every operation of keys is in one of
// them, once; they are numbered and each names the one before.
func exports(t testing.TB, dir string, keys map[loyalty.Key]bool) (numbers []uint64) {
	t.Helper()
	files := must[[]string](t)(filepath.Glob(filepath.Join(dir, "*.json"))) // sorted, by number
	seen := map[loyalty.Key]uint64{}
	var before *previous
	for _, f := range files {
		b := must[[]byte](t)(os.ReadFile(f))
		var x exported
		if err := json.Unmarshal(b, &x); err != nil {
			t.Fatal(err)
		}
		if (before == nil) != (x.Previous == nil) || before != nil && *before != *x.Previous {
			t.Errorf("%s is behind %v, want %v", filepath.Base(f), x.Previous, before)
		}
		sum := sha256.Sum256(b)
		before = &previous{x.Closing, hex.EncodeToString(sum[:])}
		numbers = append(numbers, x.Closing)
		for _, l := range x.Lines {
			if no, twice := seen[l.Key]; twice {
				t.Errorf("%s is in closing %d and %d", l.Key, no, x.Closing)
			}
			seen[l.Key] = x.Closing
			if !keys[l.Key] {
				t.Errorf("%s was never done", l.Key)
			}
		}
	}
	if len(seen) != len(keys) {
		t.Errorf("%d operations exported, of %d", len(seen), len(keys))
	}
	if left := must[[]string](t)(filepath.Glob(filepath.Join(dir, "*.new*"))); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	return numbers
}

// sold plays sales of a day and takes note of their operations.
func sold(t testing.TB, j *Journal, keys map[loyalty.Key]bool, sales ...string) {
	for _, s := range sales {
		sells(t, j, s, 7)
		keys[loyalty.Key(s+"/reserve")], keys[loyalty.Key(s+"/commit")] = true, true
	}
}

// An archive that is damaged or gone does not keep the till from working, nor are
// its closings done again: numbers go on, and what was exported is not a second time.
func TestArchiveDamaged(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"noise": func(t *testing.T, path string) { write(t, path, []byte("noise")) },
		"gone":  func(t *testing.T, path string) { os.Remove(path) },
		"cut off": func(t *testing.T, path string) {
			if err := os.Truncate(path, 9000); err != nil {
				t.Fatal(err)
			}
		},
		"its pages": func(t *testing.T, path string) { // opening looks at the first ones alone
			b := must[[]byte](t)(os.ReadFile(path))
			for at := 2 * os.Getpagesize(); at < len(b); at += os.Getpagesize() {
				if b[at+8] == 2 { // a leaf
					clear(b[at+16 : at+48])
				}
			}
			write(t, path, b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, k, keys := path(t), keeping(t), map[loyalty.Key]bool{}
			synctest.Test(t, func(t *testing.T) {
				j := open(t, p)
				sold(t, j, keys, "a", "b")
				time.Sleep(24 * time.Hour)
				tidied(t, j, k)
				sold(t, j, keys, "c")
				closeChecked(t, j)
				damage(t, archivePath(p))

				j = open(t, p)
				must[Entry](t)(j.Get("a/commit")) // it had not left yet
				time.Sleep(24 * time.Hour)
				if did := tidied(t, j, k); len(did.Closed) != 1 || did.Closed[0].No != 2 || did.Closed[0].Entries != 2 {
					t.Errorf("the day after: %+v", did)
				}
				time.Sleep(4 * 24 * time.Hour)
				if did := tidied(t, j, k); did.Moved != len(keys) || len(did.Closed) > 0 {
					t.Errorf("later: %+v", did)
				}
				if numbers := exports(t, k.Export.Dir, keys); len(numbers) != 2 {
					t.Errorf("closings %v", numbers)
				}
				for key := range keys {
					must[Entry](t)(j.Get(key))
				}
				again := k.Export
				again.Dir = t.TempDir()
				must[[]Closing](t)(j.ExportAgain(0, again))
				exports(t, again.Dir, keys)
				closeChecked(t, j)
				aside, _ := filepath.Glob(archivePath(p) + ".damaged-*")
				if (len(aside) == 1) != (name != "gone") {
					t.Errorf("put aside: %v", aside)
				}
			})
		})
	}
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Without the list of closings too, the files that are in the folder keep their
// numbers, and what had left the journal is not exported again for certain.
func TestArchiveAndListGone(t *testing.T) {
	p, k, keys := path(t), keeping(t), map[loyalty.Key]bool{}
	synctest.Test(t, func(t *testing.T) {
		j := open(t, p)
		sold(t, j, keys, "a")
		time.Sleep(24 * time.Hour)
		tidied(t, j, k)
		time.Sleep(4 * 24 * time.Hour)
		tidied(t, j, k)
		sold(t, j, keys, "b")
		closeChecked(t, j)
		os.Remove(archivePath(p))
		write(t, closedPath(p), []byte("noise"))
		j = open(t, p)
		time.Sleep(24 * time.Hour)
		if did := tidied(t, j, k); len(did.Closed) != 1 || did.Closed[0].No != 2 {
			t.Errorf("%+v", did)
		}
		closeChecked(t, j)
	})
}

// TestEveryTidyWriteFails has each request to the disk fail in turn while a day is
// closed, exported and leaves the journal: it is said, nothing is lost and nothing
// is there twice, and the next attempt succeeds.
func TestEveryTidyWriteFails(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         error
		stays, half bool
	}{
		{"I/O error once, done by half", syscall.EIO, false, true},
		{"disk full for a while", syscall.ENOSPC, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			struck := 0
			for n, done := int64(1), false; !done && !t.Failed(); n++ {
				p, k, keys := path(t), keeping(t), map[loyalty.Key]bool{}
				synctest.Test(t, func(t *testing.T) {
					disk := &badDisk{err: c.err, stays: c.stays, half: c.half}
					const well = 1 << 40
					disk.until.Store(well)
					j := must[*Journal](t)(Open(p, Options{Key: tillKey, fs: disk}))
					sold(t, j, keys, "a", "b")
					time.Sleep(24 * time.Hour)
					tidied(t, j, k)
					sold(t, j, keys, "c")
					time.Sleep(3 * 24 * time.Hour)
					disk.until.Store(n)
					_, err := j.Tidy(time.Now(), k)
					done = disk.until.Load() > 0
					switch {
					case err == nil && j.Unarchived() != "":
						t.Errorf("request %d: %q is said and nothing failed", n, j.Unarchived())
					case err != nil && (!errors.Is(err, c.err) || !strings.Contains(j.Unarchived(), c.err.Error())):
						t.Errorf("request %d: %v, said is %q", n, err, j.Unarchived())
					case err != nil:
						struck++
						j.Tidy(time.Now(), k) // and once more while it lasts
					}
					disk.until.Store(well)
					if j.failedNow() != nil { // it takes nothing more: the daemon is started again
						j.Close()
						j = must[*Journal](t)(Open(p, Options{Key: tillKey, fs: disk}))
					}
					time.Sleep(4 * 24 * time.Hour)
					tidied(t, j, k)
					if j.Unarchived() != "" {
						t.Errorf("request %d: still %q", n, j.Unarchived())
					}
					if es := must[[]Entry](t)(j.Entries(Filter{})); len(es) > 0 {
						t.Errorf("request %d: %d entries have not left", n, len(es))
					}
					for key := range keys {
						if e, err := j.Get(key); err != nil || e.State != Done {
							t.Errorf("request %d: %s is %s, %v", n, key, e.State, err)
						}
					}
					if numbers := exports(t, k.Export.Dir, keys); fmt.Sprint(numbers) != "[1 2]" {
						t.Errorf("request %d: closings %v", n, numbers)
					}
					closeChecked(t, j)
				})
			}
			t.Logf("%d requests failed", struck)
			if struck < 20 {
				t.Error("that is not all of them")
			}
		})
	}
}

// failedNow is why the journal takes nothing any more, if it does not.
func (j *Journal) failedNow() error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.failed
}
