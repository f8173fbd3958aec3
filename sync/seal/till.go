package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/internal/osfile"
)

// CredentialName is the name of the systemd credential, if the till's key is one;
// with "-old" behind it that of the key before, while keys change.
const CredentialName = "tillgate-key"

// keyFile is the till's key in the data folder, otherwise.
const keyFile = "seal.key"

// Files is the pattern of the names of all files with keys in the data folder.
const Files = keyFile + "*"

// Holder says who keeps the till's key.
type Holder string

// The holders, the better ones first. A systemd credential can be bound to the
// machine's TPM: systemd-creds(1).
const (
	Credential Holder = "a systemd credential"
	System     Holder = "the system's data protection"
	File       Holder = "a file"
)

// Advice is what a person can do for a better holder; "" if nothing.
func (h Holder) Advice() string {
	if h != File {
		return ""
	}
	return "whoever takes the disk has the key too; " +
		"better: head -c 32 /dev/urandom | systemd-creds encrypt --name=" + CredentialName + " - FILE, " +
		"and LoadCredentialEncrypted=" + CredentialName + ":FILE for the service"
}

// Find says who keeps the till's key of a data folder; "" if nobody has one that
// this process can see. It makes none.
func Find(dir string) Holder {
	if credentialPath() != "" {
		return Credential
	}
	if InFile(dir) == "" {
		return ""
	}
	return fileHolder
}

// InFile is the file of a key in a data folder; "" if there is none.
func InFile(dir string) string {
	path := filepath.Join(dir, keyFile)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

func credentialPath() string {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return ""
	}
	path := filepath.Join(dir, CredentialName)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// Load is the till's key: 32 bytes in a systemd credential of the name
// tillgate-key; otherwise in a file of the data folder, which is made with the
// first call. On Windows the file is sealed with the system's data protection.
//
// A file that can not be read as a key is put aside and another made: the copy
// can be had again from the provider. The journal can not: it says that its key
// is another and waits for a person, who finds the file that was put aside.
func Load(dir string, log *slog.Logger) (*Key, Holder, error) {
	if path := credentialPath(); path != "" {
		secret, err := os.ReadFile(path)
		if err != nil {
			return nil, "", fmt.Errorf("the till's key: %w", err)
		}
		key, err := New(secret)
		if err != nil {
			return nil, "", fmt.Errorf("the till's key in the systemd credential %s: %w", CredentialName, err)
		}
		key.old, err = oldOf(path)
		return key, Credential, err
	}
	key, err := loadFile(filepath.Join(dir, keyFile), log)
	if err == nil {
		key.old, err = oldFile(filepath.Join(dir, keyFile))
	}
	if err != nil {
		return nil, "", fmt.Errorf("the till's key: %w", err)
	}
	return key, fileHolder, nil
}

// Existing is Load that makes no key: fs.ErrNotExist if there is none.
func Existing(dir string) (*Key, Holder, error) {
	if credentialPath() == "" {
		path := filepath.Join(dir, keyFile)
		if _, err := os.Stat(path); err != nil {
			return nil, "", err
		}
	}
	return Load(dir, slog.New(slog.DiscardHandler))
}

func loadFile(path string, log *slog.Logger) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeFile(path)
	}
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): chmod 600 %s", path, info.Mode().Perm(), path)
	}
	held, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	secret, err := release(held)
	if err == nil {
		var key *Key
		if key, err = New(secret); err == nil {
			return key, nil
		}
	}
	log.Error("the till's key can not be read; another is made, and what was sealed with it has to be fetched again", "file", path, "err", err)
	if err := os.Rename(path, path+".damaged-"+time.Now().UTC().Format("20060102T150405")); err != nil {
		return nil, err
	}
	return makeFile(path)
}

// makeFile makes a key and its file, durable before anything is sealed with it.
func makeFile(path string) (*Key, error) {
	secret := NewSecret()
	held, err := hold(secret)
	if err != nil {
		return nil, err
	}
	if err := logfile.Replace(logfile.System{}, path, held); err != nil {
		return nil, err
	}
	return New(secret)
}

// Wipe destroys the keys in the files of the data folder, and with them all that
// is sealed. They are written over first, which a flash disk may put elsewhere:
// where that matters, a credential bound to the TPM is the better holder. The
// systemd credential is not ours to delete.
func Wipe(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, Files))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := destroy(path); err != nil {
			return err
		}
	}
	return osfile.SyncDir(dir)
}

// destroy writes over a file and removes it.
func destroy(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	noise := make([]byte, info.Size())
	rand.Read(noise) // never fails
	_, err = f.Write(noise)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
