package forward

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

var sendInput = windows.NewLazySystemDLL("user32.dll").NewProc("SendInput")

// The constants and structures of winuser.h.
const (
	inputKeyboard    = 1
	keyEventKeyUp    = 0x0002
	keyEventUnicode  = 0x0004
	vkReturn, vkTab  = 0x0d, 0x09
	mouseInputExtent = 8 // the union in INPUT is as large as MOUSEINPUT, 8 bytes more than KEYBDINPUT
)

type keyboardInput struct {
	vk, scan uint16
	flags    uint32
	time     uint32
	extra    uintptr
}

type input struct {
	typ uint32
	ki  keyboardInput
	_   [mouseInputExtent]byte
}

// keys types into the window that has the focus. It works in the session of the
// person who is logged in, not in that of services, and not into windows of a
// program with higher rights.
type keys struct{ pause time.Duration }

// openKeys needs no layout: Windows takes characters.
func openKeys(_ *keyboard.Layout, pause time.Duration) (output, error) {
	if err := sendInput.Find(); err != nil {
		return nil, err
	}
	return &keys{pause}, nil
}

func (k *keys) close() error { return nil }

func (k *keys) put(_ context.Context, text string) error {
	for i, r := range text {
		if i > 0 {
			time.Sleep(k.pause)
		}
		var in []input
		switch r {
		case '\r', '\n':
			in = press(keyboardInput{vk: vkReturn})
		case '\t':
			in = press(keyboardInput{vk: vkTab})
		default:
			for _, u := range utf16.Encode([]rune{r}) {
				in = append(in, press(keyboardInput{scan: u, flags: keyEventUnicode})...)
			}
		}
		n, _, err := sendInput.Call(uintptr(len(in)), uintptr(unsafe.Pointer(&in[0])), unsafe.Sizeof(in[0]))
		if int(n) != len(in) {
			return errors.Join(errors.New("the window does not take keys from tillgate: is its program run with higher rights?"), fmt.Errorf("SendInput: %w", err))
		}
	}
	return nil
}

func press(ki keyboardInput) []input {
	up := ki
	up.flags |= keyEventKeyUp
	return []input{{typ: inputKeyboard, ki: ki}, {typ: inputKeyboard, ki: up}}
}
