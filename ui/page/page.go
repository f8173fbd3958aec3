// Package page is the cashier's page: plain modules and CSS, embedded, no build
// step, nothing loaded from elsewhere.
//
// The page keeps no truth. It renders the state that the desk sent, and sends
// back choices by their id, with the id of the prompt that they answer. What is
// its own is what is on the way: digits typed so far, a dialog that is open.
//
// A keyboard-wedge scanner types into whatever has the focus. Keys that come
// faster than people type are therefore no choice and no amount: keys.js takes
// a burst back and says that the scanner is set up wrongly. Cards come in
// through the daemon, which knows the device.
//
// A prompt that has just appeared takes no answer for a moment, so that the
// finger that was on its way to the prompt before does not answer this one.
package page

import (
	"embed"
	"encoding/json"
	"fmt"
)

// Files are the page's files; index.html is the entry.
//
//go:embed index.html *.js *.css *.svg strings.ru.json strings.en.json
var Files embed.FS

// Languages are the languages of the page; the first is the default.
var Languages = []string{"ru", "en"}

// Strings are the texts of a language by key.
func Strings(language string) (map[string]any, error) {
	b, err := Files.ReadFile("strings." + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("no texts in %q: %w", language, err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("texts in %q: %w", language, err)
	}
	return m, nil
}
