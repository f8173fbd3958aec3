package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/internal/osfile"
)

// oldSuffix is behind the name of the key before.
const (
	oldSuffix     = ".old"
	oldCredential = "-old"
)

// Rotate gives a till another key. What it sealed are keys alone, so that only
// those are sealed anew: by whoever finds that Stale. Until Retire the key
// before is kept and opens what was sealed with it, so that a crash in between
// loses nothing. Called again before Retire it goes on with the same two keys.
// A systemd credential is changed by whoever made it: the error says how.
func Rotate(dir string) error {
	if credentialPath() != "" {
		return fmt.Errorf("the key is the systemd credential %s: give the service another, and the present one as %s%s, until it has started once",
			CredentialName, CredentialName, oldCredential)
	}
	path := filepath.Join(dir, keyFile)
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	switch old, err := os.ReadFile(path + oldSuffix); {
	case err == nil && !bytes.Equal(old, now): // the same if it was cut short between the two steps below
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	next, err := hold(NewSecret())
	if err != nil {
		return err
	}
	// The name of the old one is durable before the new one takes its place.
	if err := logfile.Replace(logfile.System{}, path+oldSuffix, now); err != nil {
		return err
	}
	return logfile.Replace(logfile.System{}, path, next)
}

// Rotating says that the key before is still kept.
func Rotating(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, keyFile+oldSuffix))
	return err == nil
}

// Retire destroys the key before: nothing is sealed with it any more. So it does with
// one that a Rotate which was cut short has not put in its place.
func Retire(dir string) error {
	path := filepath.Join(dir, keyFile)
	for _, left := range []string{path + oldSuffix, path + logfile.NewSuffix} {
		if err := destroy(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return osfile.SyncDir(dir)
}

// oldFile is the key before the one in a file; nil if there is none.
func oldFile(path string) (*Key, error) {
	held, err := os.ReadFile(path + oldSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	secret, err := release(held)
	if err != nil { // cut short by Retire, when nothing was sealed with it any more
		return nil, nil
	}
	return New(secret)
}

// oldOf is the key before that in a credential; nil if there is none.
func oldOf(path string) (*Key, error) {
	secret, err := os.ReadFile(path + oldCredential)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return New(secret)
}
