package ui

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// maxPaired is how many pages may be paired with a till.
const maxPaired = 32

// pairedPage is a page that has paired. The token itself is not kept: it is 32
// random bytes, so that a plain hash of it gives nothing away.
type pairedPage struct {
	ID     string    `json:"id"`
	Name   string    `json:"name,omitempty"`
	Origin string    `json:"origin,omitempty"` // "" for a program
	At     time.Time `json:"at"`
	Hash   string    `json:"hash,omitempty"` // SHA-256 of the token, hexadecimal
}

// tokens keeps the paired pages in a file that its owner alone can read.
type tokens struct {
	path string // "" keeps them in memory

	mu    sync.Mutex
	pages []pairedPage
}

func openTokens(path string) (*tokens, error) {
	t := &tokens{path: path}
	if path == "" {
		return t, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the paired pages: %w", err)
	}
	if err := json.Unmarshal(b, &t.pages); err != nil {
		return nil, fmt.Errorf("read the paired pages: %s is damaged (%w): remove it and pair again", path, err)
	}
	return t, nil
}

// check finds the paired page of a token. A token counts for its origin only.
func (t *tokens) check(token, origin string) (string, bool) {
	if token == "" {
		return "", false
	}
	hash := hashOf(token)
	t.mu.Lock()
	defer t.mu.Unlock()
	found := ""
	for _, p := range t.pages {
		if subtle.ConstantTimeCompare([]byte(p.Hash), []byte(hash)) == 1 && p.Origin == origin {
			found = p.ID
		}
	}
	return found, found != ""
}

// add makes a token and keeps its hash. It is on disk when add returns.
func (t *tokens) add(name, origin string, now time.Time) (id, token string, err error) {
	var b [32]byte
	rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	p := pairedPage{ID: randomName()[:8], Name: name, Origin: origin, At: now.UTC().Truncate(time.Second), Hash: hashOf(token)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.pages) >= maxPaired {
		return "", "", fmt.Errorf("%d pages have paired already: take one back first", maxPaired)
	}
	return p.ID, token, t.store(append(slices.Clone(t.pages), p))
}

// remove takes a pairing back.
func (t *tokens) remove(id string) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(t.pages), func(p pairedPage) bool { return p.ID == id })
	if len(left) == len(t.pages) {
		return false, nil
	}
	return true, t.store(left)
}

// list is what people may see of the paired pages.
func (t *tokens) list() []pairedPage {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]pairedPage, len(t.pages))
	for i, p := range t.pages {
		p.Hash = ""
		out[i] = p
	}
	return out
}

// store writes the pages beside the file and swaps it in. t.mu is held.
func (t *tokens) store(pages []pairedPage) error {
	if t.path != "" {
		b, err := json.MarshalIndent(pages, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the paired pages: %w", err)
		}
		if err := replaceFile(t.path, append(b, '\n')); err != nil {
			return fmt.Errorf("keep the paired pages: %w", err)
		}
	}
	t.pages = pages
	return nil
}

// replaceFile puts a file with mode 0600 in place of another, whole or not at all.
func replaceFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(b); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func hashOf(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}
