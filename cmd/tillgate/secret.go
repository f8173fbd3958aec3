package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Secret is a reference to a secret, never the secret itself: the configuration
// file is copied to fifty tills, mailed and backed up.
//
//	credential:NAME   a systemd credential (LoadCredential= or LoadCredentialEncrypted=)
//	env:NAME          an environment variable
//	file:PATH         a file that only its owner can read (mode 0600)
type Secret string

// errSecretForm is the remedy for a secret that stands in the file itself.
var errSecretForm = errors.New(`a secret is not written into this file: say "credential:NAME" (systemd), "env:NAME" or "file:PATH" (a file of mode 0600)`)

// atServiceError says that a secret is a systemd credential, and that this process is
// not the service that is given it.
type atServiceError struct{ secret Secret }

func (e *atServiceError) Error() string {
	return fmt.Sprintf("no systemd credentials here (CREDENTIALS_DIRECTORY is not set): run under systemd with LoadCredential=%s:…, or use env: or file:", strings.TrimPrefix(string(e.secret), "credential:"))
}

// Read fetches the secret. The error is an atServiceError for a credential outside of
// the service.
func (s Secret) Read() (string, error) {
	how, name, ok := strings.Cut(string(s), ":")
	if !ok || name == "" {
		return "", errSecretForm
	}
	switch how {
	case "env":
		v := os.Getenv(name)
		if v == "" {
			return "", fmt.Errorf("environment variable %s is empty or not set", name)
		}
		return v, nil
	case "credential":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", &atServiceError{s}
		}
		if name != filepath.Base(name) {
			return "", fmt.Errorf("credential %q: a name, not a path", name)
		}
		return readTrimmed(filepath.Join(dir, name))
	case "file":
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("file %s is not there", name)
		}
		if err != nil {
			return "", err
		}
		if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			return "", fmt.Errorf("file %s can be read by others (mode %04o): chmod 600 %s", name, info.Mode().Perm(), name)
		}
		return readTrimmed(name)
	}
	return "", errSecretForm
}

func readTrimmed(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	v := strings.TrimSpace(string(b))
	if v == "" {
		return "", fmt.Errorf("file %s is empty", path)
	}
	return v, nil
}

// String hides what somebody may have written in the clear after all.
func (s Secret) String() string {
	how, name, ok := strings.Cut(string(s), ":")
	if ok && (how == "env" || how == "credential" || how == "file") {
		return how + ":" + name
	}
	return "(hidden)"
}
